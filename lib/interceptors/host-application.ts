/**
 * What Nest's application offers to those who look around in it. @nestjs/core is loaded with the first module that needs
 * it and not with this package: a service with cached methods, a script and their tests do without.
 */
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { ApplicationConfig, DiscoveryService, HttpAdapterHost, ModulesContainer } from '@nestjs/core';

export const HOST_APPLICATION = Symbol.for('nestjs-dynamo-cache:host-application');

export interface HostApplication {
  readonly discovery: DiscoveryService;
  readonly modules: ModulesContainer;
  readonly adapterHost: HttpAdapterHost;
  readonly config: ApplicationConfig;
}

/** What a module imports, provides and exports to have a HostApplication. */
export function hostApplication(): Required<Pick<ModuleMetadata, 'imports' | 'providers' | 'exports'>> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const core = require('@nestjs/core') as typeof import('@nestjs/core');
  const provider: FactoryProvider<HostApplication> = {
    provide: HOST_APPLICATION,
    useFactory: (
      discovery: DiscoveryService,
      modules: ModulesContainer,
      adapterHost: HttpAdapterHost,
      config: ApplicationConfig,
    ) => ({ discovery, modules, adapterHost, config }),
    inject: [core.DiscoveryService, core.ModulesContainer, core.HttpAdapterHost, core.ApplicationConfig],
  };
  return { imports: [core.DiscoveryModule], providers: [provider], exports: [HOST_APPLICATION] };
}

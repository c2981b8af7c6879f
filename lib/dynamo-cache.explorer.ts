import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { cachedMethodsOf, nameOfMethod } from './decorators/cached-methods';
import { bindEngine, engineOf } from './decorators/engine-binding';
import { DynamoCache } from './engine/dynamo-cache';

/**
 * Looks at every provider and controller at start-up: gives the cache to instances that a factory made, which Nest does
 * not inject into, and refuses two methods of one name.
 */
@Injectable()
export class CachedMethodsExplorer {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(DynamoCache) private readonly cache: DynamoCache,
  ) {}

  /** @throws InvalidOptionsError when two methods have one name, or a class has none of its own */
  explore(): void {
    for (const { instance } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (typeof instance === 'object' && instance !== null) this.bind(instance as object);
    }
  }

  private bind(instance: object): void {
    const methods = cachedMethodsOf(instance);
    if (methods.length === 0) return;
    if (!engineOf(instance)) bindEngine(instance, this.cache);
    for (const method of methods) {
      this.cache.names.claim(
        nameOfMethod(method, instance.constructor),
        method.original,
        instance.constructor,
      );
    }
  }
}

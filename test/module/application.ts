/** Applications for tests of the Nest side, closed when the test file is over. */
import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { DynamoCacheModule, DynamoStore, type DynamoCacheOptions } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { afterFile } from '../support/after-file';

/** Keeps what the cache says. */
export class Log {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  warn(message: string): void {
    this.warnings.push(message);
  }

  error(message: string): void {
    this.errors.push(message);
  }
}

interface Setup extends ModuleMetadata {
  options?: DynamoCacheOptions;
  /** What stands for the table. @default one of its own */
  store?: InMemoryStore;
}

/** A module that is not compiled yet, whose cache lives in memory. */
export function buildModule({ options, store, imports = [], ...metadata }: Setup): TestingModuleBuilder {
  const cacheModule = DynamoCacheModule.forRoot({ logger: new Log(), ...options });
  return Test.createTestingModule({ imports: [cacheModule, ...imports], ...metadata })
    .overrideProvider(DynamoStore)
    .useValue(store ?? new InMemoryStore());
}

/** An application context that has started. */
export async function startModule(setup: Setup): Promise<TestingModule> {
  return started(buildModule(setup));
}

export async function started(builder: TestingModuleBuilder): Promise<TestingModule> {
  const module = await builder.compile();
  afterFile(() => module.close());
  return module.init();
}

/** Resolves to what a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('did not reject');
    },
    (error: unknown) => error as Error,
  );
}

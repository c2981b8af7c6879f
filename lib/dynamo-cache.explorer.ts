import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type CachedMethod, cachedMethodsOf, nameOfMethod } from './decorators/cached-methods';
import { bindEngine, engineOf, releaseEngine } from './decorators/engine-binding';
import { DynamoCache } from './engine/dynamo-cache';
import { InvalidOptionsError } from './invalid-options-error';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Factory = (...dependencies: unknown[]) => unknown;

/**
 * Looks at every provider and controller at start-up: gives the cache to instances that a factory made, which Nest does
 * not inject into, and refuses two methods of one name.
 */
@Injectable()
export class CachedMethodsExplorer {
  private readonly bound: object[] = [];

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(DynamoCache) private readonly cache: DynamoCache,
  ) {}

  /** @throws InvalidOptionsError when two methods have one name, or a class has none of its own */
  explore(): void {
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      this.bind(wrapper.instance);
      for (const transient of wrapper.getStaticTransientInstances()) this.bind(transient?.instance);
      if (wrapper.isFactory && !(wrapper.isDependencyTreeStatic() && !wrapper.isTransient))
        this.follow(wrapper);
    }
  }

  /** Lets go of what `explore` has bound: an instance may be given to another application after this one. */
  release(): void {
    for (const instance of this.bound.splice(0)) releaseEngine(instance, this.cache);
  }

  // What a request-scoped factory makes is not there yet, so it is bound as it is made.
  private follow(wrapper: Wrapper): void {
    const factory = wrapper.metatype as Factory;
    wrapper.metatype = async (...dependencies: unknown[]) => {
      const made = await factory(...dependencies);
      if (isObject(made) && cachedMethodsOf(made).length > 0 && !engineOf(made)) bindEngine(made, this.cache);
      return made;
    };
  }

  private bind(instance: unknown): void {
    if (!isObject(instance)) return;
    const methods = cachedMethodsOf(instance);
    if (methods.length === 0) return;
    if (!engineOf(instance)) {
      bindEngine(instance, this.cache);
      this.bound.push(instance);
    }
    // Another DynamoCacheModule of this application may have it; names are a matter of each cache.
    if (engineOf(instance) === this.cache)
      for (const method of methods) this.claim(method, instance.constructor);
  }

  private claim(method: CachedMethod, owner: object & { readonly name: string }): void {
    const name = nameOfMethod(method, owner);
    if (this.cache.names.tryClaim(name, method.original, owner)) return;
    throw new InvalidOptionsError(
      'name',
      `two cached methods are called "${name}", and would answer each other's calls: give one of them a name of its own, ` +
        `@DynamoCacheable({ name: '…' })`,
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

import { Inject, Injectable } from '@nestjs/common';
import { type CachedMethod, cachedMethodsOf, nameOfMethod } from './decorators/cached-methods';
import { type MethodReference, isKnown, referencesOf } from './decorators/call-reference';
import { bindEngine, engineOf, releaseEngine, wantsEngine } from './decorators/engine-binding';
import { DynamoCache } from './engine/dynamo-cache';
import { HOST_APPLICATION, type HostApplication } from './interceptors/host-application';
import { InvalidOptionsError } from './invalid-options-error';
import type { CacheLogger } from './observability/logger';

type Wrapper = ReturnType<HostApplication['discovery']['getProviders']>[number];
type Factory = (...dependencies: unknown[]) => unknown;
type Class = object & { readonly name: string };

/**
 * Looks at every provider and controller at start-up: gives the cache to instances that a factory made, which Nest does
 * not inject into, and refuses two methods of one name and references to methods that do not exist.
 */
@Injectable()
export class CachedMethodsExplorer {
  private readonly bound: object[] = [];

  constructor(
    @Inject(HOST_APPLICATION) private readonly application: HostApplication,
    @Inject(DynamoCache) private readonly cache: DynamoCache,
  ) {}

  /**
   * @throws InvalidOptionsError when two methods have one name, a class has none of its own, or a decorator refers to a
   *   method that its class does not have
   */
  explore(logger: CacheLogger): void {
    const { discovery } = this.application;
    const wrappers = [...discovery.getProviders(), ...discovery.getControllers()];
    const found = new Set<object>();
    for (const wrapper of wrappers) {
      const transients = wrapper
        .getStaticTransientInstances()
        .map((transient) => transient?.instance as unknown);
      for (const instance of [wrapper.instance as unknown, ...transients]) {
        if (this.bind(instance)) found.add(instance);
      }
      if (wrapper.isFactory && !(wrapper.isDependencyTreeStatic() && !wrapper.isTransient))
        this.follow(wrapper);
    }
    for (const instance of found) this.claimNames(instance);
    const warnings = new Set([...this.unknownReferences(found), ...this.sharedEntries(wrappers)]);
    for (const warning of warnings) logger.warn(warning);
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
      if (isObject(made) && wantsEngine(made) && !engineOf(made)) bindEngine(made, this.cache);
      return made;
    };
  }

  // Another DynamoCacheModule of this application may have it; names and references are a matter of each cache.
  private bind(instance: unknown): instance is object {
    if (!isObject(instance) || !wantsEngine(instance)) return false;
    if (!engineOf(instance)) {
      bindEngine(instance, this.cache);
      this.bound.push(instance);
    }
    return engineOf(instance) === this.cache;
  }

  private claimNames(instance: object): void {
    for (const method of cachedMethodsOf(instance)) this.claim(method, instance.constructor);
  }

  private claim(method: CachedMethod, owner: Class): void {
    const name = nameOfMethod(method, owner);
    if (this.cache.names.tryClaim(name, method.original, owner)) return;
    throw new InvalidOptionsError(
      'name',
      `two cached methods are called "${name}", and would answer each other's calls: give one of them a name of its own, ` +
        `@DynamoCacheable({ name: '…' })`,
    );
  }

  // A method of another class may be cached by another application on the same table; one of this class is not.
  private *unknownReferences(instances: Iterable<object>): Generator<string> {
    for (const instance of instances) {
      for (const reference of referencesOf(instance)) {
        if (isKnown(this.cache, instance, reference)) continue;
        const { decorator, propertyKey, method } = reference;
        const place = `${instance.constructor.name}.${String(propertyKey)}`;
        if (!method.includes('.')) throw unknownMethod(instance, reference, place);
        yield (
          `${decorator} on ${place} refers to "${method}", and this application has no cached method of that name. ` +
          'If no other one on the same table has it, nothing will be found there.'
        );
      }
    }
  }

  // Keys are made of the class, the method and the arguments; not of what a factory has given its instances.
  private *sharedEntries(wrappers: readonly Wrapper[]): Generator<string> {
    const byClass = new Map<Class, { injected: Set<object>; made: Set<object> }>();
    for (const wrapper of wrappers) {
      const instance: unknown = wrapper.instance;
      if (!isObject(instance) || engineOf(instance) !== this.cache) continue;
      if (cachedMethodsOf(instance).length === 0) continue;
      const instances = byClass.get(instance.constructor) ?? { injected: new Set(), made: new Set() };
      byClass.set(instance.constructor, instances);
      (isClassProvider(wrapper) ? instances.injected : instances.made).add(instance);
    }
    for (const [{ name }, { injected, made }] of byClass) {
      // An alias of an injected instance is no other one.
      const others = [...made].filter((instance) => !injected.has(instance));
      if (others.length === 0 || others.length + injected.size < 2) continue;
      yield (
        `${others.length + injected.size} instances of ${name} share the entries of its cached methods, and answer ` +
        `each other's calls. Where they differ, make what differs an argument, or give each a class of its own: ` +
        `class Other extends ${name} {}.`
      );
    }
  }
}

function unknownMethod(instance: object, reference: MethodReference, place: string): InvalidOptionsError {
  const { decorator, method } = reference;
  const problem = method in instance ? 'is not cached' : 'does not exist';
  const cached = cachedMethodsOf(instance).map(({ propertyKey }) => `"${String(propertyKey)}"`);
  const choice = cached.length > 0 ? `one of ${cached.join(', ')}` : 'a method with @DynamoCacheable';
  return new InvalidOptionsError(
    `${decorator} method`,
    `${place} refers to "${method}", which ${problem}: write ${choice}, or 'Class.method' for one of another class`,
  );
}

function isClassProvider(wrapper: Wrapper): boolean {
  return !wrapper.isFactory && typeof wrapper.metatype === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * What a route's decorators say, read once: whether its responses can be cached at all, and how. Nest exports the names
 * of its metadata from other places in each major version; the names themselves have not changed.
 */
import { type CachedMethod, cachingOf, nameOfMethod, prototypesOf } from '../decorators/cached-methods';
import type { HttpCacheOptions } from '../decorators/http-cache-options';
import type { DynamoCacheableOptions } from '../decorators/dynamo-cacheable.types';
import type { DynamoCache } from '../engine/dynamo-cache';
import type { CallOptions } from '../engine/call-options';
import type { Class, Handler } from './by-handler';

/** How the responses of one handler are cached. */
export interface Route {
  /** What keys start with; undefined when they are not cached. */
  readonly name: string | undefined;
  /** The decorators on the handler, whose wrappers have to step aside. */
  readonly caching: readonly CachedMethod[];
  readonly options: CallOptions<readonly unknown[], unknown>;
  readonly http: HttpCacheOptions;
  /** Whether the host is part of the key. */
  readonly byHost: boolean;
  /** Whether objects are kept as JSON. */
  readonly keepsJson: boolean;
}

/** A handler whose responses are cached. */
export interface CachedRoute extends Route {
  readonly name: string;
}

export function isCached(route: Route): route is CachedRoute {
  return route.name !== undefined;
}

const GET = 0;
const RESPONSE_AND_NEXT = /^[12]:/;
const NO_OPTIONS: CallOptions<readonly unknown[], unknown> = {};

interface Surroundings {
  readonly defaults: HttpCacheOptions;
  readonly cache: DynamoCache;
  /** Whether no other interceptor is given what the cache answers. */
  readonly isOutermost: () => boolean;
}

/** @returns undefined when the route wants nothing of the interceptor */
export function readRoute(
  owner: Class,
  handler: Handler,
  { defaults, cache, isOutermost }: Surroundings,
): Route | undefined {
  const instance = Object.create(owner.prototype as object) as object;
  const propertyKey = propertyOf(instance, handler);
  const caching = propertyKey === undefined ? [] : cachingOf(instance, propertyKey);
  const options: DynamoCacheableOptions = caching[0]?.options ?? NO_OPTIONS;
  if (options.http === false) return undefined;
  const canBe = propertyKey !== undefined && whyNever(owner, propertyKey, handler, options) === undefined;
  const http = { ...defaults, ...options.http };
  return {
    name: canBe ? ownName(owner, propertyKey, caching[0], handler, cache) : undefined,
    caching,
    options,
    http,
    keepsJson: http.body === 'json' && isOutermost(),
    byHost: Reflect.getMetadata('host', owner) !== undefined,
  };
}

/** Why the responses of a handler are never cached; undefined when they can be. */
export function whyNever(
  owner: object,
  propertyKey: string | symbol,
  handler: object,
  { key: _key, tags }: Pick<DynamoCacheableOptions, 'key' | 'tags'>,
): string | undefined {
  const has = (name: string) => Reflect.getMetadata(name, handler) !== undefined;
  if (Reflect.getMetadata('method', handler) !== GET) return 'it does not answer GET';
  if (has('__sse__')) return 'it sends events';
  if (has('__renderTemplate__')) return 'it renders a template';
  if (has('__redirect__')) return 'it redirects by @Redirect';
  if (answersItself(owner, propertyKey)) return '@Res() without { passthrough: true } answers past it';
  if (typeof tags === 'function') {
    return 'its "tags" are asked with arguments, which there are none of before the handler: write http: { tags: (context) => […] }';
  }
  return undefined;
}

function answersItself(owner: object, propertyKey: string | symbol): boolean {
  if (Reflect.getMetadata('__responsePassthrough__', owner, propertyKey) === true) return false;
  const parameters = (Reflect.getMetadata('__routeArguments__', owner, propertyKey) ?? {}) as object;
  return Object.keys(parameters).some((parameter) => RESPONSE_AND_NEXT.test(parameter));
}

/** Whether the path of a handler, or of its controller, has parameters. */
export function hasParameters(owner: object, handler: object): boolean {
  const paths = [owner, handler].flatMap((target) => Reflect.getMetadata('path', target) as unknown);
  return paths.some((path) => typeof path === 'string' && /[:*{]/.test(path));
}

/** Under which name a class has a method. */
export function propertyOf(instance: object, handler: object): string | symbol | undefined {
  for (const prototype of prototypesOf(instance)) {
    const found = Reflect.ownKeys(prototype).find(
      (key) => Object.getOwnPropertyDescriptor(prototype, key)?.value === handler,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

// Two handlers under one name would answer each other's requests.
function ownName(
  owner: Class,
  propertyKey: string | symbol,
  method: CachedMethod | undefined,
  handler: object,
  cache: DynamoCache,
): string | undefined {
  const original = method?.original ?? handler;
  try {
    const name = nameOfMethod({ propertyKey, original, name: method?.name, options: NO_OPTIONS }, owner);
    if (cache.names.tryClaim(name, original, owner)) return name;
    cache.log.warn(
      `route:${name}`,
      `Two handlers are called "${name}", and the responses of one of them are not cached: give it a name of its own, ` +
        `@DynamoCacheable({ name: '…' }).`,
    );
  } catch {
    cache.log.warn(
      `route:${owner.name}`,
      `The responses of a controller without a name of its own, "${owner.name}", are not cached: give its handlers ` +
        `names, @DynamoCacheable({ name: '…' }).`,
    );
  }
  return undefined;
}

import { Inject, Injectable } from '@nestjs/common';
import { cachedMethodsOf } from './decorators/cached-methods';
import type { HttpCacheOptions } from './decorators/http-cache-options';
import { wrongOrders } from './decorators/decorator-order';
import { engineOf } from './decorators/engine-binding';
import { DynamoCache } from './engine/dynamo-cache';
import type { Class } from './interceptors/by-handler';
import { HOST_APPLICATION, type HostApplication } from './interceptors/host-application';
import { DynamoCacheInterceptor, asResponseCache } from './interceptors/dynamo-cache.interceptor';
import { outermostAround } from './interceptors/interceptors-around';
import { hasParameters, whyNever } from './interceptors/route';
import { InvalidOptionsError } from './invalid-options-error';
import type { CacheLogger } from './observability/logger';

type Handler = (...args: unknown[]) => unknown;

/** Where the entries of a cache are. */
export interface CachePlace {
  readonly table: string;
  readonly namespace: string | (() => string);
  readonly version: string | undefined;
}

/** Looks at start-up for what is allowed and cannot do what was meant: one line each, or with `strict` an error. */
@Injectable()
export class StartUpLinter {
  constructor(
    @Inject(HOST_APPLICATION) private readonly application: HostApplication,
    @Inject(DynamoCache) private readonly cache: DynamoCache,
  ) {}

  /**
   * @param places of all caches of the application
   * @throws InvalidOptionsError with `strict`, for the first finding
   */
  check(places: readonly CachePlace[], logger: CacheLogger): void {
    const findings = new Set([...duplicates(places), ...this.misplaced()]);
    for (const finding of findings) {
      if (this.cache.isStrict) throw new InvalidOptionsError('strict', finding);
      logger.warn(finding);
    }
  }

  private *misplaced(): Generator<string> {
    const { discovery } = this.application;
    const controllers = discovery.getControllers();
    for (const { instance } of [...discovery.getProviders(), ...controllers]) {
      if (this.isOurs(instance)) yield* wrongOrders(instance);
    }
    for (const { instance } of controllers) {
      if (this.isOurs(instance)) yield* this.misplacedRoutes(instance);
    }
  }

  private *misplacedRoutes(controller: object): Generator<string> {
    const owner = controller.constructor as Class;
    for (const { propertyKey, options } of cachedMethodsOf(controller)) {
      const handler = (controller as Record<string | symbol, Handler>)[propertyKey];
      if (!handler || Reflect.getMetadata('path', handler) === undefined) continue;
      const place = `${owner.name}.${String(propertyKey)}`;
      if (options.key && takesNothing(options.key) && hasParameters(owner, handler)) {
        yield (
          `The "key" of ${place} is the same for every request, and the path of that route has parameters: ` +
          'leave "key" out, or make it of the parameters.'
        );
      }
      const { http } = options as { http?: HttpCacheOptions | false };
      if (http === false || !this.isIntercepted(owner, handler)) continue;
      const reason = whyNever(owner, propertyKey, handler, options);
      if (reason !== undefined) {
        yield `DynamoCacheInterceptor never caches ${place}: ${reason}. Or write http: false.`;
      } else if (http?.body === 'json' && !this.isOutermost(owner, handler)) {
        yield (
          `Responses of ${place} are kept as values, not as JSON: another interceptor stands around DynamoCacheInterceptor or ` +
          'extends it, or its controller is in several modules. Put it outermost, or leave body out.'
        );
      }
    }
  }

  private isIntercepted(owner: object, handler: object): boolean {
    const near = [owner, handler].flatMap(
      (target) => (Reflect.getMetadata('__interceptors__', target) ?? []) as unknown[],
    );
    const { config } = this.application;
    const requestScoped = config.getGlobalRequestInterceptors().map(({ metatype }) => metatype as unknown);
    return [...near, ...config.getGlobalInterceptors(), ...requestScoped].some(
      (interceptor) =>
        interceptor === DynamoCacheInterceptor ||
        interceptor instanceof DynamoCacheInterceptor ||
        (interceptor as { prototype?: unknown }).prototype instanceof DynamoCacheInterceptor,
    );
  }

  private isOutermost(owner: Class, handler: Handler): boolean {
    return asResponseCache(outermostAround(owner, handler, this.application)) !== undefined;
  }

  private isOurs(instance: unknown): instance is object {
    return typeof instance === 'object' && instance !== null && engineOf(instance) === this.cache;
  }
}

function* duplicates(places: readonly CachePlace[]): Generator<string> {
  for (const [i, place] of places.entries()) {
    const { table, namespace, version } = place;
    const isSame = (other: CachePlace) =>
      other.table === table && other.namespace === namespace && other.version === version;
    if (places.findIndex(isSame) === i || places.slice(0, i).filter(isSame).length > 1) continue;
    yield (
      `DynamoCacheModule.forRoot is imported more than once for the table "${table}": each has a memory and statistics ` +
      'of its own, and evicts without the others. Import it once, with isGlobal: true.'
    );
  }
}

/** Whether a function is written without parameters; `length` leaves out those with a default and the rest. */
function takesNothing(fn: object): boolean {
  return /^(async\s+)?(function\b[^(]*|[\w$]+)?\s*\(\s*\)/.test(Function.prototype.toString.call(fn));
}

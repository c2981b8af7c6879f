/**
 * One request's way to its answer: look, judge, and serve what is stored, load it, or run the handler for nobody else.
 * A response that varies stands under the key of its URL; another variant of it, under that key and what this request
 * has in the headers it varies by, and so on. What was found, or loaded by another request, is served only after its
 * own `Vary` has been compared with this one.
 */
import { GatewayTimeoutException } from '@nestjs/common';
import type { DynamoCache } from '../engine/dynamo-cache';
import type { Freshness } from '../engine/freshness';
import type { Policy } from '../engine/policy';
import type { Proceeded, Sighting } from '../engine/route-calls';
import type { CacheStatus } from '../http/cache-status';
import type { RequestDirectives } from '../http/request-directives';
import { reuseOf } from '../http/reuse';
import { isOneCallers } from '../http/storability';
import type { StoredResponse } from '../http/stored-response';
import { type VariedField, isSameVariant, variedFieldsOf } from '../http/vary';
import { isPromise } from '../is-promise';
import { routeKey } from '../key/route-key';
import { FoundResponse } from './found-response';
import { RouteReply, type Sent } from './route-reply';
import type { RouteRequest } from './route-request';
import type { RouteResponse } from './route-response';
import type { OwnAnswer, RouteRun } from './route-run';
import { withTextBody } from './stored-body';

type Forward = NonNullable<Extract<CacheStatus, { hit: false }>['fwd']>;

/** One request, and what it is answered by. */
export interface Exchange {
  readonly cache: DynamoCache;
  /** Of the handler, which keys start with. */
  readonly name: string;
  readonly policy: Policy;
  readonly request: RouteRequest;
  readonly response: RouteResponse;
  readonly directives: RequestDirectives;
  readonly tags: readonly string[];
  readonly run: RouteRun;
  /** Whether values are kept as JSON, and sent as they are kept. */
  readonly isJson: boolean;
}

interface Judged {
  readonly freshness: Freshness;
  readonly forward: Forward;
  /** Whether it answers other requests than this, by what it varies by. */
  readonly isOthers: boolean;
}

// How often a variant may vary by yet other headers.
const MAX_VARIANTS_DEEP = 4;

export class RouteAnswer {
  private readonly reply: RouteReply;
  /** What this request has in the headers that the responses found so far vary by. */
  private readonly variant: VariedField[][] = [];

  constructor(private readonly exchange: Exchange) {
    const { request, response } = exchange;
    this.reply = new RouteReply(request.headers, response);
  }

  /**
   * What to send, when all else is set on the response; without a wait when it is at hand, fresh and this request's.
   *
   * @throws what the handler throws, or a 504: a promise of it
   */
  give(): Sent | Promise<Sent> {
    let looked = this.look();
    while (looked && !isPromise(looked)) {
      const found = this.foundIn(looked);
      const judged = this.judge(looked, found);
      if (!found || judged.freshness !== 'fresh') break;
      if (!judged.isOthers) {
        const sent = this.giveStored(found, true, judged);
        if (!sent) break;
        this.exchange.cache.routes.hit(looked);
        return sent;
      }
      if (this.variant.length + 1 === MAX_VARIANTS_DEEP) break;
      this.goOn(found);
      looked = this.look();
    }
    return this.giveLater(looked);
  }

  private async giveLater(looked: ReturnType<RouteAnswer['look']>): Promise<Sent> {
    let forward: Forward = 'miss';
    let looking = looked;
    while (this.variant.length < MAX_VARIANTS_DEEP) {
      const sighting = await looking;
      if (!sighting) return this.giveAlone('bypass', 'key');
      const found = this.foundIn(sighting);
      const judged = this.judge(sighting, found);
      forward = judged.forward;
      if (found && judged.isOthers && judged.freshness === 'fresh') {
        this.goOn(found);
        looking = this.look();
        continue;
      }
      const { result, report } = await this.proceed(sighting, found, judged);
      if (!('stored' in result)) {
        const ttlMs = report.entry && report.entry.freshUntilMs - this.exchange.cache.routes.nowMs;
        const { isStored = false } = report;
        return this.reply.own(result, {
          hit: false,
          fwd: forward,
          isStored,
          ttlMs: isStored ? ttlMs : undefined,
        });
      }
      const served = result.stored === found?.response ? found : this.foundAs(result);
      if (!served) break;
      if (!this.isOthers(served)) {
        const sent = this.giveStored(served, served === found, judged);
        if (sent) return sent;
        break;
      }
      this.goOn(served);
      looking = this.look();
    }
    return this.giveAlone(forward);
  }

  private look(): Sighting | undefined | Promise<Sighting> {
    const { cache, name, request, tags } = this.exchange;
    const parts = this.variant.length === 0 ? request.parts : { ...request.parts, variant: this.variant };
    return cache.routes.find(routeKey(name, parts), tags, name);
  }

  private goOn({ response }: FoundResponse): void {
    const names = response.vary.map(([name]) => name);
    this.variant.push(variedFieldsOf(names, this.exchange.request.headers));
  }

  private judge({ answer }: Sighting, found: FoundResponse | undefined): Judged {
    const { cache, directives, policy } = this.exchange;
    if (!found || !answer.entry) {
      const isDeep = this.variant.length > 0;
      const nothing = answer.seen.known ? (isDeep ? 'vary-miss' : 'uri-miss') : 'miss';
      return { freshness: 'expired', forward: nothing, isOthers: false };
    }
    const freshness = cache.routes.freshnessOf(answer.entry, found.response, policy.refreshAhead);
    if (this.isOthers(found)) {
      // Fresh, it tells where this request's own variant is. Past its life, this request's takes its place.
      const isFresh = freshness === 'fresh' || freshness === 'due';
      return { freshness: isFresh ? 'fresh' : 'expired', forward: 'vary-miss', isOthers: true };
    }
    const reuse = reuseOf(freshness, found.times, directives, found.response.mustRevalidate);
    if (reuse.freshness !== 'expired' && !this.reply.canSend(found))
      return { freshness: 'expired', forward: 'miss', isOthers: false };
    const forward = reuse.isRefused ? 'request' : 'stale';
    return { freshness: reuse.freshness, forward, isOthers: false };
  }

  private async proceed(
    sighting: Sighting,
    found: FoundResponse | undefined,
    { freshness }: Judged,
  ): Promise<Proceeded<OwnAnswer>> {
    const { cache, directives, name, policy, response, run } = this.exchange;
    const packable = (kept: StoredResponse) => (cache.routes.keepsBytes ? kept : withTextBody(kept));
    const isServable = freshness === 'fresh' || freshness === 'due' || freshness === 'stale';
    if (directives.onlyIfCached && !isServable) {
      this.reply.say({ hit: false, detail: 'only-if-cached' });
      throw new GatewayTimeoutException();
    }
    const { staleWhileRevalidateMs, staleIfErrorMs } = found?.response ?? policy;
    if (freshness !== 'fresh') run.remember();
    const lifeOf = ({ kept }: OwnAnswer) => (typeof kept === 'string' ? undefined : kept.lifeMs);
    try {
      return await cache.routes.proceed<OwnAnswer>(sighting, directives.onlyIfCached ? 'fresh' : freshness, {
        loader: () => run.start(),
        isOwn: ({ kept }) => typeof kept === 'string' && isOneCallers(kept),
        behind: { isOver: () => response.isOver(), loader: () => run.startBehind() },
        // What is not kept is one request's own: those who have joined the load run the handler for themselves.
        pack: ({ kept }) =>
          typeof kept === 'string' ? undefined : cache.routes.encode(packable(kept.response), name),
        stale: ({ kept }) => (typeof kept === 'string' ? NO_STALE : kept.response),
        policy: {
          ...policy,
          ttlMs: lifeOf,
          unless: undefined,
          // What is thrown is never kept.
          cacheErrors: undefined,
          staleWhileRevalidateMs,
          staleIfErrorMs,
        },
      });
    } finally {
      run.abandon();
    }
  }

  private giveStored(
    served: FoundResponse,
    isHit: boolean,
    { forward, freshness }: Judged,
  ): Sent | undefined {
    const { run } = this.exchange;
    const ttlMs = served.times.remainingMs;
    // A handler that failed, or still runs, may have set something.
    run.undo();
    if (!isHit) return this.reply.stored(served, { hit: false, fwd: forward, isCollapsed: true, ttlMs });
    const isStale = freshness === 'stale' || freshness === 'standby';
    const rule = freshness === 'stale' ? 'stale-while-revalidate' : 'stale-if-error';
    return this.reply.stored(served, { hit: true, ttlMs, detail: isStale ? rule : undefined });
  }

  private async giveAlone(fwd: Forward, detail?: string): Promise<Sent> {
    if (this.exchange.directives.onlyIfCached) throw new GatewayTimeoutException();
    const own = await this.exchange.run.start();
    return this.reply.own(own, { hit: false, fwd, detail });
  }

  private isOthers({ response }: FoundResponse): boolean {
    return !isSameVariant(response.vary, this.exchange.request.headers);
  }

  private foundIn({ answer, outcome }: Sighting): FoundResponse | undefined {
    if (outcome?.failed !== false) return undefined;
    return this.foundAs({ stored: outcome.value, entry: answer.entry });
  }

  private foundAs({ stored, entry }: { stored: unknown; entry: FoundEntry }): FoundResponse | undefined {
    return FoundResponse.in(stored, entry, this.exchange);
  }
}

type FoundEntry = Sighting['answer']['entry'];

const NO_STALE = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };

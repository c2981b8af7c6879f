/**
 * What becomes of a loader's result: the entry that is kept of it, with its times and the stamps it depends on, or
 * nothing. What the user wrote (`ttl`, `unless`, `cacheErrors`) may throw; then the result is not kept.
 */
import type { Clock } from '../clock';
import { UncacheableValueError } from '../codec/codec-errors';
import type { ValueCodec } from '../codec/value-codec';
import type { OnceLog } from '../observability/logger';
import type { Observer } from '../observability/observer';
import { type Entry, newVersion } from '../tiers/entry';
import type { Seen } from './flights';
import type { LoadRequest } from './loads';
import { encodeFailure } from './outcome';
import { type Policy, policyFor } from './policy';
import { type Generations, carried } from './stamps';
import type { Target } from './target';

export type StalePolicy = Pick<Policy, 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'jitter'>;

/** What is known when a load begins. */
export interface Origin {
  readonly seen: Seen;
  /** When it began, by the wall clock. */
  readonly loadedAtMs: number;
}

const NO_GENERATIONS: Generations = new Map();

export class Entries {
  constructor(
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: { readonly clock: Clock; readonly codec: ValueCodec },
  ) {}

  /** @returns undefined when the result is not to be kept */
  ofResult<R>(request: LoadRequest<R>, value: R, bytes: Uint8Array, origin: Origin): Entry | undefined {
    const { unless, ttlMs } = request.policy;
    const isKept = !unless || this.ask(request, 'unless', () => unless(value)) === false;
    const lifeMs = isKept ? this.ask(request, 'ttl', () => ttlMs(value)) : undefined;
    if (lifeMs === undefined) return undefined;
    const policy = { ...policyFor(request.policy, value), ...request.own?.stale(value) };
    return this.make(request.target, bytes, lifeMs, policy, origin);
  }

  /** @returns undefined when the error is not to be kept, or of a class that is not named in `types` */
  ofError<R>(request: LoadRequest<R>, error: unknown, origin: Origin): Entry | undefined {
    const { cacheErrors, jitter } = request.policy;
    const lifeMs = cacheErrors && this.ask(request, 'cacheErrors', () => cacheErrors(error));
    if (lifeMs === undefined) return undefined;
    try {
      const bytes = encodeFailure(error, this.options.codec);
      // An error never stands in past its life.
      const policy = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0, jitter };
      return this.make(request.target, bytes, lifeMs, policy, origin);
    } catch (cause) {
      const { label } = request.subject;
      this.observer.uncacheable(request.subject);
      const why = cause instanceof UncacheableValueError ? cause.message : 'Its encoding failed.';
      this.log.warn(`uncacheable-error:${label}`, `An error of ${label} is not cached. ${why}`);
      return undefined;
    }
  }

  /** An entry whose life begins now. */
  make(target: Target, bytes: Uint8Array, ttlMs: number, policy: StalePolicy, origin: Origin): Entry {
    const { seen, loadedAtMs } = origin;
    const freshUntilMs = this.options.clock.now() + Math.max(1, ttlMs * (1 - policy.jitter * Math.random()));
    const endsAtMs = freshUntilMs + Math.max(policy.staleWhileRevalidateMs, policy.staleIfErrorMs);
    // One that was loaded blindly is never written; in memory it still has to say which tags it depends on.
    const stamps = carried(target.stamps, seen.known ? seen.generations : NO_GENERATIONS);
    return {
      bytes,
      version: newVersion(),
      loadedAtMs,
      freshUntilMs: Math.round(freshUntilMs),
      endsAtMs: Math.round(endsAtMs),
      ...(stamps && { stamps }),
    };
  }

  private ask<R, T>({ subject: { label } }: LoadRequest<R>, option: string, answer: () => T): T | undefined {
    try {
      return answer();
    } catch {
      this.log.warn(`${option}:${label}`, `The "${option}" of ${label} threw: such results are not cached.`);
      return undefined;
    }
  }
}

/** Entries that are written only where there is none, and entries that count. */
import { durationMs } from '../duration';
import { InvalidOptionsError } from '../invalid-options-error';
import type { Entry } from '../tiers/entry';
import { AtomicOperationError } from './atomic-operation-error';
import type { CounterOptions } from './atomic-options';
import type { EntryOptions } from './call-options';
import type { Engine } from './engine';
import { NO_STALE, freshnessOf } from './freshness';
import { policyFor, resolvePolicy } from './policy';
import type { Found } from './request-scope';
import type { Target } from './target';

// A counter is exact until its end, and then gone.
const EXACT = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0, jitter: 0 };

export class Counters {
  constructor(private readonly engine: Engine) {}

  async add<T>(target: Target, value: T, options: EntryOptions<T>): Promise<boolean> {
    const policy = resolvePolicy(options, this.engine.options.policy);
    const bytes = this.engine.values.encode(value, subjectOf(target));
    const ttlMs = policy.ttlMs(value);
    if (!bytes || ttlMs === undefined) throw new AtomicOperationError('add', target.label, 'not-kept', false);
    this.assertFits('add', target, bytes);
    return this.engine.atomicWrites.update('add', target, (found) => {
      if (this.standing(target, found)) return { entry: undefined, result: false };
      const origin = { seen: found.seen, loadedAtMs: this.engine.options.clock.now() };
      const entry = this.engine.entries.make(target, bytes, ttlMs, policyFor(policy, value), origin);
      return { entry, result: true };
    });
  }

  async increment(target: Target, by: number, options: CounterOptions): Promise<number> {
    if (!Number.isSafeInteger(by)) {
      throw new InvalidOptionsError('by', `${String(by)} is no safe integer: write a whole number`);
    }
    const { maxTtlMs, ttlMs: otherwise } = this.engine.options.policy;
    const { ttl, renew = false } = options;
    const ttlMs = ttl === undefined ? otherwise : Math.min(durationMs(ttl, 'ttl'), maxTtlMs);
    return this.engine.atomicWrites.update('increment', target, (found) => {
      const standing = this.standing(target, found);
      const sum = (standing ? this.integer(target, standing.value) : 0) + by;
      if (!Number.isSafeInteger(sum)) throw notAnInteger(target);
      const bytes = this.engine.values.encode(sum, subjectOf(target));
      if (!bytes) throw new AtomicOperationError('increment', target.label, 'not-kept', false);
      this.assertFits('increment', target, bytes);
      const entry = this.counted(target, found, bytes, ttlMs, renew ? undefined : standing?.entry);
      return { entry, result: sum };
    });
  }

  /** @param before the entry whose end, and whose tags, the new one takes over */
  private counted(
    target: Target,
    { seen, entry: old }: Found,
    bytes: Uint8Array,
    ttlMs: number,
    before?: Entry,
  ): Entry {
    const loadedAtMs = this.engine.options.clock.now();
    const made = this.engine.entries.make(target, bytes, ttlMs, EXACT, { seen, loadedAtMs });
    // Tags that this caller did not name stay: they were found to be valid.
    const stamps = new Map([...(old?.stamps ?? []), ...(made.stamps ?? [])]);
    const { freshUntilMs, endsAtMs } = before ?? made;
    return { ...made, freshUntilMs, endsAtMs, ...(stamps.size > 0 && { stamps }) };
  }

  /** What `get` would find. */
  private standing(
    { label }: Target,
    { entry }: Found,
  ): { readonly entry: Entry; readonly value: unknown } | undefined {
    if (!entry || freshnessOf(entry, this.engine.options.clock.now(), NO_STALE) !== 'fresh') return undefined;
    const outcome = this.engine.values.decode(label, entry);
    return outcome?.failed === false ? { entry, value: outcome.value } : undefined;
  }

  private integer(target: Target, value: unknown): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw notAnInteger(target);
    return value;
  }

  private assertFits(operation: 'add' | 'increment', { address, label }: Target, bytes: Uint8Array): void {
    if (bytes.byteLength <= this.engine.store.maxBytes(address)) return;
    throw new AtomicOperationError(operation, label, 'not-kept', false);
  }
}

function subjectOf({ label }: Target) {
  return { label, name: undefined };
}

function notAnInteger({ label }: Target): AtomicOperationError {
  return new AtomicOperationError('increment', label, 'not-an-integer', false);
}

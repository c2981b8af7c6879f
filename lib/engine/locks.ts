/** Locks: one small item each, which is held by whoever wrote it, until it lets go or the time it wrote is over. */
import { assertRecord } from '../assertions';
import { durationMs } from '../duration';
import { InvalidOptionsError } from '../invalid-options-error';
import type { Entry, Stored, Version } from '../tiers/entry';
import { AtomicOperationError } from './atomic-operation-error';
import type { Lock, LockOptions } from './atomic-options';
import type { AtomicTarget } from './atomic-writes';
import type { Engine } from './engine';
import { isGone } from './freshness';
import { HeldLock, tokenOf } from './held-lock';
import { keepAwake } from './keep-awake';

const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;

export class Locks {
  constructor(private readonly engine: Engine) {}

  /** @throws AtomicOperationError when it is held, or the table is not reached; the reason of the signal */
  async take(address: string, label: string, options: LockOptions): Promise<Lock> {
    assertRecord(options, 'options', "{ ttl: '30s' }");
    const { ttl, wait, signal } = options;
    const { clock, policy } = this.engine.options;
    const ttlMs = durationMs(ttl, 'ttl');
    if (ttlMs > policy.maxTtlMs) throw new InvalidOptionsError('ttl', 'is longer than maxTtl: shorten it');
    const giveUpAtMs = clock.monotonic() + (wait === undefined ? 0 : durationMs(wait, 'wait'));
    for (let ms = FIRST_LOOK_MS; ; ms = Math.min(LAST_LOOK_MS, ms * 2)) {
      signal?.throwIfAborted();
      const lock = await this.tryTake({ operation: 'lock', label, address }, ttlMs);
      if (lock) return keptUnlessAborted(lock, signal);
      const leftMs = giveUpAtMs - clock.monotonic();
      if (leftMs <= 0) throw new AtomicOperationError('lock', label, 'held', false);
      await this.pause(Math.min(leftMs, ms * (0.5 + Math.random())), signal);
    }
  }

  private async tryTake(target: AtomicTarget, ttlMs: number): Promise<HeldLock | undefined> {
    const { clock, policy } = this.engine.options;
    const standing = await this.look(target);
    const before = standing.state === 'entry' ? standing.entry : undefined;
    // One that ends later than any lock may was not written by a clock worth believing.
    if (before && !isGone(before, clock.now(), policy.maxTtlMs)) return undefined;
    const lock = new HeldLock(this.engine, target, ttlMs, Math.max(clock.now(), tokenOf(before) + 1));
    return (await this.wins(target, lock.first, standing.version)) ? lock : undefined;
  }

  private async wins(target: AtomicTarget, entry: Entry, seen: Version | undefined): Promise<boolean> {
    try {
      return await this.engine.atomicWrites.write(target, entry, seen);
    } catch (error) {
      // Whether it was ours for a moment or not: it is somebody else's now.
      if (error instanceof AtomicOperationError && error.reason === 'unsure') return false;
      throw error;
    }
  }

  private async look({ address, label }: AtomicTarget): Promise<Stored> {
    const { atomicWrites, store } = this.engine;
    try {
      const read = () =>
        atomicWrites.ask('lock', (call) => store.read([address], { ...call, consistent: true }));
      const found = await atomicWrites.persist(read);
      return found.get(address) ?? { state: 'empty', version: undefined };
    } catch (cause) {
      throw new AtomicOperationError('lock', label, 'unreachable', false, { cause });
    }
  }

  private async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await keepAwake(this.engine.options.clock.wait(ms, signal));
    } catch (error) {
      // A timer's own error says less than the signal's reason.
      signal?.throwIfAborted();
      throw error;
    }
  }
}

async function keptUnlessAborted(lock: Lock, signal: AbortSignal | undefined): Promise<Lock> {
  if (!signal?.aborted) return lock;
  await lock.release();
  return Promise.reject(signal.reason as Error);
}

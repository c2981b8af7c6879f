/** A lock in the hands of this process, which owns it while a version that it wrote stands. */
import type { Duration } from '../duration';
import { durationMs } from '../duration';
import { type Entry, type Version, newVersion } from '../tiers/entry';
import { type Moment, elapsedMs, momentOf } from '../moment';
import { AtomicOperationError } from './atomic-operation-error';
import type { Lock } from './atomic-options';
import type { AtomicTarget } from './atomic-writes';
import type { Engine } from './engine';

// Each extension that was not answered leaves one more version that may stand.
const MAX_VERSIONS = 4;
const TOKEN_BYTES = 9;

export class HeldLock implements Lock {
  /** What has to be written to take it. */
  readonly first: Entry;
  /** Those of which one stands, the likeliest first. */
  private versions: readonly Version[];
  private since: Moment;
  private lengthMs: number;
  private isReleased = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Engine,
    private readonly target: AtomicTarget,
    private readonly ttlMs: number,
    readonly token: number,
  ) {
    // From before it is sent: that is when others begin to count.
    this.since = momentOf(engine.options.clock);
    this.lengthMs = ttlMs;
    this.first = this.entryUntil(engine.options.clock.now() + ttlMs);
    this.versions = [this.first.version];
  }

  get isHeld(): boolean {
    return !this.isReleased && elapsedMs(this.engine.options.clock, this.since) < this.lengthMs;
  }

  extend(ttl?: Duration): Promise<boolean> {
    const { clock, policy } = this.engine.options;
    const ttlMs = ttl === undefined ? this.ttlMs : Math.min(durationMs(ttl, 'ttl'), policy.maxTtlMs);
    return this.inTurn(async () => {
      if (this.isReleased) return false;
      const since = momentOf(clock);
      const isOurs = await this.replaceBy(this.entryUntil(clock.now() + ttlMs));
      this.since = since;
      this.lengthMs = isOurs ? ttlMs : 0;
      return isOurs;
    });
  }

  release(): Promise<void> {
    const wasReleased = this.isReleased;
    this.isReleased = true;
    return this.inTurn(async () => {
      if (wasReleased) return;
      try {
        // Not now: by a clock that is behind ours, that would be later.
        await this.replaceBy(this.entryUntil(0));
      } catch {
        // It ends by itself.
      }
    });
  }

  /** Whether the lock was still ours. */
  private async replaceBy(entry: Entry): Promise<boolean> {
    try {
      for (const version of this.versions) {
        if (await this.tryReplace(version, entry)) {
          this.versions = [entry.version];
          return true;
        }
      }
      return false;
    } catch (error) {
      this.versions = [entry.version, ...this.versions].slice(0, MAX_VERSIONS);
      throw error;
    }
  }

  private async tryReplace(version: Version, entry: Entry): Promise<boolean> {
    try {
      return await this.engine.atomicWrites.write({ ...this.target, operation: 'extend' }, entry, version);
    } catch (error) {
      // Whoever has written since is not us.
      if (error instanceof AtomicOperationError && error.reason === 'unsure') return false;
      throw error;
    }
  }

  // The token stays in the item after the lock has ended: the next holder's is greater.
  private entryUntil(endsAtMs: number): Entry {
    const loadedAtMs = this.engine.options.clock.now();
    return {
      bytes: packToken(this.token),
      version: newVersion(),
      loadedAtMs,
      freshUntilMs: endsAtMs,
      endsAtMs,
    };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return this.engine.inFlight.track(mine);
  }
}

/** Behind a header that no codec has. */
function packToken(token: number): Uint8Array {
  const bytes = new Uint8Array(TOKEN_BYTES);
  new DataView(bytes.buffer).setFloat64(1, token);
  return bytes;
}

/** The token of whoever held the lock last; 0 when nobody has, or it cannot be read. */
export function tokenOf(entry: Entry | undefined): number {
  if (entry?.bytes.byteLength !== TOKEN_BYTES) return 0;
  const { buffer, byteOffset } = entry.bytes;
  const token = new DataView(buffer, byteOffset).getFloat64(1);
  return Number.isSafeInteger(token) ? token : 0;
}

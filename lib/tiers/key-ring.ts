/**
 * The keys that values are sealed with. Those that a function fetches are fetched once for all callers, kept, and
 * fetched again when they are old or an item names one that is not among them. Who waits for them waits for a part of an operation's
 * budget, and nobody waits again for a fetch that has already been slow: without keys nothing is read or kept, and callers
 * are served by their loaders.
 */
import type { Clock } from '../clock';
import { type KeySet, keySetOf } from '../codec/key-set';
import { type SealKey, readSealKeys } from '../codec/seal-keys';
import { type Moment, elapsedMs, momentOf } from '../moment';

/** Fetches the keys, the newest first. */
export type FetchKeys = () => readonly SealKey[] | Promise<readonly SealKey[]>;

export interface KeyRing {
  /**
   * The keys that there are, if possible with the one that is asked for.
   *
   * @returns undefined when there are none; never rejects
   */
  keys(id?: string): Promise<KeySet | undefined> | KeySet | undefined;
}

export interface FetchedKeysOptions {
  readonly fetch: FetchKeys;
  readonly clock: Clock;
  /** How long keys are used before they are fetched again, ms. */
  readonly refreshMs: number;
  /** How long an operation waits for a fetch, ms. */
  readonly waitMs: number;
  readonly failed: (error: unknown) => void;
}

interface Fetching {
  readonly since: Moment;
  readonly done: Promise<void>;
}

/** After a fetch, how long until the next one, when it failed or did not bring the key that was wanted. */
const RETRY_MS = 5_000;
/** A fetch that takes longer is given up. */
const PATIENCE_MS = 30_000;

export class FetchedKeys implements KeyRing {
  private known: KeySet | undefined;
  private fetchedAt: Moment | undefined;
  private endedAt: Moment | undefined;
  private fetching: Fetching | undefined;

  constructor(private readonly options: FetchedKeysOptions) {}

  keys(id?: string): Promise<KeySet | undefined> | KeySet | undefined {
    const { known } = this;
    const isEnough = known !== undefined && (id === undefined || known.byId.has(id));
    if (isEnough && !this.areOld()) return known;
    const fetching = this.current() ?? this.begin();
    return isEnough || !fetching ? known : this.waitFor(fetching);
  }

  private areOld(): boolean {
    return !this.fetchedAt || this.ageOf(this.fetchedAt) >= this.options.refreshMs;
  }

  private current(): Fetching | undefined {
    return this.fetching && this.ageOf(this.fetching.since) < PATIENCE_MS ? this.fetching : undefined;
  }

  private begin(): Fetching | undefined {
    if (this.endedAt && this.ageOf(this.endedAt) < RETRY_MS) return undefined;
    const fetching: Fetching = {
      since: momentOf(this.options.clock),
      done: this.fetch(() => this.fetching === fetching),
    };
    this.fetching = fetching;
    return fetching;
  }

  private async fetch(isCurrent: () => boolean): Promise<void> {
    // In a later turn, when `isCurrent` can be answered.
    await Promise.resolve();
    const since = momentOf(this.options.clock);
    try {
      const keys = keySetOf(readSealKeys(await this.options.fetch(), 'seal.keys'));
      if (!isCurrent()) return;
      this.known = keys;
      this.fetchedAt = since;
    } catch (error) {
      this.options.failed(error);
    }
    if (!isCurrent()) return;
    this.endedAt = momentOf(this.options.clock);
    this.fetching = undefined;
  }

  private async waitFor({ since, done }: Fetching): Promise<KeySet | undefined> {
    const { clock, waitMs } = this.options;
    const leftMs = waitMs - this.ageOf(since);
    if (leftMs > 0) {
      const waiting = new AbortController();
      const patience = clock.wait(leftMs, waiting.signal).catch(() => undefined);
      await Promise.race([done, patience]);
      waiting.abort();
    }
    return this.known;
  }

  private ageOf(moment: Moment): number {
    return elapsedMs(this.options.clock, moment);
  }
}

/**
 * Follows the stream of the cache's table and tells a listener what any process writes. Whenever writes may have gone by
 * unseen, at the beginning for one, it says so; then it begins anew at the end of the stream. It never rejects, and
 * keeps no process alive.
 */
import type { Clock } from '../clock';
import { type Moment, elapsedMs, momentOf } from '../moment';
import type { ChangeListener } from '../tiers/entry-changes';
import { changeOf } from './stream-record';
import { ContinuityLostError, StreamShards } from './stream-shards';
import type { StreamSource } from './stream-source';

const POLL_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
// What a stream keeps; after a longer silence a shard that is there may have lost its beginning.
const RETENTION_MS = 24 * 60 * 60 * 1_000;

export class StreamFollower {
  constructor(
    private readonly source: StreamSource,
    private readonly clock: Clock,
    private readonly listener: ChangeListener,
    private readonly ended: AbortSignal,
  ) {}

  /** Resolves when the signal has ended it. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.ended.aborted) {
      let shards: StreamShards | undefined;
      try {
        shards = await StreamShards.fromNow(this.source, this.clock, (record) => {
          const change = changeOf(record, this.source.layout);
          if (change) this.listener.changed(change.address, change.version);
        });
        this.listener.missed();
        failures = 0;
        await this.follow(shards);
      } catch (error) {
        if (this.isEnded()) return;
        this.listener.failed(error);
        if (shards) this.listener.missed();
      }
      await this.pause(backOffMs(failures++));
    }
  }

  /** @throws ContinuityLostError */
  private async follow(shards: StreamShards): Promise<void> {
    let asOf = momentOf(this.clock);
    let failures = 0;
    while (!this.ended.aborted) {
      if (elapsedMs(this.clock, asOf) > RETENTION_MS) {
        throw new ContinuityLostError('nothing was read for longer than a stream is kept');
      }
      const pauseMs = await this.round(shards, (moment) => {
        asOf = moment;
      });
      failures = pauseMs === undefined ? failures + 1 : 0;
      await this.pause(pauseMs ?? backOffMs(failures));
    }
  }

  /** Resolves to how long to pause; `undefined` when it failed in a way that may pass. */
  private async round(shards: StreamShards, onUpToDate: (asOf: Moment) => void): Promise<number | undefined> {
    const begun = momentOf(this.clock);
    try {
      const progress = await shards.readOn();
      if (progress === 'more') return 0;
      if (progress === 'upToDate') {
        onUpToDate(begun);
        this.listener.upToDate(begun);
      }
      return POLL_MS;
    } catch (error) {
      if (error instanceof ContinuityLostError || this.ended.aborted) throw error;
      this.listener.failed(error);
      return undefined;
    }
  }

  private async pause(ms: number): Promise<void> {
    try {
      if (ms > 0) await this.clock.wait(ms, this.ended);
    } catch (error) {
      if (!this.isEnded()) throw error;
    }
  }

  private isEnded(): boolean {
    return this.ended.aborted;
  }
}

// Half of it by chance, so that a fleet which was throttled together does not come back together.
function backOffMs(failures: number): number {
  const ceiling = Math.min(LONGEST_PAUSE_MS, POLL_MS * 2 ** Math.min(failures, 10));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

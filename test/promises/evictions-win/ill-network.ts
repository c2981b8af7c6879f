/** What happens to a fleet from outside: requests that go wrong at random, and processes that stand still for a while. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerMode, FaultyProxy } from '../../support/faulty-proxy';

/** How often each becomes of a request, out of a hundred; the rest is answered at once. */
const ILLNESSES: readonly (readonly [share: number, mode: AnswerMode | 'late'])[] = [
  [6, 'late'],
  [4, 'lost-response'],
  [2, 'reset'],
  [4, 'status-500'],
  [1, 'throttle'],
];
const LATE_MS = 60;
const HOLE_EVERY_MS = 900;
const HOLE_MS = 100;
const FROZEN_MS = [50, 500] as const;
const THAWED_MS = [100, 600] as const;

/** A network in front of DynamoDB that loses, delays, refuses and swallows. */
export class IllNetwork {
  faults = 0;
  private isWell = false;
  private readonly startedAt = Date.now();

  private constructor(private readonly proxy: FaultyProxy) {
    proxy.intercept = () => this.illnessOf();
  }

  static async start(target: string): Promise<IllNetwork> {
    return new IllNetwork(await FaultyProxy.start(target));
  }

  get endpoint(): string {
    return this.proxy.endpoint;
  }

  /** From now on nothing goes wrong, so that what is to be tried again arrives. */
  recover(): void {
    this.isWell = true;
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }

  private async illnessOf(): Promise<AnswerMode | undefined> {
    if (this.isWell) return undefined;
    if ((Date.now() - this.startedAt) % HOLE_EVERY_MS > HOLE_EVERY_MS - HOLE_MS)
      return this.ill('black-hole');
    let left = Math.random() * 100;
    const mode = ILLNESSES.find(([share]) => (left -= share) < 0)?.[1];
    if (mode === undefined) return undefined;
    if (mode !== 'late') return this.ill(mode);
    this.faults++;
    await sleep(Math.random() * LATE_MS);
    return undefined;
  }

  private ill(mode: AnswerMode): AnswerMode {
    this.faults++;
    return mode;
  }
}

/** Stops one process after another for a moment, wherever it is. */
export class Freezer {
  freezes = 0;
  private readonly ending = new AbortController();
  private readonly over: Promise<void>;

  constructor(private readonly processes: readonly ChildProcess[]) {
    this.over = this.work();
  }

  /** Resolves when all processes run again. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.over;
  }

  private async work(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.rest(...THAWED_MS);
      const child = this.processes[Math.floor(Math.random() * this.processes.length)];
      if (!child) return;
      child.kill('SIGSTOP');
      this.freezes++;
      await this.rest(...FROZEN_MS);
      child.kill('SIGCONT');
    }
  }

  private async rest(least: number, most: number): Promise<void> {
    const ms = least + Math.random() * (most - least);
    await sleep(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

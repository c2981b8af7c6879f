/** Several processes that share one cache, and the parent that holds their source of truth and gathers their history. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { History, type Overwrite, type Read } from './history';

const WORKER = join(__dirname, 'worker.mjs');
const BUILT = join(__dirname, '../../../dist/core/resolve-options.js');
const POLL_MS = 100;

/** What every process does. Loads, pauses and phases last real time; a TTL is of the run's own clock. */
export interface Profile {
  readonly keys: number;
  /** How many callers work at the same time in each process. */
  readonly lanes: number;
  /** The longest pause of a caller. */
  readonly pauseMs: number;
  /** The longest time that a request to the table, or its answer, is on its way besides what it takes anyway. */
  readonly networkMs: number;
  /** The longest load. */
  readonly loadMs: number;
  /** How long entries live, … */
  readonly ttlMs: number;
  /** … and how long, at most, the share of them that is short-lived. */
  readonly shortTtlMs: number;
  /** After this time a key is not used any more, and a new one is. Not all keys change at the same moment. */
  readonly periodMs: number;
  /** What is done with a key in the course of its period. */
  readonly phases: readonly Phase[];
}

export interface Phase {
  /** When it ends, from the start of the period. */
  readonly untilMs: number;
  /** How often each is done in relation to the others. */
  readonly operations: Partial<Record<'read' | 'get' | 'evict' | 'set' | 'scope', number>>;
  readonly shortShare: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly profile: Profile;
  /** @default all processes of the fleet */
  readonly workers?: number;
  /** @default true */
  readonly consistentRead?: boolean;
  /** How many times as fast as it is the time runs for the caches. @default 1 */
  readonly speed?: number;
  /** Whether expired items are deleted eagerly by their TTL attribute. @default false */
  readonly hasJanitor?: boolean;
  /** A precaution that is taken out; see sabotage.mjs. @default none */
  readonly sabotage?: string;
  /** Asked again and again; the run ends when it says so. */
  readonly isOver: (run: Run) => boolean;
  readonly maxSeconds: number;
}

/** What a worker is told to do. */
interface Order extends Omit<RunOptions, 'isOver' | 'maxSeconds' | 'workers' | 'speed'> {
  readonly type: 'run';
  readonly worker: number;
  readonly table: string;
  readonly endpoint: string;
  readonly time: { readonly speed: number; readonly originMs: number; readonly originNs: number };
}

/** What the caches of the processes counted, and items that the janitor deleted. */
type Counts = Record<'hits' | 'scopeHits' | 'joined' | 'fillsDropped' | 'failures' | 'deletedByTtl', number>;

export type Activity = Counts & Record<'seconds' | 'reads' | 'overwrites', number>;

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'ask'; readonly id: number; readonly key: string; readonly commits: boolean }
  | {
      readonly type: 'events' | 'done';
      readonly worker: number;
      readonly reads: readonly Read[];
      readonly overwrites: readonly Overwrite[];
      readonly counts: Counts;
      readonly complaints: readonly string[];
    };

/** What is known of a run that goes on or is over. */
export class Run {
  readonly history = new History();
  readonly complaints: string[] = [];
  private readonly counts = new Map<number, Counts>();
  private readonly startedAt = performance.now();

  get activity(): Activity {
    const sum = (what: keyof Counts) => [...this.counts.values()].reduce((total, of) => total + of[what], 0);
    return {
      seconds: (performance.now() - this.startedAt) / 1_000,
      reads: this.history.reads.length,
      overwrites: this.history.overwrites.length,
      hits: sum('hits'),
      scopeHits: sum('scopeHits'),
      joined: sum('joined'),
      fillsDropped: sum('fillsDropped'),
      failures: sum('failures'),
      deletedByTtl: sum('deletedByTtl'),
    };
  }

  /** What has not happened often enough yet. */
  lacks(least: Partial<Activity>): string[] {
    const { activity } = this;
    const names = Object.keys(least) as (keyof Activity)[];
    return names.filter((what) => activity[what] < (least[what] ?? 0));
  }

  summary(): string {
    const counted = Object.entries({ ...this.activity, violations: this.history.violations().length });
    return counted.map(([what, count]) => `${what} ${Math.round(count * 10) / 10}`).join(', ');
  }

  gather({ worker, reads, overwrites, counts, complaints }: Extract<Message, { worker: number }>): void {
    this.history.add(reads, overwrites);
    this.counts.set(worker, counts);
    this.complaints.push(...complaints);
  }
}

export class Fleet {
  private readonly versions = new Map<string, number>();

  private constructor(private readonly processes: readonly ChildProcess[]) {
    for (const child of processes) {
      child.on('message', (message: Message) => {
        if (message.type === 'ask') this.answer(child, message);
      });
    }
  }

  static async start(size: number): Promise<Fleet> {
    if (!existsSync(BUILT)) throw new Error('The processes run the built package: npm run build first.');
    const processes = Array.from({ length: size }, () => fork(WORKER, { execArgv: [] }));
    await Promise.all(processes.map((child) => heard(child, 'ready')));
    return new Fleet(processes);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        if (!child.connected) return;
        child.disconnect();
        await once(child, 'exit');
      }),
    );
  }

  async run({ isOver, maxSeconds, workers, speed = 1, ...options }: RunOptions): Promise<Run> {
    const processes = this.processes.slice(0, workers);
    const time = { speed, originMs: Date.now(), originNs: Number(process.hrtime.bigint()) };
    const order = {
      ...options,
      type: 'run',
      table: await freshTable(),
      endpoint: dynamodbEndpoint,
      time,
    } as const;
    this.versions.clear();
    const run = new Run();
    const done = Promise.all(processes.map((child) => heard(child, 'done', run)));
    processes.forEach((child, worker) => {
      child.send({ ...order, worker, hasJanitor: order.hasJanitor === true && worker === 0 } satisfies Order);
    });
    const ended = done.then(() => true);
    let hasEnded = false;
    while (!hasEnded && !isOver(run) && run.activity.seconds < maxSeconds)
      hasEnded = await Promise.race([sleep(POLL_MS, false), ended]);
    for (const child of processes) child.send({ type: 'stop' });
    await ended;
    return run;
  }

  private answer(child: ChildProcess, { id, key, commits }: Extract<Message, { type: 'ask' }>): void {
    const version = (this.versions.get(key) ?? 0) + Number(commits);
    this.versions.set(key, version);
    child.send({ type: 'answer', id, version });
  }
}

/** Resolves when a process says so; what it tells of a run until then is gathered. */
function heard(child: ChildProcess, type: 'ready' | 'done', run?: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message) => {
      if ('reads' in message) run?.gather(message);
      if (message.type === type) settle();
    };
    const fail = (code: number | null) => settle(new Error(`a process of the fleet ended with ${code}`));
    const settle = (error?: Error) => {
      child.off('message', listen).off('exit', fail);
      if (error) reject(error);
      else resolve();
    };
    child.on('message', listen).on('exit', fail);
  });
}

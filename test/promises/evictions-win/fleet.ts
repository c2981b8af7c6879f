/** Several processes that share one cache, and the parent that holds their source of truth and gathers their history. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { History, type Overwrite, type Read } from './history';
import { Freezer, IllNetwork } from './ill-network';

const WORKER = join(__dirname, 'worker.mjs');
const POLL_MS = 100;

/** What every process does. Loads, pauses and phases last real time; a TTL is of the run's own clock. */
export interface Profile {
  /** How each key is cached. */
  readonly keys: readonly Traits[];
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

export interface Traits {
  readonly tags?: readonly string[];
  /** Whether it never lives longer than `shortTtlMs`. */
  readonly isShortLived?: boolean;
  readonly lease?: `${number}s`;
  /** How long past its life a value is served while it is refreshed, … */
  readonly staleWhileRevalidate?: number;
  /** … and while its loader fails, ms. */
  readonly staleIfError?: number;
  /** How often its loader fails, 0 to 1. */
  readonly failShare?: number;
  /** How long an error is kept. */
  readonly cacheErrorsMs?: number;
}

export interface Phase {
  /** When it ends, from the start of the period. */
  readonly untilMs: number;
  /** How often each is done in relation to the others. */
  readonly operations: Partial<Record<'read' | 'get' | 'evict' | 'set' | 'tags' | 'clear' | 'scope', number>>;
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
  /** How long values stay in the memory of each process. @default not at all */
  readonly memoryMs?: number;
  /** Whether requests to the table go wrong at random. @default false */
  readonly hasFaults?: boolean;
  /** Whether processes are frozen at random. @default false */
  readonly hasFreezes?: boolean;
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

/** What the processes counted. */
type Counts = Record<
  | ('hits' | 'scopeHits' | 'memoryHits' | 'joined' | 'stale' | 'fillsDropped' | 'failures')
  | ('tagEvictions' | 'clears' | 'lostEvictions' | 'retriedEvictions')
  | ('leasesTaken' | 'leasesLost' | 'blindJoins' | 'errorHits' | 'deletedByTtl'),
  number
>;

export type Activity = Partial<Counts> &
  Record<'seconds' | 'reads' | 'overwrites' | 'faults' | 'freezes', number>;

interface Question {
  readonly type: 'ask';
  readonly id: number;
  /** One key, … */
  readonly key?: string;
  /** … or all keys of some numbers that anybody has asked for. */
  readonly numbers?: readonly number[];
  readonly commits?: boolean;
}

type Message =
  | { readonly type: 'ready' }
  | Question
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

  constructor(
    private readonly network: IllNetwork | undefined,
    private readonly freezer: Freezer | undefined,
  ) {}

  get activity(): Activity {
    const total: Partial<Counts> = {};
    for (const counts of this.counts.values()) {
      for (const what of Object.keys(counts) as (keyof Counts)[])
        total[what] = (total[what] ?? 0) + counts[what];
    }
    return {
      seconds: (performance.now() - this.startedAt) / 1_000,
      reads: this.history.reads.length,
      overwrites: this.history.overwrites.length,
      faults: this.network?.faults ?? 0,
      freezes: this.freezer?.freezes ?? 0,
      ...total,
    };
  }

  /** What has not happened often enough yet. */
  lacks(least: Partial<Activity>): string[] {
    const { activity } = this;
    const names = Object.keys(least) as (keyof Activity)[];
    return names.filter((what) => (activity[what] ?? 0) < (least[what] ?? 0));
  }

  summary(): string {
    const counted = Object.entries({ ...this.activity, violations: this.history.violations().length });
    const happened = counted.filter(([what, count]) => count > 0 || what === 'violations');
    return happened.map(([what, count]) => `${what} ${Math.round(count * 10) / 10}`).join(', ');
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
    const network = options.hasFaults ? await IllNetwork.start(dynamodbEndpoint) : undefined;
    const endpoint = network?.endpoint ?? dynamodbEndpoint;
    const order = { ...options, type: 'run', table: await freshTable(), endpoint, time } as const;
    this.versions.clear();
    const freezer = options.hasFreezes ? new Freezer(processes) : undefined;
    const run = new Run(network, freezer);
    const done = Promise.all(processes.map((child) => heard(child, 'done', run)));
    processes.forEach((child, worker) => {
      child.send({ ...order, worker, hasJanitor: order.hasJanitor === true && worker === 0 } satisfies Order);
    });
    const ended = done.then(() => true);
    let hasEnded = false;
    while (!hasEnded && !isOver(run) && run.activity.seconds < maxSeconds)
      hasEnded = await Promise.race([sleep(POLL_MS, false), ended]);
    await freezer?.stop();
    network?.recover();
    for (const child of processes) child.send({ type: 'stop' });
    await ended;
    await network?.close();
    return run;
  }

  private answer(child: ChildProcess, { id, key, numbers = [], commits = false }: Question): void {
    const known = [...this.versions.keys()];
    const keys =
      key === undefined ? known.filter((name) => numbers.includes(Number(name.split(':')[1]))) : [key];
    const versions = keys.map((name) => [name, (this.versions.get(name) ?? 0) + Number(commits)] as const);
    for (const [name, version] of versions) this.versions.set(name, version);
    child.send({ type: 'answer', id, versions });
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

/** Several processes that rewrite and read the same large values, and what they were given. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { Freezer } from '../evictions-win/ill-network';

const WORKER = join(__dirname, 'worker.mjs');
const POLL_MS = 50;

type Counted = 'reads' | 'torn' | 'hits' | 'misses' | 'loads' | 'writes' | 'dropped' | 'failures' | 'bytes';
type Counts = Record<Counted, number>;

export type Activity = Counts & Record<'seconds' | 'freezes', number>;

export interface RunOptions {
  readonly seed: number;
  /** How often values have each size, in MB: few, so that chunks of different writes fit in each other's place. */
  readonly sizes: Readonly<Record<number, number>>;
  /** Whether processes are stopped for a moment at random. */
  readonly hasFreezes: boolean;
  /** How many values each process makes at most: what is overwritten stays in the table. */
  readonly maxWrites: number;
  readonly maxSeconds: number;
  /** Asked again and again; the run ends when it says so. */
  readonly isOver: (activity: Activity) => boolean;
  /** A precaution that is taken out; see worker.mjs. @default none */
  readonly sabotage?: string;
}

/** What a worker is told to do. */
interface Order extends Omit<RunOptions, 'isOver' | 'maxSeconds' | 'hasFreezes'> {
  readonly type: 'run';
  readonly worker: number;
  readonly table: string;
  readonly endpoint: string;
}

interface Message {
  readonly type: 'ready' | 'progress' | 'done';
  readonly worker: number;
  readonly counts: Counts;
  readonly complaints: readonly string[];
}

export class Fleet {
  private constructor(private readonly processes: readonly ChildProcess[]) {}

  static async start(size: number): Promise<Fleet> {
    const processes = Array.from({ length: size }, () => fork(WORKER, { execArgv: [] }));
    await Promise.all(processes.map((child) => heard(child, 'ready')));
    return new Fleet(processes);
  }

  /** @throws when a process ends, or the cache has complained */
  async run({ isOver, maxSeconds, hasFreezes, ...options }: RunOptions): Promise<Activity> {
    const startedAt = performance.now();
    const latest = new Map<number, Message>();
    const freezer = hasFreezes ? new Freezer(this.processes) : undefined;
    const activity = () =>
      sum(latest.values(), (performance.now() - startedAt) / 1_000, freezer?.freezes ?? 0);
    const order = { ...options, type: 'run', table: await freshTable(), endpoint: dynamodbEndpoint } as const;
    const done = Promise.all(
      this.processes.map((child) => heard(child, 'done', (message) => latest.set(message.worker, message))),
    );
    this.processes.forEach((child, worker) => child.send({ ...order, worker } satisfies Order));
    const ended = done.then(() => true);
    let hasEnded = false;
    while (!hasEnded && !isOver(activity()) && activity().seconds < maxSeconds)
      hasEnded = await Promise.race([sleep(POLL_MS, false), ended]);
    await freezer?.stop();
    for (const child of this.processes) child.send({ type: 'stop' });
    await ended;
    const complaints = [...latest.values()].flatMap((message) => message.complaints);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
    return activity();
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
}

function sum(messages: Iterable<Message>, seconds: number, freezes: number): Activity {
  const none = {
    reads: 0,
    torn: 0,
    hits: 0,
    misses: 0,
    loads: 0,
    writes: 0,
    dropped: 0,
    failures: 0,
    bytes: 0,
  };
  const total: Activity = { ...none, seconds, freezes };
  for (const { counts } of messages)
    for (const what of Object.keys(counts) as Counted[]) total[what] += counts[what];
  return total;
}

/** Resolves when a process says so; what it tells until then is passed on. */
function heard(
  child: ChildProcess,
  type: Message['type'],
  tell: (message: Message) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message) => {
      tell(message);
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

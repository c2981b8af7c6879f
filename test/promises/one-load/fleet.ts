/** Processes that want the same key, and what the parent saw of them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dynamodbEndpoint } from '../../support/dynamodb';

const WORKER = join(__dirname, 'worker.mjs');
const BUILT = join(__dirname, '../../../dist/core/index.js');

export interface Call {
  readonly key: string;
  /** How many in each process. */
  readonly callers: number;
  readonly lease: boolean | `${number}s`;
  readonly loadMs: number;
}

export interface Outcome {
  /** How often loaders were called. */
  readonly loads: number;
  readonly answers: number;
  /** What was answered, each once. */
  readonly values: readonly string[];
  readonly tookMs: number;
}

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'load'; readonly key: string }
  | { readonly type: 'answers'; readonly answers: number; readonly values: readonly string[] };

export class Fleet {
  private constructor(private readonly processes: readonly ChildProcess[]) {}

  /** @param skewsMs how far the wall clock of each process is off */
  static async start(table: string, skewsMs: readonly number[]): Promise<Fleet> {
    if (!existsSync(BUILT)) throw new Error('The processes run the built package: npm run build first.');
    const processes = skewsMs.map(() => fork(WORKER, { execArgv: [] }));
    await Promise.all(
      processes.map((child, i) => {
        child.send({ type: 'open', table, endpoint: dynamodbEndpoint, skewMs: skewsMs[i] });
        return heard(child, 'ready');
      }),
    );
    return new Fleet(processes);
  }

  /** All callers of all processes at once. */
  async call(call: Call): Promise<Outcome> {
    let loads = 0;
    const count = ({ type }: Message) => (loads += Number(type === 'load'));
    const startedAt = performance.now();
    const answered = this.processes.map((child) => {
      child.on('message', count);
      child.send({ type: 'call', ...call });
      return heard(child, 'answers').finally(() => child.off('message', count));
    });
    const all = await Promise.all(answered);
    return {
      loads,
      answers: all.reduce((sum, { answers }) => sum + answers, 0),
      values: [...new Set(all.flatMap(({ values }) => values))],
      tookMs: performance.now() - startedAt,
    };
  }

  /** Lets every process begin to load, and kills it then. */
  async dieLoading(call: Call): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        const [loading, ended] = [heard(child, 'load'), once(child, 'exit')];
        child.send({ type: 'call', ...call });
        await loading;
        child.kill('SIGKILL');
        await ended;
      }),
    );
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

function heard<T extends Message['type']>(
  child: ChildProcess,
  type: T,
): Promise<Extract<Message, { type: T }>> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message) => {
      if (message.type !== type) return;
      child.off('message', listen).off('exit', fail);
      resolve(message as Extract<Message, { type: T }>);
    };
    const fail = (code: number | null) => reject(new Error(`a process of the fleet ended with ${code}`));
    child.on('message', listen).on('exit', fail);
  });
}

/**
 * One engine's child process. It is known by its handle only, never keeps this process alive once it answers, and is ended
 * by stop(), by this process's exit, and by a signal that would end this process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { request } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBEngine, EngineCommand } from './dynamodb-engine-ladder';

/** Java on a busy machine takes several seconds. */
const START_MS = 30_000;
const PROBE_MS = 5_000;
const POLL_MS = 10;
/** Time to end by itself, before it is killed. */
const GRACE_MS = 1_000;
const TAIL_CHARACTERS = 2_000;

export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private hasEnded = false;
  private tail = '';

  constructor(
    private readonly engine: DynamoDBEngine,
    command: EngineCommand,
    private readonly port: number,
  ) {
    this.child = spawn(command.file, command.args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Flags meant for this process (an inspector's port, a loader) would stop a Node engine from starting.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.tail = (this.tail + text).slice(-TAIL_CHARACTERS);
    });
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.hasEnded = true;
        endWithThisProcess.delete(this.child);
        resolve();
      };
      // 'close' comes after the last of stderr; 'error' alone when the program could not be run.
      this.child.once('close', end).once('error', (error) => {
        this.tail += error.message;
        end();
      });
    });
    endWithThisProcess.add(this.child);
  }

  /** Resolves at the engine's first answer; from then on it no longer keeps this process alive. */
  async untilItAnswers(): Promise<void> {
    const giveUpAt = Date.now() + START_MS;
    while (!(await answers(this.port)) || this.hasEnded) {
      if (this.hasEnded) throw new Error(`${this.engine} ended instead of starting. ${this.lastWords()}`);
      if (Date.now() > giveUpAt) {
        await this.stop();
        throw new Error(`${this.engine} did not answer within ${START_MS / 1_000} s. ${this.lastWords()}`);
      }
      await sleep(POLL_MS);
    }
    this.keepAlive(false);
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.keepAlive(true);
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(kill);
  }

  private keepAlive(keep: boolean): void {
    const stderr = this.child.stderr;
    if (keep) this.child.ref();
    else this.child.unref();
    if (!(stderr instanceof Socket)) return;
    if (keep) stderr.ref();
    else stderr.unref();
  }

  private lastWords(): string {
    const words = this.tail.trim();
    return words === '' ? 'It wrote no error.' : `Its last words:\n${words}`;
  }
}

/** True when a DynamoDB answers ListTables there. The signature is made up: no engine checks it. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        agent: false,
        timeout: PROBE_MS,
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.ListTables',
          'x-amz-date': '20260101T000000Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=probe/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
      },
      (response) => {
        response.resume().once('close', () => {
          resolve(response.statusCode === 200);
        });
      },
    );
    probe.once('timeout', () => probe.destroy());
    probe.once('error', () => {
      resolve(false);
    });
    probe.end('{}');
  });
}

const endWithThisProcess = new (class {
  private readonly children = new Set<ChildProcess>();
  private readonly signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

  add(child: ChildProcess): void {
    if (this.children.size === 0) {
      process.on('exit', this.endAll);
      for (const signal of this.signals) process.on(signal, this.onSignal);
    }
    this.children.add(child);
  }

  delete(child: ChildProcess): void {
    if (!this.children.delete(child) || this.children.size > 0) return;
    process.off('exit', this.endAll);
    for (const signal of this.signals) process.off(signal, this.onSignal);
  }

  private readonly endAll = (): void => {
    for (const child of this.children) child.kill('SIGTERM');
  };

  /**
   * A signal that nobody handles ends a process without its 'exit' event. With us as the only listener it still has to end
   * it; with others, they decide, and the engine lives as long as their shutdown may need it.
   */
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    this.endAll();
    process.off(signal, this.onSignal);
    process.kill(process.pid, signal);
  };
})();

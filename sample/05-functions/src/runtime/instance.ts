/**
 * The process of one instance. Its platform freezes it when there is nothing to do: then it gets no time at all, while the
 * clocks go on and its connections may end. Frozen here means stopped by SIGSTOP, which a process cannot see coming.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { FunctionCode } from './serverless-function';

/** Where compiled functions are: `dist`. */
export const TASK_ROOT = resolve(__dirname, '..');

export class Instance {
  private state: 'running' | 'frozen' | 'ended' = 'running';
  private readonly end = (): void => {
    this.process.kill('SIGKILL');
  };

  private constructor(private readonly process: ChildProcess) {
    // One that is frozen would not notice that its parent has gone.
    process.once('exit', () => {
      this.state = 'ended';
      globalThis.process.off('exit', this.end);
    });
    globalThis.process.once('exit', this.end);
  }

  /** @param script the program of the runtime, beside this one */
  static start(script: string, { env, isQuiet = false }: FunctionCode): Instance {
    return new Instance(
      spawn(process.execPath, [resolve(__dirname, script)], {
        stdio: ['ignore', 'inherit', isQuiet ? 'ignore' : 'inherit', 'ipc'],
        env: { ...process.env, ...env },
      }),
    );
  }

  get hasEnded(): boolean {
    return this.state === 'ended';
  }

  get isFrozen(): boolean {
    return this.state === 'frozen';
  }

  freeze(): void {
    if (this.state !== 'running') return;
    this.state = 'frozen';
    this.process.kill('SIGSTOP');
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    this.process.kill('SIGCONT');
  }

  onMessage(listener: (message: unknown) => void): void {
    this.process.on('message', listener);
  }

  /** Called once, when the process has ended, whyever. */
  onEnd(listener: () => void): void {
    this.process.once('exit', listener);
  }

  async stop(): Promise<void> {
    if (this.state === 'ended') return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The application in processes of its own, in the environment of this one. */
export class Fleet {
  private constructor(
    private readonly processes: readonly ChildProcess[],
    readonly urls: readonly string[],
  ) {}

  static async start(size: number): Promise<Fleet> {
    const main = join(__dirname, '..', 'main.js');
    const processes = Array.from({ length: size }, () =>
      spawn(process.execPath, [main], { env: { ...process.env, PORT: '0' } }),
    );
    process.once('exit', () => {
      for (const one of processes) one.kill('SIGKILL');
    });
    return new Fleet(processes, await Promise.all(processes.map(urlOf)));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.processes.map(async (one) => {
        const end = once(one, 'exit');
        one.kill('SIGTERM');
        await end;
      }),
    );
  }
}

/** The address a process says it listens on. */
function urlOf(app: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      const [url] = /(?<=Statements at )http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url) resolve(url);
    };
    app.stdout?.on('data', listen);
    app.stderr?.on('data', listen);
    app.once('close', () => {
      reject(new Error(said));
    });
  });
}

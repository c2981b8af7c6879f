/** A Redis of this machine's own, for trying things out: on the loopback address, nothing kept on disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// A Redis does not notice that whoever started it is gone. This shell does: its input ends, however that process ended.
const WITH_ITS_PARENT = 'redis-server "$@" >/dev/null & cat >/dev/null; kill -9 $!; wait $! 2>/dev/null';
const PATIENCE_MS = 10_000;

/** Whether there is a `redis-server` on the PATH. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export class RedisServer {
  private shell: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** Starts one on a free port; it ends with this process. @throws Error when it does not answer */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, empty, at the same address. */
  async start(): Promise<void> {
    const options = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--appendonly', 'no'];
    this.shell = spawn('sh', ['-c', WITH_ITS_PARENT, 'sh', ...options], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.shell.unref();
    const until = performance.now() + PATIENCE_MS;
    while (!(await this.answers())) {
      if (performance.now() > until) throw new Error(`redis-server does not answer at ${this.url}.`);
      await sleep(20);
    }
  }

  /** Kills it, and resolves when it is gone. */
  async kill(): Promise<void> {
    const { shell } = this;
    this.shell = undefined;
    if (!shell) return;
    const gone = once(shell, 'exit');
    shell.ref();
    shell.stdin?.end();
    await gone;
  }

  private async answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

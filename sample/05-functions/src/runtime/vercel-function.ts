/**
 * A function on Vercel: one instance answers many requests at once, and is frozen when all answers are out and all that was
 * handed to `waitUntil` is done.
 */
import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import { join } from 'node:path';
import { Instance, TASK_ROOT } from './instance';
import type { Answer, FunctionCode, ServerlessFunction } from './serverless-function';

export class VercelFunction implements ServerlessFunction {
  private instance: Instance | undefined;
  private starting: Promise<number> | undefined;
  private sent = 0;
  private unanswered = 0;
  private idleAfter = 0;

  constructor(private readonly code: FunctionCode) {}

  async ask(query: string): Promise<Answer> {
    const askedMs = performance.now();
    const isCold = !this.starting;
    this.starting ??= this.start();
    this.unanswered++;
    try {
      const port = await this.starting;
      const initMs = performance.now() - askedMs;
      this.sent++;
      this.thaw();
      const answer = await fetchAnswer(`http://127.0.0.1:${port}/api/round?${query}`);
      return { ...answer, ms: performance.now() - askedMs, ...(isCold && { initMs }) };
    } finally {
      this.unanswered--;
      this.freezeIfIdle();
    }
  }

  /** At any moment, as a platform may: in the middle of what it does. */
  freeze(): void {
    this.instance?.freeze();
  }

  thaw(): void {
    this.instance?.thaw();
  }

  get isFrozen(): boolean {
    return this.instance?.isFrozen ?? false;
  }

  async close(): Promise<void> {
    await this.instance?.stop();
  }

  private async start(): Promise<number> {
    const env = { ...this.code.env, VERCEL: '1', FUNCTION_MODULE: join(TASK_ROOT, this.code.module) };
    const instance = Instance.start('vercel-runtime.js', { ...this.code, env });
    this.instance = instance;
    return new Promise((resolve, reject) => {
      instance.onMessage((message) => {
        const { port, idleAfter } = message as { port?: number; idleAfter?: number };
        if (port !== undefined) resolve(port);
        this.idleAfter = idleAfter ?? 0;
        this.freezeIfIdle();
      });
      instance.onEnd(() => {
        reject(new Error('The instance has ended.'));
      });
    });
  }

  // What it says crosses what it is asked: it has nothing to do only if it has seen every request.
  private freezeIfIdle(): void {
    if (this.unanswered === 0 && this.idleAfter === this.sent) this.freeze();
  }
}

async function fetchAnswer(url: string): Promise<Pick<Answer, 'status' | 'body' | 'cache'>> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
  return { status: response.statusCode ?? 0, body, cache: String(response.headers['x-cache']) };
}

/** A function on Lambda: a question goes to an instance that has nothing to do, else a new one is started for it. */
import { LambdaInstance, eventOf } from './lambda-instance';
import type { Answer, FunctionCode, ServerlessFunction } from './serverless-function';

const MAX_INSTANCES = 10;

export class LambdaFunction implements ServerlessFunction {
  private readonly idle: LambdaInstance[] = [];
  private readonly instances = new Set<LambdaInstance>();
  private starting = 0;

  constructor(private readonly code: FunctionCode) {}

  async ask(query: string): Promise<Answer> {
    const askedMs = performance.now();
    const warm = this.idle.pop();
    const instance = warm ?? (await this.start());
    const initMs = warm ? undefined : performance.now() - askedMs;
    try {
      const { result, cache } = await instance.invoke(eventOf(query));
      this.idle.push(instance);
      const ms = performance.now() - askedMs;
      const { statusCode = 200, body = '' } = result;
      return { status: statusCode, body, cache, ms, ...(initMs !== undefined && { initMs }) };
    } catch (error) {
      await this.discard(instance);
      const message = error instanceof Error ? error.message : String(error);
      return {
        status: 502,
        body: JSON.stringify({ message }),
        cache: 'none',
        ms: performance.now() - askedMs,
      };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.instances].map((instance) => this.discard(instance)));
  }

  private async start(): Promise<LambdaInstance> {
    if (this.instances.size + this.starting >= MAX_INSTANCES) throw new Error('TooManyRequestsException');
    this.starting++;
    try {
      const instance = await LambdaInstance.start(this.code);
      this.instances.add(instance);
      return instance;
    } finally {
      this.starting--;
    }
  }

  private async discard(instance: LambdaInstance): Promise<void> {
    this.instances.delete(instance);
    await instance.stop();
  }
}

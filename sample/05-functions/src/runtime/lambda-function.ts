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
    const initMs = performance.now() - askedMs;
    const answer = (status: number, body: string, cache: string): Answer => {
      const ms = performance.now() - askedMs;
      return { status, body, cache, ms, ...(!warm && { initMs }) };
    };
    try {
      const { result, cache } = await instance.invoke(eventOf(query));
      return answer(result.statusCode ?? 200, result.body ?? '', cache);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return answer(502, JSON.stringify({ message }), 'none');
    } finally {
      // One whose function has thrown goes on; one whose process has ended does not.
      if (instance.hasEnded) await this.discard(instance);
      else this.idle.push(instance);
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

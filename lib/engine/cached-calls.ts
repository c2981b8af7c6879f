/**
 * From a call of a function to a cached load: whether the call is cached at all, and under which key. What the user
 * wrote (`key`, `when`, `unless`) may throw; then the call is simply not cached.
 */
import { callKey } from '../key/call-key';
import { NotDataError } from '../key/not-data-error';
import type { OnceLog } from '../observability/logger';
import type { Counters } from '../observability/stats';
import type { CallOptions } from './call-options';
import type { DynamoCache } from './dynamo-cache';
import { labelOf } from './label';

export class CachedCalls {
  constructor(
    private readonly cache: DynamoCache,
    private readonly counters: Counters,
    private readonly log: OnceLog,
  ) {}

  async call<A extends readonly unknown[], R>(
    name: string,
    options: CallOptions<A, R>,
    args: A,
    run: () => Promise<R>,
  ): Promise<R> {
    const { when } = options;
    if (when && !this.answer(() => when(...args), 'when', name)) return run();
    const key = this.keyOf(name, options, args);
    if (key === undefined) return run();
    return this.cache.getOrLoad(key, run, { ...pick(options), name });
  }

  /** Whether `unless` says that a result is not kept; a result is not kept, either, when `unless` throws. */
  holds<R>(unless: ((result: R) => boolean) | undefined, result: R, option: string, key: string): boolean {
    return unless !== undefined && (this.answer(() => unless(result), option, labelOf(key)) ?? true);
  }

  private keyOf<A extends readonly unknown[]>(
    name: string,
    { key }: Pick<CallOptions<A, never>, 'key'>,
    args: A,
  ): string | undefined {
    try {
      return callKey(name, key ? [key(...args)] : args);
    } catch (error) {
      this.counters.count('uncacheable', name);
      const why = error instanceof NotDataError ? error.message : 'its key function failed.';
      this.log.warn(`key:${name}`, `A call of ${name} is not cached: ${why}`);
      return undefined;
    }
  }

  private answer(ask: () => boolean, option: string, label: string): boolean | undefined {
    try {
      return ask();
    } catch {
      this.log.warn(`${option}:${label}`, `The "${option}" of ${label} threw: such calls are not cached.`);
      return undefined;
    }
  }
}

function pick<R>({ ttl, unless }: Pick<CallOptions<never, R>, 'ttl' | 'unless'>) {
  return { ...(ttl !== undefined && { ttl }), ...(unless && { unless }) };
}

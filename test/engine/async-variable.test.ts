import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AsyncVariable } from '../../lib/engine/async-variable';
import { buildCache } from './build-cache';

afterEach(() => vi.restoreAllMocks());

describe('a value of the running code', () => {
  it('is there after what the code awaits, and gone outside', async () => {
    const variable = new AsyncVariable<string>();
    const inside = await variable.run('a', async () => {
      await turn();
      return variable.get();
    });
    expect([inside, variable.get()]).toEqual(['a', undefined]);
  });

  it('is one of several, each with a value of its own', () => {
    const [one, other] = [new AsyncVariable<string>(), new AsyncVariable<number>()];
    const seen = one.run('a', () =>
      other.run(1, () => [one.get(), other.get(), one.run('b', () => [one.get(), other.get()]), one.get()]),
    );
    expect(seen).toEqual(['a', 1, ['b', 1], 'a']);
  });

  it('costs a process one AsyncLocalStorage, however many caches there are', async () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    for (let i = 0; i < 5; i++) {
      const { cache } = buildCache();
      await cache.runInScope(() => cache.getOrLoad('menu:7', () => 'menu'));
    }
    expect(run.mock.calls.length).toBeGreaterThanOrEqual(10);
    expect(new Set(run.mock.contexts).size).toBe(1);
  });
});

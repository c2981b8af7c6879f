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

  it('takes the place of the one around it, which is let go', () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    const [one, other] = [new AsyncVariable<string>(), new AsyncVariable<string>()];
    one.run('a', () => other.run('x', () => one.run('b', () => other.run('y', () => one.run('c', () => 0)))));
    const held = (run.mock.lastCall as unknown[])[0];
    // Whatever the shape: two values are held, and not one for each context on the way.
    const texts = JSON.stringify(held).match(/"[abcxy]"/g);
    expect(texts?.toSorted()).toEqual(['"c"', '"y"']);
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

  it('slows a process down only while something has begun, unless a scope may go on', async () => {
    const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
    // A module of its own: in this process, scopes have been in use before.
    const alone = '../../lib/engine/async-variable.ts?alone';
    const { AsyncVariable: Variable } = (await import(alone)) as { AsyncVariable: typeof AsyncVariable };
    const variable = new Variable<string>();
    variable.begin('a', () => undefined);
    variable.begin('b', () => undefined);
    variable.end();
    expect(disable).not.toHaveBeenCalled();
    variable.end();
    expect(disable).toHaveBeenCalledTimes(1);
    const seen = await variable.run('scope', async () => {
      new Variable<string>().begin('c', () => undefined);
      variable.end();
      await turn();
      return variable.get();
    });
    expect([seen, disable.mock.calls.length]).toEqual(['scope', 1]);
  });
});

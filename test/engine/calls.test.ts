import { describe, expect, it, vi } from 'vitest';
import { FunctionNames } from '../../lib/engine/function-names';
import { buildCache, sick } from './build-cache';

const menu = async (id: string) => ({ id });

describe('a memoized function', () => {
  it('loads each call once', async () => {
    const { cache } = buildCache();
    const load = vi.fn(menu);
    const memo = cache.memoize(load, { name: 'menu' });
    expect([await memo('7'), await memo('7'), await memo('8')]).toEqual([
      { id: '7' },
      { id: '7' },
      { id: '8' },
    ]);
    expect(load.mock.calls).toEqual([['7'], ['8']]);
    expect(cache.stats().methods.menu).toMatchObject({ hits: 1, misses: 2, loads: 2, fills: 2 });
  });

  it('turns what a synchronous function throws into a rejection', async () => {
    const memo = buildCache().cache.memoize(sick, { name: 'sick' });
    await expect(memo()).rejects.toThrow('the table is sick');
  });

  it('is called without a receiver, and with all its arguments', async () => {
    const { cache } = buildCache();
    const sum = cache.memoize((...numbers: number[]) => numbers.reduce((a, b) => a + b), { name: 'sum' });
    expect([await sum(1, 2), await sum(1, 2, 3), await sum(1, 2)]).toEqual([3, 6, 3]);
  });

  it('takes its key from `key`', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async (id: string, _at: Date) => id);
    const memo = cache.memoize(load, { name: 'menu', key: (id) => id });
    await memo('7', new Date(1));
    await memo('7', new Date(2));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is not confused with another by its key', async () => {
    const { cache } = buildCache();
    const one = cache.memoize(async (_: string) => 1, { name: 'one', key: () => 'same' });
    const two = cache.memoize(async (_: string) => 2, { name: 'two', key: () => 'same' });
    expect([await one('x'), await two('x')]).toEqual([1, 2]);
  });

  it('may call itself with another argument list of the same key', async () => {
    const { cache } = buildCache();
    const memo: (id: string, deep: boolean) => Promise<string> = cache.memoize(
      async (id: string, deep: boolean) => (deep ? `deep ${await memo(id, false)}` : id),
      { name: 'memo', key: (id) => id },
    );
    expect(await memo('7', true)).toBe('deep 7');
  });
});

describe('a call is not cached', () => {
  it('when `when` says no', async () => {
    const { cache, store } = buildCache();
    const load = vi.fn(menu);
    const memo = cache.memoize(load, { name: 'menu', when: (id) => id !== 'draft' });
    await memo('draft');
    await memo('draft');
    expect([load.mock.calls.length, store.sent]).toEqual([2, []]);
  });

  it.each(['when', 'key'] as const)('when `%s` throws, which is said once', async (option) => {
    const { cache, store, lines } = buildCache();
    const load = vi.fn(menu);
    const memo = cache.memoize(load, { name: 'menu', [option]: sick });
    expect([await memo('secret'), await memo('secret')]).toEqual([{ id: 'secret' }, { id: 'secret' }]);
    expect([load.mock.calls.length, store.sent]).toEqual([2, []]);
    expect(lines.all).toEqual([expect.stringContaining(option)]);
    expect(lines.all.join()).not.toContain('secret');
  });

  it('when its arguments are not data', async () => {
    const { cache, store, lines } = buildCache();
    const load = vi.fn(async (_: unknown) => 'x');
    const memo = cache.memoize(load, { name: 'menu' });
    await memo(() => 1);
    await memo(() => 1);
    expect([load.mock.calls.length, store.sent, lines.all.length]).toEqual([2, [], 1]);
    expect(cache.stats().methods.menu).toMatchObject({ uncacheable: 2 });
  });
});

describe('a result is not kept', () => {
  it('when `unless` says so', async () => {
    const { cache, store } = buildCache();
    const load = vi.fn(async (partial: boolean) => ({ partial }));
    const memo = cache.memoize(load, { name: 'menu', unless: ({ partial }) => partial });
    for (const partial of [true, true, false, false]) await memo(partial);
    expect(load.mock.calls).toEqual([[true], [true], [false]]);
    expect(store.count('fill')).toBe(1);
  });

  it('when `unless` throws, which is said once', async () => {
    const { cache, store, lines } = buildCache();
    const call = () => cache.getOrLoad('menu("secret")', () => 'x', { unless: sick });
    expect([await call(), await call()]).toEqual(['x', 'x']);
    expect([store.count('fill'), lines.all.length]).toEqual([0, 1]);
    expect(lines.all.join()).not.toContain('secret');
  });

  it('by a request scope either', async () => {
    const { cache } = buildCache();
    const load = vi.fn(() => 'x');
    await cache.runInScope(async () => {
      await cache.getOrLoad('a', load, { unless: () => true });
      await cache.getOrLoad('a', load, { unless: () => true });
    });
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('although joiners share it', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async () => 'x');
    const call = () => cache.getOrLoad('a', load, { unless: () => true });
    expect(await Promise.all([call(), call()])).toEqual(['x', 'x']);
    expect(load).toHaveBeenCalledTimes(1);
  });
});

describe('the name of a memoized function', () => {
  it.each(['', 'a', 'aB', '$', '_'])('%j is refused as a bundler may have made it', (name) => {
    expect(() => buildCache().cache.memoize(menu, { name })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', option: 'name' }),
    );
  });

  it('is refused when the function has none', () => {
    expect(() => buildCache().cache.memoize(async () => 1)).toThrow(/name/);
  });

  it('is refused when another function has it', () => {
    const { cache } = buildCache();
    cache.memoize(menu);
    expect(() => cache.memoize(async () => 1, { name: 'menu' })).toThrow(/"menu"/);
  });

  it('is refused for a closure that is memoized per call', () => {
    const { cache } = buildCache();
    const make = () => {
      const load = async () => 1;
      return cache.memoize(load);
    };
    make();
    expect(make).toThrow(/"load"/);
  });

  it('may be claimed again by the same function', () => {
    const { cache } = buildCache();
    cache.memoize(menu);
    expect(() => cache.memoize(menu)).not.toThrow();
  });

  it('belongs to one cache', () => {
    buildCache().cache.memoize(menu);
    expect(() => buildCache().cache.memoize(async () => 1, { name: 'menu' })).not.toThrow();
  });

  it('is told apart by the class that runs an inherited method', () => {
    const names = new FunctionNames();
    class One {}
    class Two {}
    expect(names.tryClaim('Menu.find', menu, One)).toBe(true);
    expect(names.tryClaim('Menu.find', menu, One)).toBe(true);
    expect(names.tryClaim('Menu.find', menu, Two)).toBe(false);
  });

  it('may be that of a property every object has', async () => {
    const { cache } = buildCache();
    const memo = cache.memoize(menu, { name: '__proto__' });
    await memo('7');
    expect(Object.keys(cache.stats().methods)).toEqual(['__proto__']);
  });
});

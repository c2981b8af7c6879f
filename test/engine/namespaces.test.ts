import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, vi } from 'vitest';
import { SECOND, buildCache, buildOther } from './build-cache';
import { HeldLoader } from './deferred';

describe('evictMethod', () => {
  it('makes all values of one method gone, and of no other', async () => {
    const { cache } = buildCache();
    const [menu, menus] = ['menu', 'menus'].map((name) => {
      const load = vi.fn(async (id: string) => `${name} ${id}`);
      return { load, memo: cache.memoize(load, { name }) };
    });
    for (const id of ['7', '8']) for (const each of [menu!, menus!]) await each.memo(id);
    await cache.evictMethod('menu');
    for (const id of ['7', '8']) for (const each of [menu!, menus!]) await each.memo(id);
    expect([menu!.load.mock.calls.length, menus!.load.mock.calls.length]).toEqual([4, 2]);
  });

  it.each(['Menus.find', 'a(b', '(odd', 'menü'])('knows %j by its name', async (name) => {
    const { cache } = buildCache();
    const load = vi.fn(async (id: string) => id);
    const memo = cache.memoize(load, { name });
    await memo('7');
    await memo('7');
    expect(load).toHaveBeenCalledTimes(1);
    await cache.evictMethod(name);
    await memo('7');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('reaches calls whose keys are too long to be kept whole', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async (text: string) => text.length);
    const memo = cache.memoize(load, { name: 'menu' });
    await memo('x'.repeat(5_000));
    await cache.evictMethod('menu');
    await memo('x'.repeat(5_000));
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('wins over a load that is under way', async () => {
    const { cache } = buildCache();
    const old = new HeldLoader<string>();
    const memo = cache.memoize(old.load, { name: 'menu' });
    const call = memo();
    await old.began;
    await cache.evictMethod('menu');
    old.release('old');
    expect(await call).toBe('old');
    expect(await cache.get('menu()')).toBeUndefined();
  });
});

describe.each(['clear', 'evictMethod'] as const)('%s', (how) => {
  const key = 'menu("7")';
  const processes = async (options = {}) => {
    const here = buildCache();
    const there = buildOther(here, options);
    await here.cache.set(key, 'old');
    expect(await there.cache.get(key)).toBe('old');
    await (how === 'clear' ? here.cache.clear() : here.cache.evictMethod('menu'));
    return { here, there };
  };

  it('holds at once in its own process', async () => {
    const { here } = await processes();
    expect(await here.cache.get(key)).toBeUndefined();
  });

  it('holds after a second at the latest in another', async () => {
    const { there } = await processes();
    there.clock.advance(SECOND);
    expect(await there.cache.get(key)).toBeUndefined();
  });

  it('holds at once in another that reads consistently', async () => {
    const { there } = await processes({ consistentRead: true });
    expect(await there.cache.get(key)).toBeUndefined();
  });

  it('holds at once in another that was frozen meanwhile, by the wall clock alone', async () => {
    const { there } = await processes();
    there.clock.jump(SECOND);
    expect(await there.cache.get(key)).toBeUndefined();
  });

  it('keeps what is loaded afterwards', async () => {
    const { here, there } = await processes();
    await here.cache.getOrLoad(key, () => 'new');
    there.clock.advance(SECOND);
    expect([await here.cache.get(key), await there.cache.get(key)]).toEqual(['new', 'new']);
  });
});

describe('a namespace', () => {
  it('has values, tags and methods of its own', async () => {
    const { cache } = buildCache();
    const tenant = cache.namespace('tenant-7');
    const tags = ['menu'];
    const found = async () => [await cache.get('menu()'), await tenant.get('menu()')];
    await cache.set('menu()', 'ours', { tags });
    await tenant.set('menu()', 'theirs', { tags });
    expect(await found()).toEqual(['ours', 'theirs']);

    for (const evict of [
      () => tenant.clear(),
      () => tenant.evictTags('menu'),
      () => tenant.evictMethod('menu'),
      () => tenant.delete('menu()'),
      () => tenant.clearPrefix('menu'),
    ]) {
      await tenant.set('menu()', 'theirs', { tags });
      await evict();
      expect(await found()).toEqual(['ours', undefined]);
    }
  });

  it('shares the process’s loads and counts, not the loads of another namespace', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const calls = [
      cache.getOrLoad('a', loader.load),
      cache.namespace('other').getOrLoad('a', loader.load),
      cache.namespace('other').getOrLoad('a', loader.load),
    ];
    await vi.waitUntil(() => loader.calls === 2);
    loader.release('x');
    expect(await Promise.all(calls)).toEqual(['x', 'x', 'x']);
    expect(cache.namespace('other').stats()).toMatchObject({ loads: 2, joined: 1 });
  });

  it('is refused when it cannot be one', () => {
    expect(() => buildCache().cache.namespace('a#b')).toThrow(
      expect.objectContaining({ name: 'InvalidKeyPartError' }),
    );
  });
});

describe('a namespace by a function', () => {
  const tenants = new AsyncLocalStorage<string>();
  const build = () => {
    const built = buildCache({
      namespace: () => {
        const tenant = tenants.getStore();
        if (tenant === undefined) throw new Error('no tenant: secret');
        return tenant;
      },
    });
    const load = vi.fn(async (id: string) => `${id} of ${tenants.getStore()}`);
    return { ...built, load, memo: built.cache.memoize(load, { name: 'menu' }) };
  };

  it('keeps tenants apart, in concurrent calls and evictions, too', async () => {
    const { cache, memo, load } = build();
    const call = (tenant: string) => tenants.run(tenant, () => memo('7'));
    expect(await Promise.all(['a', 'b', 'a'].map(call))).toEqual(['7 of a', '7 of b', '7 of a']);
    expect(load).toHaveBeenCalledTimes(2);
    await tenants.run('a', () => cache.clear());
    expect(await Promise.all(['a', 'b'].map(call))).toEqual(['7 of a', '7 of b']);
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('keeps tenants apart in one request scope and in the memory of the process', async () => {
    const { cache } = buildCache({
      namespace: () => tenants.getStore() ?? '',
      memory: { maxEntries: 10, maxBytes: 1e6, ttlMs: 5 * SECOND, isolate: true },
    });
    await cache.runInScope(async () => {
      for (const tenant of ['a', 'b', 'a', 'b']) {
        const found = await tenants.run(tenant, () => cache.getOrLoad('key', () => tenant));
        expect(found).toBe(tenant);
      }
    });
  });

  it.each([undefined, '', 'a#b', '~a'])(
    'makes calls uncached where it gives %j, which is said once',
    async (tenant) => {
      const { cache, memo, load, store, lines } = build();
      const loader = vi.fn(() => 'x');
      const call = () => (tenant === undefined ? memo('7') : tenants.run(tenant, () => memo('7')));
      const getOrLoad = () => cache.getOrLoad('secret', loader);
      await call();
      expect(await call()).toMatch(/^7 of/);
      expect([await getOrLoad(), await getOrLoad()]).toEqual(['x', 'x']);
      expect([await cache.get('secret'), [...(await cache.getMany(['secret']))]]).toEqual([undefined, []]);
      expect([load.mock.calls.length, loader.mock.calls.length, store.sent]).toEqual([2, 2, []]);
      expect(lines.all.join()).not.toContain('no tenant');
      expect(lines.all).toHaveLength(2);
    },
  );

  it('refuses evictions that cannot say where, rather than losing them quietly', async () => {
    const { cache } = build();
    await expect((async () => cache.delete('a'))()).rejects.toThrow('no tenant');
    await expect(cache.evictTags('a')).rejects.toThrow('no tenant');
    await expect(cache.clear()).rejects.toThrow('no tenant');
    await expect(cache.set('a', 1)).rejects.toThrow('no tenant');
  });
});

describe('a ping', () => {
  it('asks no function which namespace it is in', async () => {
    const namespace = vi.fn((): string => {
      throw new Error('there is no request');
    });
    const { cache, store } = buildCache({ namespace });
    await cache.ping();
    expect(namespace).not.toHaveBeenCalled();
    expect(store.sent).toEqual(['read ~stamp:*']);
  });

  it('reads in a namespace that is in use, which is surely allowed', async () => {
    const { cache, store } = buildCache({ namespace: () => 'tenant-7' });
    await cache.get('menu');
    await cache.ping();
    expect(store.sent.at(-1)).toBe('read tenant-7#~stamp:*');
  });

  it('reads in the namespace of the cache', async () => {
    const { cache, store } = buildCache({ namespace: 'menus' });
    await cache.ping();
    await cache.namespace('tenant-7').ping();
    expect(store.sent).toEqual(['read menus#~stamp:*', 'read tenant-7#~stamp:*']);
  });
});

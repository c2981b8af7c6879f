import { describe, expect, it, vi } from 'vitest';
import { type Built, MINUTE, type Options, SECOND, buildCache, buildOther, sick } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';

const CALLERS = 50;
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('concurrent callers of one key', () => {
  it('share one load', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async () => ({ name: 'Rosa' }));
    const found = await Promise.all(times(CALLERS, () => cache.getOrLoad('a', load)));

    expect(load).toHaveBeenCalledTimes(1);
    expect(found).toEqual(times(CALLERS, () => ({ name: 'Rosa' })));
    expect(cache.stats()).toMatchObject({ misses: CALLERS, loads: 1, joined: CALLERS - 1, fills: 1 });
  });

  it('share a load that another turn of the event loop began', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const first = cache.getOrLoad('a', loader.load);
    await loader.began;
    const second = cache.getOrLoad('a', loader.load);
    await quiet();
    loader.release('x');

    expect([await first, await second, loader.calls]).toEqual(['x', 'x', 1]);
  });

  describe('who begin to read before what was loaded is written', () => {
    /** The first caller loads and writes while the second one's read, which found nothing, is on its way back. */
    async function late(options: Options = {}, unless?: () => boolean, isOvertaken = false) {
      const built = buildCache(options);
      const { cache, store } = built;
      const loader = new HeldLoader<string>();
      const answer = deferred();
      const first = cache.getOrLoad('a', loader.load, { tags: ['t'], ...(unless && { unless }) });
      await loader.began;
      store.after = async (operation, keys) => {
        if (operation === 'read' && keys.includes('a')) await answer.promise;
      };
      const load = vi.fn(async () => 'loaded again');
      const second = cache.getOrLoad('a', load, { tags: ['t'] });
      await quiet();
      if (isOvertaken) await buildOther(built).cache.set('a', 'theirs');
      loader.release('x');
      await first;
      store.after = undefined;
      return { ...built, load, second, answer };
    }

    it('share that load', async () => {
      const { cache, load, second, answer } = await late();
      answer.resolve();
      expect(await second).toBe('x');
      expect(load).not.toHaveBeenCalled();
      expect(cache.stats()).toMatchObject({ misses: 2, loads: 1, joined: 1 });
    });

    it.each<[string, (cache: Built['cache']) => Promise<unknown>]>([
      ['it was', async (cache) => cache.delete('a')],
      ['its tag was', async (cache) => cache.evictTags('t')],
      ['everything was', async (cache) => cache.clear()],
    ])('load when %s evicted meanwhile', async (_, evict) => {
      const { cache, load, second, answer } = await late();
      await evict(cache);
      answer.resolve();
      expect(await second).toBe('loaded again');
      expect(load).toHaveBeenCalledTimes(1);
    });

    it('load when it has expired meanwhile', async () => {
      const { clock, second, answer } = await late({ policy: { ttlMs: SECOND } });
      clock.advance(SECOND);
      answer.resolve();
      expect(await second).toBe('loaded again');
    });

    it('load when it was not written', async () => {
      const { second, answer } = await late({}, () => true);
      answer.resolve();
      expect(await second).toBe('loaded again');
    });

    it('load when another process has overtaken that load', async () => {
      const { second, answer } = await late({}, undefined, true);
      answer.resolve();
      expect(await second).toBe('loaded again');
    });

    it('load when they have seen nothing, and cannot tell what stands there', async () => {
      const { store, second, answer } = await late();
      store.after = undefined;
      answer.reject(new Error('lost'));
      expect(await second).toBe('loaded again');
    });
  });

  it('each have a copy of their own', async () => {
    const { cache } = buildCache();
    const loaded = { tags: new Set(['a']) };
    const found = await Promise.all(times(3, () => cache.getOrLoad('a', async () => loaded)));

    expect(new Set(found).size).toBe(3);
    for (const [i, copy] of found.entries()) copy.tags.add(`from ${i}`);
    expect(found.map(({ tags }) => [...tags])).toEqual(times(3, (i) => ['a', `from ${i}`]));
    expect(await cache.get('a')).toEqual({ tags: new Set(['a']) });
  });

  it('share the error of the loader, the very object', async () => {
    const { cache } = buildCache();
    const error = new Error('no such menu');
    const load = vi.fn(async () => {
      throw error;
    });
    const found = await Promise.allSettled(times(CALLERS, () => cache.getOrLoad('a', load)));

    expect(load).toHaveBeenCalledTimes(1);
    expect(found.every((result) => result.status === 'rejected' && result.reason === error)).toBe(true);
    expect(cache.stats()).toMatchObject({ loads: 1, loadErrors: 1, fills: 0 });
  });

  it.each([undefined, null, 'text', { code: 7 }])(
    'share %j, when that is what was thrown',
    async (thrown) => {
      const { cache } = buildCache();
      const calls = times(2, () => cache.getOrLoad('a', () => Promise.reject(thrown as unknown)));
      expect(await Promise.allSettled(calls)).toEqual(
        times(2, () => ({ status: 'rejected', reason: thrown })),
      );
    },
  );

  it('load again after an error', async () => {
    const { cache } = buildCache();
    await cache.getOrLoad('a', () => sick()).catch(() => undefined);
    expect(await cache.getOrLoad('a', () => 'well')).toBe('well');
    expect(await cache.get('a')).toBe('well');
  });

  it('load each for themselves what cannot be copied', async () => {
    const { cache, lines } = buildCache();
    const load = vi.fn(async () => ({ owner: { greet: () => 'hello' } }));
    const found = await Promise.all(times(5, () => cache.getOrLoad('a', load)));

    expect(load).toHaveBeenCalledTimes(5);
    expect(new Set(found).size).toBe(5);
    expect(found.map(({ owner }) => owner.greet())).toEqual(times(5, () => 'hello'));
    expect(lines.all).toEqual([expect.stringMatching(/\.owner\.greet .*[^.]\.$/)]);
  });

  it('do not mix keys', async () => {
    const { cache } = buildCache();
    const found = await Promise.all(times(CALLERS, (i) => cache.getOrLoad(`k${i}`, () => i)));
    expect(found).toEqual(times(CALLERS, (i) => i));
    expect(cache.stats()).toMatchObject({ loads: CALLERS, joined: 0 });
  });
});

describe('who joins a load', () => {
  it('nobody whose read saw another version', async () => {
    const here = buildCache();
    const there = buildOther(here);
    const old = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', old.load);
    await old.began;
    await there.cache.delete('a');
    const second = here.cache.getOrLoad('a', () => 'new');

    expect(await second).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
    expect(await here.cache.get('a')).toBe('new');
    expect(here.cache.stats()).toMatchObject({ loads: 2, joined: 0, fills: 1, fillsDropped: 1 });
  });

  it('whoever cannot read, by the key alone', async () => {
    const { cache, store } = buildCache();
    const loader = new HeldLoader<string>();
    const first = cache.getOrLoad('a', loader.load);
    await loader.began;
    store.before = sick;
    const second = cache.getOrLoad('a', loader.load);
    await quiet();
    loader.release('x');

    expect([await first, await second, loader.calls]).toEqual(['x', 'x', 1]);
  });

  it('nobody who saw a version, when the load began without one', async () => {
    const { cache, store } = buildCache();
    const blind = new HeldLoader<string>();
    store.before = sick;
    const first = cache.getOrLoad('a', blind.load);
    await blind.began;
    store.before = undefined;

    expect(await cache.getOrLoad('a', () => 'mine')).toBe('mine');
    blind.release('theirs');
    expect(await first).toBe('theirs');
    expect(await cache.get('a')).toBe('mine');
  });

  it('nobody after 30 seconds, so that a loader that hangs harms no later caller', async () => {
    const { cache, clock } = buildCache();
    const hung = new HeldLoader<string>();
    const first = cache.getOrLoad('a', hung.load);
    await hung.began;

    clock.advance(30 * SECOND);
    const joiner = cache.getOrLoad('a', () => 'not asked');
    await quiet();
    expect(cache.stats().joined).toBe(1);

    clock.advance(1);
    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    hung.release('late');
    expect(await Promise.all([first, joiner])).toEqual(['late', 'late']);
    expect(await cache.get('a')).toBe('new');
  });

  it('the second load of a key, when the first one is too old', async () => {
    const { cache, clock } = buildCache();
    const hung = new HeldLoader<string>();
    const second = new HeldLoader<string>();
    void cache.getOrLoad('a', hung.load);
    await hung.began;
    clock.advance(MINUTE);
    const leading = cache.getOrLoad('a', second.load);
    await second.began;
    const joining = cache.getOrLoad('a', second.load);
    await quiet();
    second.release('x');

    expect([await leading, await joining, second.calls]).toEqual(['x', 'x', 1]);
    hung.release('late');
  });

  it.each(['too old to be joined', 'overtaken by an eviction'])(
    'the present load of a key, although an earlier one that was %s has ended',
    async (why) => {
      const { cache, clock } = buildCache();
      const [earlier, present] = [new HeldLoader<string>(), new HeldLoader<string>()];
      const first = cache.getOrLoad('a', earlier.load);
      await earlier.began;
      if (why === 'too old to be joined') clock.advance(MINUTE);
      else await cache.delete('a');
      const leading = cache.getOrLoad('a', present.load);
      await present.began;
      earlier.fail(new Error('late'));
      await expect(first).rejects.toThrow('late');
      const joining = cache.getOrLoad('a', present.load);
      await quiet();
      present.release('x');

      expect([await leading, await joining, present.calls]).toEqual(['x', 'x', 1]);
    },
  );

  it('not who would wait for somebody that waits for him: two loaders that ask for each other', async () => {
    const { cache } = buildCache();
    const bothBegun = deferred();
    let begun = 0;
    const asking = (other: string) => async () => {
      if (++begun === 2) bothBegun.resolve();
      await bothBegun.promise;
      return `then ${await cache.getOrLoad(other, () => `plain ${other}`)}`;
    };
    // Two requests, neither of which is inside the other.
    const both = Promise.all([cache.getOrLoad('a', asking('b')), cache.getOrLoad('b', asking('a'))]);
    // One joins the other's load; that one cannot join back, and loads.
    expect(await both).toEqual(['then then plain a', 'then plain a']);
    expect(cache.stats()).toMatchObject({ loads: 3, joined: 1 });
  });

  it('not who would close a circle of three, one of them by a load inside its own', async () => {
    const { cache } = buildCache();
    const allBegun = deferred();
    let begun = 0;
    const meet = async () => {
      if (++begun === 3) allBegun.resolve();
      await allBegun.promise;
    };
    const asking = (other: string) => async () => {
      await meet();
      return `then ${await cache.getOrLoad(other, () => `plain ${other}`)}`;
    };
    const deep = async () => {
      await meet();
      return cache.getOrLoad('inner', () => cache.getOrLoad('a', () => 'plain a'));
    };
    const all = Promise.all([
      cache.getOrLoad('a', asking('b')),
      cache.getOrLoad('b', asking('c')),
      cache.getOrLoad('c', deep),
    ]);
    expect(await all).toEqual(['then then plain a', 'then plain a', 'plain a']);
  });

  it('not who is waited for by a load inside of the one he asks for', async () => {
    const { cache } = buildCache();
    const begun = deferred();
    const joined = deferred();
    const b = cache.getOrLoad('b', async () => {
      begun.resolve();
      await joined.promise;
      return `then ${await cache.getOrLoad('a', () => 'plain a')}`;
    });
    await begun.promise;
    const a = cache.getOrLoad('a', () =>
      cache.getOrLoad('inner', () => cache.getOrLoad('b', () => 'plain b')),
    );
    await quiet();
    expect(cache.stats().joined).toBe(1);
    joined.resolve();
    expect(await Promise.all([a, b])).toEqual(['then plain a', 'then plain a']);
  });

  it('everybody else: what one loader waits for, another may wait for, too', async () => {
    const { cache } = buildCache();
    const slow = new HeldLoader<string>();
    const asking = () => cache.getOrLoad('slow', slow.load);
    const work = Promise.all([cache.getOrLoad('a', asking), cache.getOrLoad('b', asking), asking()]);
    await slow.began;
    await quiet();
    slow.release('x');
    expect(await work).toEqual(['x', 'x', 'x']);
    expect(slow.calls).toBe(1);
  });

  it('not the loader itself, which would wait for its own end', async () => {
    const { cache } = buildCache();
    const inner = () => cache.getOrLoad('a', () => 'inner');
    const outer = cache.getOrLoad('a', async () => `outer of ${await inner()}`);

    expect(await outer).toBe('outer of inner');
    expect(cache.stats()).toMatchObject({ loads: 2, joined: 0 });
  });

  it('a loader, when it asks for another key that is being loaded', async () => {
    const { cache } = buildCache();
    const b = new HeldLoader<string>();
    const leading = cache.getOrLoad('b', b.load);
    await b.began;
    const outer = cache.getOrLoad('a', async () => `a with ${await cache.getOrLoad('b', b.load)}`);
    await quiet();
    b.release('b');

    expect([await leading, await outer, b.calls]).toEqual(['b', 'a with b', 1]);
  });
});

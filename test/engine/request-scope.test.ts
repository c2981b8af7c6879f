import { describe, expect, it, vi } from 'vitest';
import { UNSEEN } from '../../lib/engine/flights';
import { momentOf } from '../../lib/moment';
import { type Memo, RequestScope } from '../../lib/engine/request-scope';
import { ManualClock } from '../../lib/testing';
import { MINUTE, buildCache, entryOf, sick } from './build-cache';
import { deferred } from './deferred';

describe('inside a request scope', () => {
  it('a key is read once', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', { n: 1 });
    await cache.runInScope(async () => {
      for (let i = 0; i < 3; i++) expect(await cache.get('a')).toEqual({ n: 1 });
      expect(await cache.getOrLoad('a', () => ({ n: 2 }))).toEqual({ n: 1 });
    });
    expect(store.readsOf('a')).toBe(1);
    expect(cache.stats()).toMatchObject({ hits: 4, scopeHits: 3 });
  });

  it('every caller has a copy of its own', async () => {
    const { cache } = buildCache();
    await cache.set('a', { n: 1 });
    await cache.runInScope(async () => {
      const first = await cache.get<{ n: number }>('a');
      first!.n = 2;
      expect(await cache.get('a')).toEqual({ n: 1 });
    });
  });

  it('what it has loaded is not read, and the loader keeps its own copy', async () => {
    const { cache, store } = buildCache();
    await cache.runInScope(async () => {
      const loaded = await cache.getOrLoad('a', () => ({ n: 1 }));
      loaded.n = 2;
      expect(await cache.getOrLoad('a', () => ({ n: 3 }))).toEqual({ n: 1 });
    });
    expect(store.sent).toEqual(['read a,~stamp:*', 'fill a']);
  });

  it('an absence is remembered', async () => {
    const { cache, store } = buildCache();
    await cache.runInScope(async () => {
      for (let i = 0; i < 3; i++) expect(await cache.get('a')).toBeUndefined();
      expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
    });
    expect(store.sent).toEqual(['read a,~stamp:*', 'fill a']);
  });

  it('a failure is remembered', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    await cache.runInScope(async () => {
      for (let i = 0; i < 3; i++) expect(await cache.get('a')).toBeUndefined();
      store.before = undefined;
      const load = vi.fn(() => 'x');
      for (let i = 0; i < 3; i++) expect(await cache.getOrLoad('a', load)).toBe('x');
      expect(load).toHaveBeenCalledTimes(1);
    });
    // A load without a version seen is not written.
    expect(store.sent).toEqual(['read a,~stamp:*']);
  });

  it('calls of different turns share one read that is under way', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'x');
    const answer = deferred();
    store.after = () => answer.promise;
    await cache.runInScope(async () => {
      const first = cache.get('a');
      await vi.waitUntil(() => store.readsOf('a') === 1);
      const second = cache.get('a');
      answer.resolve();
      expect(await Promise.all([first, second])).toEqual(['x', 'x']);
    });
    expect(store.readsOf('a')).toBe(1);
  });

  it('its own evictions and puts are seen', async () => {
    const { cache } = buildCache();
    await cache.set('a', 'old');
    await cache.runInScope(async () => {
      expect(await cache.get('a')).toBe('old');
      await cache.set('a', 'new');
      expect(await cache.get('a')).toBe('new');
      await cache.delete('a');
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it('evictions of another request of this process are seen at once', async () => {
    const { cache } = buildCache();
    await cache.set('a', 'old');
    await cache.runInScope(async () => {
      expect(await cache.get('a')).toBe('old');
      await cache.runInScope(() => cache.delete('a'));
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it('a read that an eviction has overtaken is neither shared nor waited for', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    const answer = deferred();
    store.after = () => (store.readsOf('a') === 1 && store.count('evict') === 0 ? answer.promise : undefined);
    await cache.runInScope(async () => {
      const first = cache.get('a');
      await vi.waitUntil(() => store.readsOf('a') === 1);
      await cache.delete('a');
      expect(await cache.get('a')).toBeUndefined();
      answer.resolve();
      expect(await first).toBe('old');
    });
  });

  it('a call that waits for a read which is overtaken meanwhile reads again', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    const answer = deferred();
    store.after = (operation) => (operation === 'read' ? answer.promise : undefined);
    await cache.runInScope(async () => {
      const first = cache.get('a');
      await vi.waitUntil(() => store.readsOf('a') === 1);
      const waiting = cache.get('a');
      await cache.delete('a');
      answer.resolve();
      expect(await first).toBe('old');
      expect(await waiting).toBeUndefined();
    });
  });

  it('a load that an eviction has overtaken is not remembered', async () => {
    const { cache } = buildCache();
    await cache.runInScope(async () => {
      await cache.getOrLoad('a', async () => {
        await cache.delete('a');
        return 'old';
      });
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it('everything is forgotten after a minute', async () => {
    const { cache, store, clock } = buildCache();
    await cache.set('a', 'x');
    await cache.runInScope(async () => {
      await cache.get('a');
      clock.advance(MINUTE);
      await cache.get('a');
      expect(store.readsOf('a')).toBe(1);
      clock.advance(1);
      await cache.get('a');
      expect(store.readsOf('a')).toBe(2);
    });
  });
});

describe('request scopes', () => {
  it('are not shared by two caches', async () => {
    const [here, there] = [buildCache(), buildCache()];
    await here.cache.set('a', 'here');
    await there.cache.set('a', 'there');
    await here.cache.runInScope(async () => {
      expect([await here.cache.get('a'), await there.cache.get('a')]).toEqual(['here', 'there']);
      expect([here.cache.isInScope, there.cache.isInScope]).toEqual([true, false]);
    });
  });

  it('are each their own when nested', async () => {
    const { cache, store } = buildCache();
    await cache.runInScope(async () => {
      await cache.get('a');
      await cache.runInScope(async () => {
        await cache.get('a');
        await cache.get('a');
      });
      await cache.get('a');
    });
    expect(store.readsOf('a')).toBe(2);
  });

  it('end with the body', async () => {
    const { cache, store } = buildCache();
    await cache.runInScope(() => cache.get('a'));
    expect(cache.isInScope).toBe(false);
    await cache.get('a');
    expect(store.readsOf('a')).toBe(2);
  });

  it('return what the body returns, and throw what it throws', () => {
    const { cache } = buildCache();
    expect(cache.runInScope(() => 7)).toBe(7);
    expect(() => cache.runInScope(sick)).toThrow('the table is sick');
  });

  it('can be switched off', async () => {
    const { cache, store } = buildCache({ requestScope: false });
    await cache.runInScope(async () => {
      await cache.get('a');
      await cache.get('a');
    });
    expect([store.readsOf('a'), cache.isInScope]).toEqual([2, true]);
  });
});

describe('a request scope is bounded', () => {
  const clock = new ManualClock();
  const taken = { mark: 0, takenAt: momentOf(clock) };
  const miss: Memo = { ...taken, found: { seen: UNSEEN, entry: undefined } };
  const hit = (megabytes: number) => ({
    ...taken,
    found: {
      seen: UNSEEN,
      entry: { ...entryOf('x', 0), bytes: new Uint8Array(megabytes * 1024 * 1024) },
    },
  });

  it('to 10,000 keys', () => {
    const scope = new RequestScope(clock);
    for (let i = 0; i <= 10_000; i++) scope.remember(`k${i}`, miss);
    expect(scope.recall('k9999')).toBeDefined();
    expect(scope.recall('k10000')).toBeUndefined();
    scope.remember('k0', miss);
    expect(scope.recall('k0')).toBeDefined();
  });

  it('to 32 MB, of which what it forgets is free again', () => {
    const scope = new RequestScope(clock);
    scope.remember('a', hit(20));
    scope.remember('b', hit(13));
    expect(scope.recall('b')).toBeUndefined();
    scope.remember('a', hit(20));
    scope.remember('c', hit(12));
    expect(scope.recall('c')).toBeDefined();
    scope.forget('a');
    scope.remember('b', hit(20));
    expect(scope.recall('b')).toBeDefined();
  });

  it('to 32 MB of reads that were still under way when it took them', async () => {
    const scope = new RequestScope(clock);
    for (const key of ['a', 'b']) scope.remember(key, { ...miss, found: Promise.resolve(hit(20).found) });
    await Promise.resolve();
    expect(scope.recall('a')?.found).toHaveProperty('entry.version');
    expect(scope.recall('b')).toBeUndefined();
  });

  it('and a read that was overtaken does not come back when it is answered', async () => {
    const scope = new RequestScope(clock);
    const answer = deferred<ReturnType<typeof hit>['found']>();
    scope.remember('a', { ...miss, found: answer.promise });
    scope.forget('a');
    scope.remember('a', miss);
    answer.resolve(hit(1).found);
    await answer.promise;
    await Promise.resolve();
    expect(scope.recall('a')).toBe(miss);
  });
});

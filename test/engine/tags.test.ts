import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../lib/testing';
import { type Built, DAY, MINUTE, SECOND, buildCache, buildOther, buildOver } from './build-cache';
import { HeldLoader, quiet } from './deferred';
import { ForgetfulStore } from './forgetful-store';

const ROSA = { tags: ['restaurant:7'] };

function twoProcesses(): { here: Built; there: Built } {
  const here = buildCache();
  return { here, there: buildOther(here) };
}

describe('evictTags', () => {
  it('makes every value with the tag gone, in every process', async () => {
    const { here, there } = twoProcesses();
    await here.cache.getOrLoad('menu', () => 'old', ROSA);
    await there.cache.set('hours', 'old', { tags: ['other', ...ROSA.tags] });
    await here.cache.set('else', 'kept', { tags: ['restaurant:8'] });
    await here.cache.evictTags('restaurant:7');

    for (const { cache } of [here, there]) {
      expect([...(await cache.getMany(['menu', 'hours', 'else']))]).toEqual([['else', 'kept']]);
    }
    expect(await there.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
    expect(await here.cache.getOrLoad('menu', () => 'not asked', ROSA)).toBe('new');
  });

  it('takes one small write a tag, however many values there are', async () => {
    const { cache, store } = buildCache();
    for (let i = 0; i < 50; i++) await cache.set(`menu:${i}`, i, ROSA);
    store.sent.length = 0;
    await cache.evictTags('restaurant:7', 'restaurant:8', 'restaurant:7');
    expect(store.sent).toEqual(['evict ~stamp:t:restaurant:7', 'evict ~stamp:t:restaurant:8']);
  });

  it('is seen by readers who know the key alone', async () => {
    const { here, there } = twoProcesses();
    await here.cache.getOrLoad('menu', () => 'old', ROSA);
    expect([await here.cache.get('menu'), await there.cache.get('menu')]).toEqual(['old', 'old']);
    await there.cache.evictTags('restaurant:7');
    expect([await here.cache.get('menu'), await there.cache.get('menu')]).toEqual([undefined, undefined]);
  });

  it('is not undone by values that are kept afterwards', async () => {
    const { cache } = buildCache();
    await cache.set('menu', 'old', ROSA);
    await cache.evictTags('restaurant:7');
    await cache.set('hours', 'new', ROSA);
    expect([await cache.get('menu'), await cache.get('hours')]).toEqual([undefined, 'new']);
  });

  it('lets nothing come back to life, although DynamoDB deletes what has ended', async () => {
    const clock = new ManualClock();
    const { cache } = buildOver(new ForgetfulStore(clock), clock);
    const forever = { ...ROSA, ttl: '30d', staleIfError: '30d' } as const;
    await cache.set('menu', 'old', forever);
    await cache.evictTags('restaurant:7');
    const load = vi.fn(() => Promise.reject(new Error('sick')));
    for (let day = 0; day < 70; day++) {
      expect(await cache.get('menu')).toBeUndefined();
      await expect(cache.getOrLoad('menu', load, forever)).rejects.toThrow('sick');
      clock.advance(DAY);
    }
  });
});

describe('an eviction of a tag during a load', () => {
  it.each(['this', 'another'])(
    'by %s process wins: the caller has its value, and nobody else',
    async (who) => {
      const { here, there } = twoProcesses();
      const old = new HeldLoader<string>();
      const call = here.cache.getOrLoad('menu', old.load, ROSA);
      await old.began;
      await (who === 'this' ? here : there).cache.evictTags('restaurant:7');
      old.release('old');

      expect(await call).toBe('old');
      expect([await here.cache.get('menu'), await there.cache.get('menu')]).toEqual([undefined, undefined]);
      expect(await here.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
      expect(await there.cache.get('menu')).toBe('new');
    },
  );

  it.each(['this', 'another'])('by %s process: nobody joins the load any more', async (who) => {
    const { here, there } = twoProcesses();
    const old = new HeldLoader<string>();
    const first = here.cache.getOrLoad('menu', old.load, ROSA);
    await old.began;
    await (who === 'this' ? here : there).cache.evictTags('restaurant:7');

    expect(await here.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
    expect(here.cache.stats()).toMatchObject({ loads: 2, joined: 0 });
  });

  it('is not joined by those who cannot read the table either', async () => {
    const { here } = twoProcesses();
    const old = new HeldLoader<string>();
    const first = here.cache.getOrLoad('menu', old.load, ROSA);
    await old.began;
    await here.cache.evictTags('restaurant:7');
    here.store.before = () => Promise.reject(new Error('sick'));
    expect(await here.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
    old.release('old');
    await first;
  });

  it('of another tag changes nothing', async () => {
    const { here } = twoProcesses();
    const loader = new HeldLoader<string>();
    const calls = [here.cache.getOrLoad('menu', loader.load, ROSA)];
    await loader.began;
    await here.cache.evictTags('restaurant:8');
    calls.push(here.cache.getOrLoad('menu', loader.load, ROSA));
    await quiet();
    loader.release('x');
    expect([await Promise.all(calls), loader.calls]).toEqual([['x', 'x'], 1]);
    expect(await here.cache.get('menu')).toBe('x');
  });
});

describe('releases whose tags differ', () => {
  it('share values while the tags they do not share were never evicted', async () => {
    const { here, there } = twoProcesses();
    await here.cache.getOrLoad('menu', () => 'x', { tags: ['one'] });
    const load = vi.fn();
    expect(await there.cache.getOrLoad('menu', load, { tags: ['one', 'two'] })).toBe('x');
    expect(await there.cache.getOrLoad('menu', load)).toBe('x');
    expect(load).not.toHaveBeenCalled();
  });

  it('load anew where only the reader knows of the tag that was evicted', async () => {
    const { here, there } = twoProcesses();
    await here.cache.getOrLoad('menu', () => 'old', { tags: ['one'] });
    await here.cache.evictTags('two');
    expect(await there.cache.getOrLoad('menu', () => 'new', { tags: ['two'] })).toBe('new');
    expect(await here.cache.getOrLoad('menu', () => 'not asked', { tags: ['one'] })).toBe('new');
  });

  it('load anew where only the writer knew of it', async () => {
    const { here, there } = twoProcesses();
    await here.cache.getOrLoad('menu', () => 'old', { tags: ['one', 'two'] });
    await here.cache.evictTags('two');
    expect(await there.cache.getOrLoad('menu', () => 'new', { tags: ['one'] })).toBe('new');
  });

  it('do not join each other: their loads depend on different tags', async () => {
    const { cache } = buildCache();
    const one = new HeldLoader<string>();
    const first = cache.getOrLoad('menu', one.load, { tags: ['one'] });
    await one.began;
    await cache.evictTags('two');
    expect(await cache.getOrLoad('menu', () => 'new', { tags: ['one', 'two'] })).toBe('new');
    one.release('old');
    await first;
  });
});

describe('a request', () => {
  it('sees its own evictions of tags, whoever asks for the key', async () => {
    const { cache } = buildCache();
    await cache.runInScope(async () => {
      await cache.getOrLoad('menu', () => 'old', ROSA);
      expect(await cache.get('menu')).toBe('old');
      await cache.evictTags('restaurant:7');
      expect(await cache.get('menu')).toBeUndefined();
    });
  });

  it('that waits for its other call is not given what a tag eviction overtook', async () => {
    const { here } = twoProcesses();
    await here.cache.set('menu', 'old', ROSA);
    const answer = new HeldLoader<undefined>();
    here.store.after = (_, keys) => (keys.includes('~stamp:t:restaurant:7') ? answer.load() : undefined);
    await here.cache.runInScope(async () => {
      const first = here.cache.get('menu');
      await answer.began;
      const second = here.cache.get('menu');
      here.store.after = undefined;
      await here.cache.evictTags('restaurant:7');
      answer.release(undefined);
      expect(await first).toBe('old');
      expect(await second).toBeUndefined();
    });
  });

  it('that knew the key alone at first keeps what it loads under the tags it names later', async () => {
    const { here, there } = twoProcesses();
    await here.cache.evictTags('restaurant:7');
    here.clock.advance(MINUTE);
    await here.cache.runInScope(async () => {
      expect(await here.cache.get('menu')).toBeUndefined();
      expect(await here.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
    });
    expect(here.store.readsOf('menu')).toBe(1);
    expect(await there.cache.get('menu')).toBe('new');
  });

  it('that knew the key alone at first sees that a tag it names later was evicted', async () => {
    const { here, there } = twoProcesses();
    await there.cache.set('menu', 'old');
    await there.cache.evictTags('restaurant:7');
    await here.cache.runInScope(async () => {
      expect(await here.cache.get('menu')).toBe('old');
      expect(await here.cache.getOrLoad('menu', () => 'new', ROSA)).toBe('new');
    });
    expect(here.store.readsOf('menu')).toBe(1);
  });

  it('that cannot read the stamps it names later loads, and writes nothing', async () => {
    const { cache, store } = buildCache();
    await cache.runInScope(async () => {
      await cache.get('menu');
      store.before = () => Promise.reject(new Error('sick'));
      expect(await cache.getOrLoad('menu', () => 'x', ROSA)).toBe('x');
    });
    expect(store.count('fill')).toBe(0);
  });
});

describe('what a hit reads', () => {
  const reads = ({ store }: Built) => store.sent.filter((line) => line.startsWith('read'));

  it.each([
    ['a key', {}, ['read menu,~stamp:*', 'read menu']],
    [
      'a key with tags',
      { tags: ['a', 'b'] },
      ['read menu,~stamp:*,~stamp:t:a,~stamp:t:b', 'read menu,~stamp:t:a,~stamp:t:b'],
    ],
  ])('%s, cold and warm', async (_, options, expected) => {
    const here = buildCache();
    await here.cache.getOrLoad('menu', () => 'x', options);
    const there = buildOther(here);
    for (let i = 0; i < 2; i++) await there.cache.getOrLoad('menu', () => 'not asked', options);
    expect(reads(there)).toEqual(expected);
  });

  it('a call of a method, cold and warm', async () => {
    const here = buildCache();
    const load = async (id: string) => id;
    await here.cache.memoize(load, { name: 'menu' })('7');
    const there = buildOther(here);
    const memo = there.cache.memoize(load, { name: 'menu' });
    for (let i = 0; i < 2; i++) await memo('7');
    expect(reads(there)).toEqual(['read menu("7"),~stamp:*,~stamp:m:menu', 'read menu("7")']);
  });

  it('the stamp of the namespace again after a second', async () => {
    const { cache, store, clock } = buildCache();
    await cache.get('a');
    clock.advance(SECOND - 1);
    await cache.get('a');
    clock.advance(1);
    await cache.get('a');
    expect(store.sent).toEqual(['read a,~stamp:*', 'read a', 'read a,~stamp:*']);
  });

  it('tags that only the entry names, in a second request', async () => {
    const here = buildCache();
    await here.cache.getOrLoad('menu', () => 'x', { tags: ['a'] });
    const there = buildOther(here);
    await there.cache.get('menu');
    expect(reads(there)).toEqual(['read menu,~stamp:*', 'read ~stamp:t:a']);
  });
});

describe('a text in the place of a list of tags', () => {
  const text = 'menu:7' as unknown as string[];
  const advice = 'tags: a list of texts is needed: write tags: (id) => [`menu:${id}`]';

  it('is refused: the call is not cached, and the log says why', async () => {
    const { cache, store, lines } = buildCache();
    const load = vi.fn(async (id: string) => Promise.resolve(id));
    const memo = cache.memoize(load, { name: 'menu', tags: () => text });
    expect([await memo('7'), await memo('7')]).toEqual(['7', '7']);
    expect(await cache.getOrLoad('menu', () => 'x', { tags: text })).toBe('x');
    expect(load).toHaveBeenCalledTimes(2);
    expect(store.sent).toEqual([]);
    expect(lines.all).toEqual([`A call of menu is not cached. ${advice}`]);
  });

  it('is thrown at who sets a value', async () => {
    const { cache, store } = buildCache();
    await expect(cache.set('menu', 'x', { tags: text })).rejects.toThrow(advice);
    expect(store.sent).toEqual([]);
  });
});

import { Keyv } from 'keyv';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DynamoCache } from '../../lib/core';
import { Addresses } from '../../lib/key/addresses';
import { onCacheEvent, type CacheEvent } from '../../lib/observability/events';
import { HeldLoader, deferred } from '../engine/deferred';
import { type Fleet, brokenKeyv, buildFleet, mapKeyv, never } from './fleet';
import { tierCases } from './tier-cases';

describe('a tier over a Map', () => {
  tierCases(() => {
    const map = new Map<string, unknown>();
    return () => mapKeyv(map);
  });
});

describe('a tier over a Keyv without a serialiser', () => {
  tierCases(() => {
    const store = new Map<string, unknown>();
    return () => new Keyv({ store, serialize: undefined, deserialize: undefined } as never);
  });
});

let fleet: Fleet;
beforeEach(() => {
  fleet = buildFleet();
});

describe('two tiers', () => {
  let near: Map<string, unknown>;
  let far: Map<string, unknown>;
  let cache: DynamoCache;
  beforeEach(() => {
    [near, far] = [new Map<string, unknown>(), new Map<string, unknown>()];
    cache = fleet.start({ tiers: [{ keyv: mapKeyv(near), ttl: '20s' }, mapKeyv(far)] });
  });
  const keyOf = (key: string) => `keyv:menus/cache#${key}`;

  it('the nearer is filled from the farther, and then answers alone', async () => {
    await fleet.start({ tiers: [mapKeyv(far)] }).getOrLoad('menu', () => 'soup');
    fleet.table.takeReads();
    expect([near.has(keyOf('menu')), await cache.get('menu'), near.has(keyOf('menu'))]).toEqual([
      false,
      'soup',
      true,
    ]);
    far.clear();
    fleet.clock.advance(1_000);
    expect(await cache.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('both are filled from the table, and told of evictions', async () => {
    await fleet.start().set('menu', 'soup');
    await cache.get('menu');
    expect([near.has(keyOf('menu')), far.has(keyOf('menu'))]).toEqual([true, true]);
    await cache.delete('menu');
    for (const map of [near, far])
      expect(await fleet.start({ tiers: [mapKeyv(map)] }).get('menu')).toBeUndefined();
  });

  it('the nearer says nothing longer than the farther would', async () => {
    await fleet.start({ tiers: [mapKeyv(far)] }).getOrLoad('menu', () => 'soup');
    await fleet.start().delete('menu');
    fleet.clock.advance(29_000);
    expect(await cache.get('menu')).toBe('soup');
    fleet.clock.advance(1_000);
    expect(await cache.get('menu')).toBeUndefined();
  });
});

describe('a write of this process', () => {
  let map: Map<string, unknown>;
  let here: DynamoCache;
  let elsewhere: DynamoCache;
  beforeEach(() => {
    map = new Map<string, unknown>();
    [here, elsewhere] = [fleet.start({ tiers: [mapKeyv(map)] }), fleet.start({ tiers: [mapKeyv(map)] })];
  });

  const WRITES: [string, (cache: DynamoCache) => Promise<unknown>, unknown][] = [
    ['delete', (cache) => cache.delete('menu'), undefined],
    ['set', (cache) => cache.set('menu', 'new'), 'new'],
    ['evictTags', (cache) => cache.evictTags('kitchen'), undefined],
    ['clear', (cache) => cache.clear(), undefined],
    ['clearPrefix', (cache) => cache.clearPrefix('menu'), undefined],
  ];

  async function crossing(reader: DynamoCache, write: (cache: DynamoCache) => Promise<unknown>) {
    await fleet.start().getOrLoad('menu', () => 'old', { tags: ['kitchen'] });
    fleet.table.takeReads();
    const answer = deferred();
    fleet.table.afterRead = () => answer.promise;
    const reading = reader.get('menu');
    await vi.waitUntil(() => fleet.table.reads.length > 0);
    fleet.table.afterRead = undefined;
    await write(here);
    answer.resolve();
    await reading;
  }

  it.each(WRITES)(
    '%s: a read of its own that crossed it does not bring the old back',
    async (_what, write, now) => {
      await crossing(here, write);
      fleet.clock.advance(1_000);
      expect([await elsewhere.get('menu'), await here.get('menu')]).toEqual([now, now]);
    },
  );

  it.each(WRITES)(
    '%s: a read elsewhere that crossed it may bring the old back, and this process is not served it',
    async (_what, write, now) => {
      await crossing(elsewhere, write);
      for (let ms = 0; ms < 40_000; ms += 2_500) {
        expect(await here.get('menu')).toBe(now);
        fleet.clock.advance(2_500);
      }
      expect([await here.get('menu'), await elsewhere.get('menu')]).toEqual([now, now]);
    },
  );

  it('of two at once leaves nothing in the tier that may be the earlier one', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await Promise.all(keys.flatMap((key) => [here.set(key, 1), here.delete(key), here.set(key, 2)]));
    for (const key of keys) expect(map.has(`keyv:menus/cache#${key}`)).toBe(false);
  });

  it('an eviction is not undone by a replica that lags behind it', async () => {
    await here.getOrLoad('menu', () => 'old');
    const stale = await fleet.table.read(['cache#menu'], { signal: AbortSignal.timeout(1_000) });
    await here.delete('menu');
    fleet.table.read = async (addresses) => {
      await Promise.resolve();
      return new Map(
        addresses.map((each) => [each, stale.get(each) ?? { state: 'empty', version: undefined }]),
      );
    };
    expect(await elsewhere.get('menu')).toBeUndefined();
  });

  it('does not put leases into the tier', async () => {
    await here.getOrLoad('menu', () => 'soup', { lease: true });
    expect([...map.keys()].filter((key) => key.includes('~lease'))).toEqual([]);
    expect(map.has('keyv:menus/cache#menu')).toBe(true);
  });
});

describe('a fill that was dropped', () => {
  it('is not told to the tier', async () => {
    const map = new Map<string, unknown>();
    const { load, began, release } = new HeldLoader<string>();
    const loading = fleet.start({ tiers: [mapKeyv(map)] }).getOrLoad('menu', load);
    await began;
    await fleet.start().delete('menu');
    release('old');
    expect(await loading).toBe('old');
    expect(await fleet.start({ tiers: [mapKeyv(map)] }).get('menu')).toBeUndefined();
  });
});

describe('consistent reads', () => {
  it('go to the table', async () => {
    const map = new Map<string, unknown>();
    const store = fleet.store({ tiers: [mapKeyv(map)] });
    await fleet.start({ tiers: [mapKeyv(map)] }).getOrLoad('menu', () => 'soup');
    await fleet.start().delete('menu');
    const address = new Addresses('cache').entry('menu');
    const stateOf = async (consistent: boolean) =>
      (await store.read([address], { signal: AbortSignal.timeout(5_000), consistent })).get(address)?.state;
    expect([await stateOf(false), await stateOf(true)]).toEqual(['entry', 'empty']);
  });
});

describe('what is in the tier and not of ours', () => {
  const whole = {
    ver: 'v1',
    v: 'AUR0ZXh0',
    at: Date.now(),
    fresh: Date.now() + 3_600_000,
    end: Date.now() + 3_600_000,
    until: 0,
  };

  it.each<[string, unknown]>([
    ['a text', 'text'],
    ['a number', 7],
    ['null', null],
    ['a list', [1]],
    ['an empty object', {}],
    ['no until', { ...whole, until: undefined }],
    ['an until that is text', { ...whole, until: 'tomorrow' }],
    ['an until beyond the ttl', { ...whole, until: 4_000_000_000_000 }],
    ['a version that is a number', { ...whole, ver: 7 }],
    ['a value that is a number', { ...whole, v: 7 }],
    ['no load time', { ...whole, at: undefined }],
    ['a negative end', { ...whole, end: -1 }],
    ['a fresh time with a fraction', { ...whole, fresh: 1.5 }],
    ['stamps that are an object', { ...whole, stamps: { a: 'b' } }],
    ['stamps of nothing', { ...whole, stamps: [] }],
    ['a stamp that is a number', { ...whole, stamps: [['t:a', 7]] }],
    ['an absence with a version that is a number', { ver: 7, until: 0 }],
  ])('is not served, and the table is asked: %s', async (_what, foreign) => {
    const keyv = mapKeyv();
    const isWhole =
      typeof foreign === 'object' && foreign !== null && 'until' in foreign && foreign.until === 0;
    await keyv.set('menus/cache#menu', isWhole ? { ...foreign, until: fleet.clock.now() + 1_000 } : foreign);
    await fleet.start().set('menu', 'soup');
    fleet.table.takeReads();
    expect(await fleet.start({ tiers: [keyv] }).getOrLoad('menu', () => 'loaded')).toBe('soup');
    expect(fleet.table.takeReads()).toContain('menu');
  });

  it('heals: a value that cannot be decoded is loaded once', async () => {
    const keyv = mapKeyv();
    const until = fleet.clock.now() + 1_000;
    await keyv.set('menus/cache#menu', { ...whole, v: 'AAAA', until });
    const cache = fleet.start({ tiers: [keyv] });
    const load = vi.fn(() => 'loaded');
    for (let i = 0; i < 3; i++) expect(await cache.getOrLoad('menu', load)).toBe('loaded');
    expect(load.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('a copy that a client sends after its end is not served', async () => {
    const map = new Map<string, unknown>();
    const cache = fleet.start({ tiers: [mapKeyv(map)] });
    await cache.getOrLoad('menu', () => 'old');
    const late = map.get('keyv:menus/cache#menu');
    await fleet.start().delete('menu');
    fleet.clock.advance(30_000);
    map.set('keyv:menus/cache#menu', late);
    expect(await cache.get('menu')).toBeUndefined();
  });

  it('what is whole is served, so the others fail for what they say', async () => {
    const keyv = mapKeyv();
    await keyv.set('menus/cache#menu', { ...whole, until: fleet.clock.now() + 1_000 });
    expect(await fleet.start({ tiers: [keyv] }).getOrLoad('menu', () => 'loaded')).toBe('text');
  });

  it('a wall clock that was set back does not make it last', async () => {
    const cache = fleet.start({ tiers: [mapKeyv()] });
    await cache.getOrLoad('menu', () => 'old');
    fleet.clock.jump(-60_000);
    fleet.table.takeReads();
    await cache.get('menu');
    expect(fleet.table.takeReads()).toContain('menu');
  });
});

describe('a tier that is sick', () => {
  const no = () => Promise.reject(new Error('no'));

  it.each<[string, ReturnType<typeof brokenKeyv>]>([
    ['rejects', brokenKeyv({ get: no, set: no, delete: no })],
    ['answers with something else', brokenKeyv({ get: () => Promise.resolve('what?') })],
    ['answers with too few', brokenKeyv({ get: () => Promise.resolve([]) })],
  ])('and %s costs no hit', async (_what, { keyv }) => {
    const cache = fleet.start({ tiers: [keyv] });
    expect(await cache.getOrLoad('menu', () => 'soup')).toBe('soup');
    expect(await cache.getOrLoad('menu', () => 'missed')).toBe('soup');
    expect(await cache.delete('menu')).toBe(true);
    expect(await cache.get('menu')).toBeUndefined();
    expect(cache.stats().store.failures).toBe(0);
  });

  it('and hangs costs its own budget, and after 5 failures nothing', async () => {
    const { keyv, calls } = brokenKeyv({ get: never, set: never, delete: never });
    const cache = fleet.start({ tiers: [{ keyv, timeout: 50 }] });
    await fleet.start().set('menu', 'soup');
    const started = performance.now();
    for (let i = 0; i < 20; i++) expect(await cache.get('menu')).toBe('soup');
    expect(performance.now() - started).toBeLessThan(1_000);
    // A tier that did not answer is not told anything, either.
    expect(calls).toEqual({ get: 5, set: 0, delete: 0 });
    expect(cache.stats()).toMatchObject({ breaker: 'closed', store: { failures: 0 } });
    expect(fleet.said).toEqual([
      expect.stringMatching(/^read of tier 1 failed \(DeadlineError.*the table is asked/),
    ]);
  });

  it('is asked again after the cool-down', async () => {
    let isAway = true;
    const away = () => (isAway ? no() : (undefined as never));
    const { keyv, calls } = brokenKeyv({ get: away, set: away, delete: away });
    const cache = fleet.start({ tiers: [keyv] });
    await fleet.start().set('menu', 'soup');
    for (let i = 0; i < 10; i++) await cache.get('menu');
    isAway = false;
    calls.get = 0;
    await cache.get('menu');
    expect(calls.get).toBe(0);
    fleet.clock.advance(10_000);
    await cache.get('menu');
    fleet.table.takeReads();
    expect(await cache.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('is an error among the events, and its breaker is not taken for the table’s', async () => {
    const events: CacheEvent[] = [];
    const stop = onCacheEvent((event) => events.push(event));
    const cache = fleet.start({ tiers: [brokenKeyv({ get: no }).keyv] });
    for (let i = 0; i < 10; i++) await cache.get('menu');
    stop();
    expect(events.filter(({ type }) => type === 'breaker')).toEqual([]);
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(5);
  });

  it('leaves the farther tier to answer', async () => {
    const far = mapKeyv();
    await fleet.start({ tiers: [far] }).getOrLoad('menu', () => 'soup');
    fleet.table.takeReads();
    const cache = fleet.start({ tiers: [{ keyv: brokenKeyv({ get: never }).keyv, timeout: 30 }, far] });
    expect(await cache.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('and is not told of an eviction is believed by others for its ttl, and not by this process', async () => {
    const map = new Map<string, unknown>();
    const { keyv } = brokenKeyv({ get: no, set: no, delete: no });
    const here = fleet.start({ tiers: [keyv] });
    const elsewhere = fleet.start({ tiers: [mapKeyv(map)] });
    await elsewhere.getOrLoad('menu', () => 'old');
    await here.delete('menu');
    expect([await here.get('menu'), await elsewhere.get('menu')]).toEqual([undefined, 'old']);
    fleet.clock.advance(30_000);
    expect(await elsewhere.get('menu')).toBeUndefined();
  });
});

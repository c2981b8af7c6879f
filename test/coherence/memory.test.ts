import { describe, expect, it } from 'vitest';
import { DynamoCache } from '../../lib/core';
import { resolveOptions } from '../../lib/core/resolve-options';
import { Addresses } from '../../lib/key/addresses';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { momentOf } from '../../lib/moment';
import type { ChangeListener } from '../../lib/tiers/entry-changes';
import type { StoreCall } from '../../lib/tiers/entry-store';
import type { Stored } from '../../lib/tiers/entry';
import { deferred } from '../engine/deferred';

const addresses = new Addresses('cache');
const MENU = addresses.entry('menu:7');

/** A store whose stream the test speaks for. */
class SpokenStore extends InMemoryStore {
  listener: ChangeListener | undefined;
  follows = 0;
  /** Of each read: its addresses, and whether it was consistent. */
  readonly reads: { addresses: readonly string[]; consistent: boolean }[] = [];
  held: Promise<void> | undefined;

  async follow(listener: ChangeListener): Promise<void> {
    this.follows++;
    this.listener = listener;
  }

  override async read(wanted: readonly string[], call: StoreCall): Promise<Map<string, Stored>> {
    this.reads.push({ addresses: wanted, consistent: call.consistent ?? false });
    const found = await super.read(wanted, call);
    await this.held;
    return found;
  }
}

function build(coherence?: 'stream') {
  const clock = new ManualClock();
  const store = new SpokenStore(clock);
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const logger = { warn: say, error: say };
  const options = { clock, logger, ttl: '10h', timeout: '10m', memory: { ttl: '10h' } } as const;
  const { engine } = resolveOptions({ ...options, ...(coherence && { coherence }) });
  const cache = new DynamoCache(store, engine);
  /** Another process, whose writes nobody tells of unless the test does. */
  const other = new DynamoCache(store, resolveOptions({ clock, logger }).engine);
  const isRemembered = async (key = 'menu:7') => {
    const before = cache.stats().memoryHits;
    await cache.get(key);
    return cache.stats().memoryHits > before;
  };
  return { cache, other, store, clock, lines, isRemembered };
}

/** A cache that hears its stream, and remembers `menu:7`. */
async function hearing() {
  const built = build('stream');
  await built.cache.prepare();
  const { listener } = built.store;
  if (!listener) throw new Error('nobody listens');
  const hear = () => {
    listener.upToDate(momentOf(built.clock));
  };
  listener.missed();
  hear();
  await built.other.set('menu:7', 'old');
  // Past the time in which a lagging replica is reckoned with.
  built.clock.advance(10_000);
  hear();
  await built.cache.get('menu:7');
  return { ...built, listener, hear };
}

describe('memory with a stream', () => {
  it('does not answer before the stream is heard', async () => {
    const { cache, store, clock, isRemembered } = build('stream');
    await cache.set('menu:7', 'value');
    expect(await isRemembered()).toBe(false);
    expect(await isRemembered()).toBe(false);
    store.listener?.upToDate(momentOf(clock));
    expect(await isRemembered()).toBe(true);
  });

  it('listens from the first read on, once', async () => {
    const { cache, store } = build('stream');
    expect(store.follows).toBe(0);
    await cache.get('a');
    await cache.get('b');
    await cache.prepare();
    expect(store.follows).toBe(1);
  });

  it('does not listen, and answers, without the option', async () => {
    const { cache, store, isRemembered } = build();
    await cache.set('menu:7', 'value');
    await cache.prepare();
    await cache.get('menu:7');
    expect(await isRemembered()).toBe(true);
    expect(store.follows).toBe(0);
  });

  it('answers for five seconds of silence, and again once the stream is heard', async () => {
    const { isRemembered, clock, hear } = await hearing();
    clock.advance(5_000);
    expect(await isRemembered()).toBe(true);
    clock.advance(1);
    expect(await isRemembered()).toBe(false);
    hear();
    expect(await isRemembered()).toBe(true);
  });

  it('does not answer after a sleep that only the wall clock saw', async () => {
    const { isRemembered, clock } = await hearing();
    clock.jump(5_001);
    expect(await isRemembered()).toBe(false);
  });

  it('says once that the stream is not heard, and again after it was', async () => {
    const { listener, lines, hear } = await hearing();
    listener.failed(new Error('throttled'));
    listener.failed(new Error('throttled'));
    expect(lines).toEqual([expect.stringContaining('throttled')]);
    hear();
    listener.failed(new Error('throttled'));
    expect(lines).toHaveLength(2);
  });
});

describe('an entry that was changed elsewhere', () => {
  it('is read again, consistently', async () => {
    const { cache, other, store, listener, isRemembered } = await hearing();
    await other.set('menu:7', 'new');
    expect(await cache.get('menu:7')).toBe('old');
    listener.changed(MENU);
    expect(await cache.get('menu:7')).toBe('new');
    expect(store.reads.at(-1)?.consistent).toBe(true);
    expect(await isRemembered()).toBe(true);
  });

  it('is not remembered by a read that was under way', async () => {
    const { cache, other, store, clock, listener, hear } = await hearing();
    listener.changed(MENU);
    clock.advance(10_000);
    hear();
    const held = deferred();
    store.held = held.promise;
    const reading = cache.get('menu:7');
    await new Promise(setImmediate);
    await other.delete('menu:7');
    listener.changed(MENU);
    store.held = undefined;
    held.resolve();
    expect(await reading).toBe('old');
    expect(await cache.get('menu:7')).toBeUndefined();
  });

  it('is not remembered by a load that was under way', async () => {
    const { cache, other, listener } = await hearing();
    const source = deferred<string>();
    const load = cache.getOrLoad('menu:8', () => source.promise);
    await new Promise(setImmediate);
    await other.set('menu:8', 'new');
    listener.changed(addresses.entry('menu:8'));
    source.resolve('old');
    expect(await load).toBe('old');
    expect(await cache.getOrLoad('menu:8', () => 'never')).toBe('new');
  });

  it('leaves a load under way to be written where nothing else was', async () => {
    const { cache, other, listener } = await hearing();
    const source = deferred<string>();
    const load = cache.getOrLoad('menu:8', () => source.promise);
    await new Promise(setImmediate);
    // What an earlier fill of our own left in the stream.
    listener.changed(addresses.entry('menu:8'));
    source.resolve('value');
    await load;
    expect(await other.get('menu:8')).toBe('value');
  });

  it('stays when the stream says that it is the version we hold', async () => {
    const { store, listener, isRemembered } = await hearing();
    const stored = (await store.read([MENU], { signal: new AbortController().signal })).get(MENU);
    listener.changed(MENU, 'another');
    expect(await isRemembered()).toBe(false);
    listener.changed(MENU, stored?.version);
    expect(await isRemembered()).toBe(true);
  });

  it('pushes nothing else out, however many there are', async () => {
    const { listener, isRemembered } = await hearing();
    for (let i = 0; i < 30_000; i++) listener.changed(addresses.entry(`other:${i}`));
    expect(await isRemembered()).toBe(true);
  });
});

describe('a stamp that was renewed elsewhere', () => {
  it('ends what depends on it, named by the caller or not', async () => {
    const { cache, other, listener, isRemembered } = await hearing();
    await other.set('menu:8', 'old', { tags: ['restaurant:8'] });
    await cache.get('menu:8');
    await other.evictTags('restaurant:8');
    listener.changed(addresses.stamp('t:restaurant:8'));
    expect(await cache.get('menu:8')).toBeUndefined();
    expect(await isRemembered()).toBe(true);
  });

  it('is read again at once when it is the namespace', async () => {
    const { cache, other, listener } = await hearing();
    // A stamp of the namespace is believed for a second.
    await cache.get('menu:9');
    await other.clear();
    listener.changed(addresses.stamp('*'));
    expect(await cache.get('menu:7')).toBeUndefined();
  });
});

describe('changes that were missed', () => {
  it('end everything in memory', async () => {
    const { cache, other, listener, hear } = await hearing();
    await other.set('menu:7', 'new');
    listener.missed();
    hear();
    expect(await cache.get('menu:7')).toBe('new');
  });

  it('keep memory from answering until the stream is heard', async () => {
    const { listener, hear, isRemembered } = await hearing();
    listener.missed();
    await isRemembered();
    expect(await isRemembered()).toBe(false);
    hear();
    expect(await isRemembered()).toBe(true);
  });

  it('are not remembered by reads that were under way', async () => {
    const { cache, other, store, clock, listener, hear } = await hearing();
    clock.advance(10_000);
    listener.missed();
    hear();
    const held = deferred();
    store.held = held.promise;
    const reading = cache.get('menu:7');
    await new Promise(setImmediate);
    await other.delete('menu:7');
    listener.missed();
    store.held = undefined;
    held.resolve();
    await reading;
    hear();
    expect(await cache.get('menu:7')).toBeUndefined();
  });
});

describe('forget', () => {
  it('makes a cache without a stream read what it was told of', async () => {
    const { cache, other } = build();
    await other.set('menu:7', 'old');
    await cache.get('menu:7');
    await other.set('menu:7', 'new');
    expect(await cache.get('menu:7')).toBe('old');
    cache.forget([addresses.entry('menu:1'), MENU]);
    expect(await cache.get('menu:7')).toBe('new');
  });
});

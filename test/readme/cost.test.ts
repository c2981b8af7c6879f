// What "Cost and limits" says about requests: counted at the store, and in read units as `stats()` has them.
import { DynamoCache, type DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { startModule } from '../module/application';

const MINUTE = 60_000;

/** Keeps what was asked for, and how. */
class RecordingStore extends InMemoryStore {
  readonly reads: { address: string; consistent: boolean }[] = [];
  writes: string[] = [];

  override read(...args: Parameters<InMemoryStore['read']>): ReturnType<InMemoryStore['read']> {
    const [addresses, { consistent = false }] = args;
    for (const address of addresses) this.reads.push({ address, consistent });
    return super.read(...args);
  }

  override fill(...args: Parameters<InMemoryStore['fill']>): ReturnType<InMemoryStore['fill']> {
    this.writes.push(args[0]);
    return super.fill(...args);
  }

  override evict(...args: Parameters<InMemoryStore['evict']>): Promise<boolean> {
    this.writes.push(args[0]);
    return super.evict(...args);
  }
}

let clock: ManualClock;
let store: RecordingStore;

beforeEach(() => {
  clock = new ManualClock();
  store = new RecordingStore(clock);
});

async function start(options: DynamoCacheOptions = {}): Promise<DynamoCache> {
  const module = await startModule({ options: { clock, ttl: '1h', ...options }, store });
  const cache = module.get(DynamoCache);
  await cache.getOrLoad('menu(7)', () => 'x', { tags: ['a', 'b'] });
  store.reads.length = 0;
  store.writes = [];
  return cache;
}

/** The read units of one more hit. */
async function unitsOfHit(cache: DynamoCache, tags: string[] = ['a', 'b']): Promise<number> {
  const before = cache.stats();
  await cache.getOrLoad('menu(7)', () => 'y', { tags });
  const after = cache.stats();
  expect(after.hits - before.hits).toBe(1);
  return after.readUnits - before.readUnits;
}

describe('a hit', () => {
  it('costs half a read unit, and half a unit more with each tag', async () => {
    const cache = await start();
    await cache.getOrLoad('plain', () => 'x');
    const before = cache.stats().readUnits;
    await cache.getOrLoad('plain', () => 'y');
    expect(cache.stats().readUnits - before).toBe(0.5);
    expect(await unitsOfHit(cache)).toBe(1.5);
  });

  it('reads the marks of the method and of everything once a second', async () => {
    const cache = await start();
    clock.advance(999);
    expect(await unitsOfHit(cache)).toBe(1.5);
    clock.advance(1);
    expect(await unitsOfHit(cache)).toBe(2.5);
    expect(await unitsOfHit(cache)).toBe(1.5);
  });

  it('reads them every time with `consistentRead`, a unit each', async () => {
    const cache = await start({ consistentRead: true });
    expect(await unitsOfHit(cache)).toBe(5);
    expect(await unitsOfHit(cache)).toBe(5);
  });
});

it('an eviction of a tag, a method or everything is one write', async () => {
  const cache = await start();
  await cache.evictTags('a');
  await cache.evictMethod('menu');
  await cache.clear();
  expect(store.writes).toHaveLength(3);
});

it('a leased load writes twice more', async () => {
  const cache = await start({ lease: true });
  await cache.getOrLoad('b', () => 'x');
  expect(store.writes).toHaveLength(3);
});

it('a key that this process evicted is read consistently for five seconds', async () => {
  const cache = await start();
  await cache.delete('menu(7)');
  const isConsistent = async () => {
    store.reads.length = 0;
    await cache.get('menu(7)');
    return store.reads.find(({ address }) => address.endsWith('menu(7)'))?.consistent;
  };
  clock.advance(4_999);
  expect(await isConsistent()).toBe(true);
  clock.advance(1);
  expect(await isConsistent()).toBe(false);
});

it.each([
  ['30 minutes is written back', 30 * MINUTE, 'x'],
  ['longer is not', 30 * MINUTE + 1, undefined],
])('a load that took %s', async (_, ms, kept) => {
  const cache = await start();
  await cache.getOrLoad('slow', () => {
    clock.advance(ms);
    return 'x';
  });
  expect(await cache.get('slow')).toBe(kept);
});

it('an eviction that does not reach DynamoDB within two minutes is lost', async () => {
  const cache = await start();
  store.evict = () => Promise.reject(new Error('throttled'));
  const startedAtMs = clock.now();
  await cache.delete('menu(7)');
  while (cache.stats().store.lostEvictions === 0) {
    clock.advance(500);
    await new Promise(setImmediate);
  }
  expect((clock.now() - startedAtMs) / MINUTE).toBeCloseTo(2, 0);
});

/** The tier over a real Redis, by @keyv/redis. Without a `redis-server` on the PATH it is skipped, and says so. */
import { randomUUID } from 'node:crypto';
import KeyvRedis, { createKeyv } from '@keyv/redis';
import { Keyv } from 'keyv';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DynamoCache } from '../../lib/core';
import { type Fleet, buildFleet } from './fleet';
import { RedisServer, hasRedis } from './redis-server';
import { tierCases } from './tier-cases';

const isThere = hasRedis();
if (!isThere) {
  console.warn('SKIPPED: the tests over a real Redis. There is no redis-server on the PATH.');
}
const withRedis = isThere ? describe : describe.skip;

const adapters: KeyvRedis<unknown>[] = [];

/** A connection of its own. */
function keyvOf(url: string, namespace?: string): Keyv {
  const store = new KeyvRedis(url);
  adapters.push(store);
  const keyv = new Keyv({ store, ...(namespace !== undefined && { namespace }) });
  keyv.on('error', () => undefined);
  return keyv;
}

async function disconnectAll(): Promise<void> {
  await Promise.all(adapters.splice(0).map((adapter) => adapter.disconnect(true).catch(() => undefined)));
}

withRedis('a tier over a Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await disconnectAll();
    await server.kill();
  });

  tierCases(() => {
    const namespace = randomUUID();
    return () => keyvOf(server.url, namespace);
  });

  it.each<[string, () => Keyv]>([
    ["Keyv's own prefixes", () => keyvOf(server.url)],
    ['createKeyv of @keyv/redis', () => recorded(createKeyv(server.url))],
    ['a namespace of createKeyv', () => recorded(createKeyv(server.url, { namespace: 'menus' }))],
    ['no prefixes', () => recorded(new Keyv({ store: new KeyvRedis(server.url), useKeyPrefix: false }))],
  ])('hits with %s', async (_what, connect) => {
    const fleet = buildFleet();
    const key = randomUUID();
    await fleet.start({ tiers: [connect()] }).getOrLoad(key, () => 'soup');
    fleet.table.takeReads();
    expect(await fleet.start({ tiers: [connect()] }).get(key)).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('lets Redis forget what has ended', async () => {
    const store = new KeyvRedis(server.url);
    adapters.push(store);
    const keyv = new Keyv({ store, namespace: randomUUID() });
    await buildFleet()
      .start({ tiers: [{ keyv, ttl: 5_000 }] })
      .getOrLoad('menu', () => 'soup');
    const client = await store.getClient();
    const [key = ''] = await client.keys(`*${keyv.namespace ?? ''}*cache#menu`);
    const left = await client.pTTL(key);
    expect([left > 0, left <= 5_000]).toEqual([true, true]);
  });

  function recorded(keyv: Keyv): Keyv {
    adapters.push(keyv.store as KeyvRedis<unknown>);
    return keyv;
  }
});

withRedis('a Redis that falls ill', () => {
  let server: RedisServer;
  let fleet: Fleet;
  let cache: DynamoCache;
  beforeEach(async () => {
    server = await RedisServer.start();
    fleet = buildFleet();
    cache = fleet.start({ tiers: [keyvOf(server.url)] });
    await cache.getOrLoad('menu', () => 'soup');
    await cache.get('menu');
    fleet.table.takeReads();
  });
  afterEach(async () => {
    server.wake();
    await disconnectAll();
    await server.kill();
  });

  const tableIsAsked = async (expected: unknown) => {
    expect(await cache.get('menu')).toBe(expected);
    return fleet.table.takeReads().includes('menu');
  };

  it('by dying costs no call its result and no more than a budget, and is used again when it is back', async () => {
    await server.kill();
    const started = performance.now();
    for (let i = 0; i < 20; i++) expect(await tableIsAsked('soup')).toBe(true);
    expect(await cache.getOrLoad('other', () => 'loaded')).toBe('loaded');
    expect(await cache.delete('other')).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(cache.stats()).toMatchObject({ breaker: 'closed', store: { failures: 0 } });

    await server.start();
    await vi.waitFor(
      async () => {
        fleet.clock.advance(10_000);
        expect([await tableIsAsked('soup'), await tableIsAsked('soup')]).toContain(false);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  it('by hanging costs five of its own budgets, then nothing', async () => {
    server.hang();
    const started = performance.now();
    for (let i = 0; i < 20; i++) expect(await tableIsAsked('soup')).toBe(true);
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThanOrEqual(5 * 99);
    expect(tookMs).toBeLessThan(1_500);
    expect(fleet.said).toEqual([expect.stringMatching(/^read of tier 1 failed .*no answer within 100 ms/)]);

    server.wake();
    fleet.clock.advance(10_000);
    await tableIsAsked('soup');
    expect(await tableIsAsked('soup')).toBe(false);
  });

  it('and executes late what it was told while it hung: an eviction meanwhile holds', async () => {
    const old = fleet.start({ tiers: [{ keyv: keyvOf(server.url), timeout: 50 }] });
    const evictor = fleet.start({ tiers: [{ keyv: keyvOf(server.url), timeout: 50 }] });
    await Promise.all([old.get('menu'), evictor.get('menu')]);
    server.hang();
    // Its copy waits in the connection.
    await old.getOrLoad('special', () => 'old');
    await evictor.delete('special');
    fleet.clock.advance(30_000);
    server.wake();
    fleet.clock.advance(10_000);
    for (const process of [old, evictor, cache]) expect(await process.get('special')).toBeUndefined();
  });

  it('and that was never there keeps nobody from starting, nor from the table', async () => {
    const { url } = server;
    await server.kill();
    const late = fleet.start({ tiers: [keyvOf(url)] });
    const started = performance.now();
    expect(await late.get('menu')).toBe('soup');
    expect(await late.getOrLoad('new', () => 'loaded')).toBe('loaded');
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});

it.skipIf(isThere)('is not tested: there is no redis-server on the PATH', () => undefined);

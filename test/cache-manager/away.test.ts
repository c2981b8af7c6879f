import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, freshTable, testClient } from '../support/dynamodb';
import { FaultyProxy, type ProxyMode } from '../support/faulty-proxy';
import { type Doors, openDoors } from './doors';

let table: string;
let proxy: FaultyProxy;
let doors: Doors;
beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
});
beforeEach(async () => {
  const client = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
  doors = await openDoors({ table, client, timeout: 60 });
});

const AWAY: ProxyMode[] = ['black-hole', 'stalled-body', 'throttle', 'access-denied', 'garbage', 'refuse'];

describe.each(AWAY)('CACHE_MANAGER over a DynamoDB in the state %s', (mode) => {
  beforeEach(async () => {
    proxy.mode = mode;
    await proxy.ready();
  });

  it('answers everything, in its time', async () => {
    const { manager } = doors;
    const started = performance.now();
    expect(await manager.get('a')).toBeUndefined();
    expect(await manager.mget(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await manager.ttl('a')).toBeUndefined();
    expect(await manager.set('a', 1)).toBe(1);
    expect(await manager.mset([{ key: 'a', value: 1 }])).toHaveLength(1);
    expect(await manager.del('a')).toBe(true);
    expect(await manager.mdel(['a', 'b'])).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('wraps by the loader, once a call', async () => {
    const { manager } = doors;
    const load = vi.fn(() => 'value');
    expect(await manager.wrap('a', load)).toBe('value');
    expect(await manager.wrap('a', load, { ttl: 60_000, refreshThreshold: 1 })).toBe('value');
    expect(load).toHaveBeenCalledTimes(2);
    const error = new Error('kitchen closed');
    await expect(manager.wrap('b', () => Promise.reject(error))).rejects.toBe(error);
  });
});

it('clear does not reject, holds in this process, and the log says what went wrong', async () => {
  proxy.mode = 'pass';
  await proxy.ready();
  const { manager, said } = doors;
  await manager.set('cleared', 1);
  proxy.intercept = ({ operation }) => (operation === 'PutItem' ? 'access-denied' : undefined);
  expect(await manager.clear()).toBe(true);
  expect(await manager.get('cleared')).toBeUndefined();
  proxy.intercept = undefined;
  expect(said).toContainEqual(
    expect.stringMatching(/did not reach the table \(AccessDeniedException.*tried again/),
  );
});

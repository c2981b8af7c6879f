import { beforeEach, describe, expect, it } from 'vitest';
import type { SealKey } from '../../lib/codec/seal-keys';
import { ManualClock } from '../../lib/testing';
import { FetchedKeys } from '../../lib/tiers/key-ring';
import { type Deferred, deferred, quiet } from '../engine/deferred';
import { NEW_KEY, OLD_KEY } from './entries';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let clock: ManualClock;
let fetches: Deferred<readonly SealKey[]>[];
let failures: unknown[];
let ring: FetchedKeys;

beforeEach(() => {
  clock = new ManualClock();
  fetches = [];
  failures = [];
  ring = new FetchedKeys({
    fetch: () => {
      const fetch = deferred<readonly SealKey[]>();
      fetches.push(fetch);
      return fetch.promise;
    },
    clock,
    refreshMs: HOUR,
    waitMs: 250,
    failed: (error) => failures.push(error),
  });
});

async function fetched(...keys: SealKey[]): Promise<void> {
  const waiting = ring.keys();
  await quiet();
  fetches.at(-1)!.resolve(keys);
  await waiting;
}

const idsOf = async (id?: string) => [...((await ring.keys(id))?.byId.keys() ?? [])];

describe('keys that a function fetches', () => {
  it('are fetched at the first use, once for all who ask, and kept', async () => {
    expect(fetches).toEqual([]);
    const asking = [undefined, undefined, 'new'].map(async (id) => ring.keys(id));
    await quiet();
    fetches[0]!.resolve([NEW_KEY, OLD_KEY]);
    for (const keys of await Promise.all(asking)) expect(keys?.newest.id).toBe('new');
    await quiet();
    expect(clock.waiting).toBe(0);
    clock.advance(HOUR - 1);
    expect(await idsOf()).toEqual(['new', 'old']);
    expect(fetches).toHaveLength(1);
  });

  it('are fetched again when they are old, and serve until then', async () => {
    await fetched(OLD_KEY);
    clock.advance(HOUR);
    expect(await idsOf()).toEqual(['old']);
    await quiet();
    fetches[1]!.resolve([NEW_KEY, OLD_KEY]);
    await quiet();
    expect(await idsOf()).toEqual(['new', 'old']);
    expect(fetches).toHaveLength(2);
  });

  it('are fetched again for an item of a key that is not among them, and not again at once', async () => {
    await fetched(OLD_KEY);
    clock.advance(10 * SECOND);
    const asking = ring.keys('new');
    await quiet();
    fetches[1]!.resolve([NEW_KEY, OLD_KEY]);
    expect((await asking)?.byId.has('new')).toBe(true);
    for (let i = 0; i < 100; i++) expect(await idsOf('forged')).toEqual(['new', 'old']);
    expect(fetches).toHaveLength(2);
    clock.advance(5 * SECOND);
    void ring.keys('forged');
    await quiet();
    expect(fetches).toHaveLength(3);
  });

  it('that do not come hold nobody longer than a part of the budget, and nobody twice', async () => {
    const asking = ring.keys();
    await quiet();
    clock.advance(250);
    expect(await asking).toBeUndefined();
    expect(await ring.keys()).toBeUndefined();
    expect([fetches.length, clock.waiting]).toEqual([1, 0]);
    fetches[0]!.resolve([NEW_KEY]);
    await quiet();
    expect(await idsOf()).toEqual(['new']);
  });

  it('that never come are asked for again', async () => {
    void ring.keys();
    clock.advance(30 * SECOND);
    const asking = ring.keys();
    await quiet();
    expect(fetches).toHaveLength(2);
    fetches[1]!.resolve([NEW_KEY]);
    await asking;
    fetches[0]!.resolve([OLD_KEY]);
    await quiet();
    expect(await idsOf()).toEqual(['new']);
  });

  it('that fail are said to, and asked for again after a while', async () => {
    const asking = ring.keys();
    await quiet();
    fetches[0]!.reject(new Error('no KMS'));
    expect([await asking, await ring.keys(), fetches.length]).toEqual([undefined, undefined, 1]);
    expect(failures).toEqual([new Error('no KMS')]);
    clock.advance(5 * SECOND);
    await fetched(NEW_KEY);
    expect(await idsOf()).toEqual(['new']);
  });

  it('stay in use while fetching them again fails', async () => {
    await fetched(NEW_KEY);
    clock.advance(2 * HOUR);
    void ring.keys();
    await quiet();
    fetches[1]!.reject(new Error('no KMS'));
    await quiet();
    expect(await idsOf()).toEqual(['new']);
    expect(fetches).toHaveLength(2);
  });

  it.each([
    ['no list', { id: 'new' }],
    ['an empty list', []],
    ['a short key', [{ id: 'new', key: 'secret' }]],
    ['a name that is no name', [{ id: '', key: NEW_KEY.key }]],
    ['two of one name', [NEW_KEY, NEW_KEY]],
  ])('are not used when they are %s', async (_what, keys) => {
    const asking = ring.keys();
    await quiet();
    fetches[0]!.resolve(keys as never);
    expect(await asking).toBeUndefined();
    expect(String(failures[0])).toContain('seal.keys');
    expect(String(failures[0])).not.toContain('secret');
  });

  it('that cannot even be asked for fail like others', async () => {
    const throwing = new FetchedKeys({
      fetch: () => {
        throw new TypeError('no client');
      },
      clock,
      refreshMs: HOUR,
      waitMs: 250,
      failed: (error) => failures.push(error),
    });
    expect(await throwing.keys()).toBeUndefined();
    expect(failures).toEqual([new TypeError('no client')]);
  });
});

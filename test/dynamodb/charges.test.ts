// What the store says an operation cost, and where it has it from.
import { describe, expect, it } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import type { Charge } from '../../lib/observability/charge';
import { newTombstone } from '../../lib/tiers/entry';
import type { StoreCall } from '../../lib/tiers/entry-store';
import { freshTable, testClient } from '../support/dynamodb';
import { call, entryOf, textEntry } from './entries';
import { type Sent, recordingClient } from './recording-client';

const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);

/** A call that writes down what it costs. */
function paying(consistent = true): { charges: Charge[]; call: StoreCall } {
  const charges: Charge[] = [];
  const spent = (charge: Charge) => void charges.push(charge);
  return { charges, call: { ...call(), consistent, spent } };
}

function readUnitsOf(charges: readonly Charge[]): Record<string, number> {
  return Object.fromEntries(charges.map(({ address, readUnits }) => [address, readUnits]));
}

/** A store whose answers say that this much was charged. */
async function chargedStore(units: unknown, options = { trackCapacity: true }) {
  const table = await freshTable();
  const { client, sent } = recordingClient(testClient(), async ({ command, input }, send) => {
    const { ReturnConsumedCapacity, ...rest } = input;
    const answer = await send(rest);
    if (ReturnConsumedCapacity !== 'TOTAL') return answer;
    const consumed = { TableName: table, CapacityUnits: units };
    return { ...answer, ConsumedCapacity: command.startsWith('Batch') ? [consumed] : consumed };
  });
  return { store: new DynamoStore({ table, client, ...options }), sent };
}

const asked = (sent: readonly Sent[]) => sent.map(({ input }) => input.ReturnConsumedCapacity);

describe('with `trackCapacity`', () => {
  it('a batch is shared out by the sizes of its items', async () => {
    const { store } = await chargedStore(11);
    await store.put('small', textEntry('x'), call());
    await store.put('large', entryOf(new Uint8Array(9_000)), call());
    const { charges, call: reading } = paying();
    await store.read(['small', 'large', 'missing', 'small'], reading);
    // One, three and one units by their sizes.
    const shares = readUnitsOf(charges);
    expect(Object.keys(shares)).toHaveLength(3);
    expect(shares.small).toBeCloseTo(2.2);
    expect(shares.large).toBeCloseTo(6.6);
    expect(shares.missing).toBeCloseTo(2.2);
  });

  it('each request is asked what it cost, and believed', async () => {
    const { store, sent } = await chargedStore(7);
    const { charges, call: paid } = paying();
    await store.put('a', textEntry('x'), paid);
    await store.fill('b', textEntry('x'), undefined, paid);
    await store.evict('a', newTombstone(Date.now()), paid);
    await store.read(['a'], paid);
    expect(charges.map(({ readUnits, writeUnits }) => readUnits + writeUnits)).toEqual([7, 7, 7, 7]);
    expect(asked(sent)).toEqual(Array(4).fill('TOTAL'));
  });

  it.each([[undefined], ['7'], [Number.NaN], [null]])('an answer of %s units is no answer', async (units) => {
    const { store } = await chargedStore(units);
    const { charges, call: paid } = paying(false);
    await store.read(['a', 'b'], paid);
    expect(readUnitsOf(charges)).toEqual({ a: 0.5, b: 0.5 });
  });
});

describe('without it', () => {
  it('nothing is asked for but what cannot be reckoned: what a flush reads and replaces', async () => {
    const { store, sent } = await chargedStore(7, { trackCapacity: false });
    await store.put('a', textEntry('x'), call());
    await store.fill('b', textEntry('x'), undefined, call());
    await store.read(['a', 'b'], call());
    expect(asked(sent)).toEqual([undefined, undefined, undefined]);

    const charges: Charge[] = [];
    const spent = (charge: Charge) => void charges.push(charge);
    await store.evictAll([''], () => newTombstone(Date.now()), undefined, spent);
    expect(asked(sent).slice(3)).toEqual(['TOTAL', 'TOTAL']);
    const sum = (what: 'readUnits' | 'writeUnits') =>
      charges.reduce((total, charge) => total + charge[what], 0);
    expect([sum('readUnits'), sum('writeUnits')]).toEqual([7, 7]);
  });
});

describe('what DynamoDB left out of a batch', () => {
  it('is paid for when it is read', async () => {
    const table = await freshTable();
    const { client } = recordingClient(testClient(), async ({ command, input }, send) => {
      const requested = (input.RequestItems as Record<string, { Keys: unknown[] }> | undefined)?.[table];
      if (command !== 'BatchGetItem' || !requested || requested.Keys.length <= 3) return send(input);
      const now = { ...requested, Keys: requested.Keys.slice(0, 3) };
      const later = { ...requested, Keys: requested.Keys.slice(3) };
      return { ...(await send({ RequestItems: { [table]: now } })), UnprocessedKeys: { [table]: later } };
    });
    const { charges, call: paid } = paying();
    await new DynamoStore({ table, client }).read(keys(10), paid);
    expect(charges.map(({ address }) => address).sort()).toEqual(keys(10));
    expect(readUnitsOf(charges)).toEqual(Object.fromEntries(keys(10).map((key) => [key, 1])));
  });

  it('is paid for when it is written', async () => {
    const table = await freshTable();
    const { client } = recordingClient(testClient(), async ({ command, input }, send) => {
      const requests = (input.RequestItems as Record<string, unknown[]> | undefined)?.[table];
      if (command !== 'BatchWriteItem' || !requests || requests.length <= 4) return send(input);
      const now = { ...input, RequestItems: { [table]: requests.slice(0, 4) } };
      return { ...(await send(now)), UnprocessedItems: { [table]: requests.slice(4) } };
    });
    const store = new DynamoStore({ table, client });
    await Promise.all(keys(10).map((key) => store.put(key, entryOf(new Uint8Array(1_500)), call())));
    const charges: Charge[] = [];
    const spent = (charge: Charge) => void charges.push(charge);
    await store.evictAll([''], () => newTombstone(Date.now()), undefined, spent);
    const written = charges.filter(({ writeUnits }) => writeUnits > 0);
    expect(written.map(({ address }) => address).sort()).toEqual(keys(10));
    expect(written.map(({ writeUnits }) => writeUnits)).toEqual(Array(10).fill(2));
  });
});

it('a write that is refused costs what stands in its way, and a lone key that is missing one unit', async () => {
  const store = new DynamoStore({ table: await freshTable(), client: testClient() });
  await store.put('a', entryOf(new Uint8Array(2_500)), call());
  const { charges, call: paid } = paying();
  await store.fill('a', textEntry('x'), undefined, paid);
  await store.read(['missing'], paid);
  expect(charges).toEqual([
    { address: 'a', bytes: 0, readUnits: 0, writeUnits: 3 },
    { address: 'missing', bytes: 0, readUnits: 1, writeUnits: 0 },
  ]);
});

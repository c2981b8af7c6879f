import { afterEach, describe, expect, it, vi } from 'vitest';
import { AsyncVariable } from '../../lib/engine/async-variable';
import { Flights, type Loaded, UNSEEN } from '../../lib/engine/flights';
import { Targets } from '../../lib/engine/targets';
import { ManualClock } from '../../lib/testing';
import { deferred, quiet } from './deferred';

const target = (key: string) => new Targets('cache', undefined).of(key);

afterEach(() => {
  vi.restoreAllMocks();
});

it('a load knows which loads it is part of, and forgets those that are over', async () => {
  const contexts = vi.spyOn(AsyncVariable.prototype, 'begin');
  const flights = new Flights(new ManualClock());
  const nothing = { value: undefined, bytes: undefined, entry: undefined };
  const later = deferred();
  const outer = flights.start(target('outer'), UNSEEN, async () => {
    flights.start(target('inner'), UNSEEN, async () => nothing);
    // A job that outlives its load, and loads for ever after.
    void later.promise.then(() => flights.start(target('later'), UNSEEN, async () => nothing));
    return nothing;
  });
  await outer.loaded;
  flights.end(outer);
  later.resolve();
  await quiet();

  expect(contexts.mock.calls.map(([context]) => (context as unknown[]).length)).toEqual([1, 2, 1]);
});

it('a load waits for another until that one is over, and knows no more of it', async () => {
  const flights = new Flights(new ManualClock());
  const loaded = deferred<Loaded>();
  const other = flights.start(target('other'), UNSEEN, () => loaded.promise);
  const waiting = flights.start(target('waiting'), UNSEEN, () => flights.join(other));
  expect([...waiting.load.waitsFor]).toEqual([other.load]);
  loaded.resolve({ value: 7, bytes: undefined, entry: undefined });
  expect((await waiting.loaded).value).toBe(7);
  expect([...waiting.load.waitsFor]).toEqual([]);
});

it('a load that asks for its own key does not join itself, whatever else has ended since it began', async () => {
  const flights = new Flights(new ManualClock());
  const nothing = { value: undefined, bytes: undefined, entry: undefined };
  const end = async () => {
    const other = flights.start(target('other'), UNSEEN, async () => nothing);
    await other.loaded;
    flights.end(other);
  };
  for (let i = 0; i < 2; i++) {
    const seen: unknown[] = [];
    const own = flights.start(target('own'), UNSEEN, async () => {
      await end();
      await quiet();
      seen.push(flights.find(target('own').address, UNSEEN));
      return nothing;
    });
    expect(flights.find(target('own').address, UNSEEN)).toBe(own);
    await own.loaded;
    flights.end(own);
    expect(seen).toEqual([undefined]);
  }
});

it('is told to end as often as it began, so that no async context stays in use', () => {
  const [begin, end] = (['begin', 'end'] as const).map((method) => vi.spyOn(AsyncVariable.prototype, method));
  const flights = new Flights(new ManualClock());
  const nothing = { value: undefined, bytes: undefined, entry: undefined };
  for (const key of ['a', 'b']) flights.end(flights.start(target(key), UNSEEN, async () => nothing));
  expect([begin!.mock.calls.length, end!.mock.calls.length]).toEqual([2, 2]);
});

describe('a flight that lingers', () => {
  const seen = { known: true, version: undefined, generations: new Map() } as const;
  async function over(flights: Flights) {
    const loaded = { value: 7, bytes: undefined, entry: undefined };
    const flight = flights.start(target('a'), seen, async () => loaded);
    await flight.loaded;
    flights.end(flight);
    return flight;
  }

  it('is found by who saw the same, until the reads that it waits for are over', async () => {
    const flights = new Flights(new ManualClock());
    const flight = await over(flights);
    const { address } = flight.target;
    const reads = deferred();
    flights.linger(flight, reads.promise, () => true);

    expect(flights.find(address, seen)).toBe(flight);
    expect(flights.find(address, { ...seen, version: 'another' })).toBeUndefined();
    expect(flights.find(address, UNSEEN)).toBeUndefined();
    reads.resolve();
    await quiet();
    expect(flights.find(address, seen)).toBeUndefined();
  });

  it('is not found past the life of what it loaded, nor after an eviction', async () => {
    const flights = new Flights(new ManualClock());
    const flight = await over(flights);
    const { address } = flight.target;
    flights.linger(flight, deferred().promise, () => false);
    expect(flights.find(address, seen)).toBeUndefined();
    flights.detach(address);
    flights.linger(flight, deferred().promise, () => true);
    expect(flights.find(address, seen)).toBeUndefined();
  });
});

it('a load that began before the process was frozen for long is not joined any more', async () => {
  const clock = new ManualClock();
  const flights = new Flights(clock);
  const { address } = target('a');
  const seen = { known: true, version: undefined, generations: new Map() } as const;
  const flight = flights.start(target('a'), seen, () => deferred<Loaded>().promise);
  clock.jump(30_000);
  expect(flights.find(address, seen)).toBe(flight);
  // The monotonic clock has stood still.
  clock.jump(1);
  expect(flights.find(address, seen)).toBeUndefined();
});

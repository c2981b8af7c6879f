/** Four processes with 250 callers each want a key that nobody has loaded: with a lease, the fleet loads it once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshTable } from '../../support/dynamodb';
import { type Call, Fleet } from './fleet';

const CALLERS = 250;
const SKEW_MS = 5_000;
const LEASE_MS = 2_000;

let fleet: Fleet;
let table: string;
let keys = 0;

const call = (rest: Partial<Call> = {}): Call => ({
  key: `menu:${++keys}`,
  callers: CALLERS,
  lease: true,
  loadMs: 100,
  ...rest,
});

/** Processes of a test's own, which end with it. */
async function withFleet<T>(skewsMs: readonly number[], use: (fleet: Fleet) => Promise<T>): Promise<T> {
  const other = await Fleet.start(table, skewsMs);
  try {
    return await use(other);
  } finally {
    await other.stop();
  }
}

beforeAll(async () => {
  table = await freshTable();
  fleet = await Fleet.start(table, [0, 0, 0, 0]);
});
// Where the fleet could not be started there is nothing to stop.
afterAll(() => (fleet as Fleet | undefined)?.stop());

describe('a cold key is loaded once in the fleet', () => {
  it.each([0, 5, 50, 300])('when its loader takes %i ms', async (loadMs) => {
    const { loads, answers, values } = await fleet.call(call({ loadMs }));
    expect({ loads, answers, values: values.length }).toEqual({ loads: 1, answers: 4 * CALLERS, values: 1 });
  });

  it('one key after another', async () => {
    const outcomes = [];
    for (let i = 0; i < 10; i++) outcomes.push(await fleet.call(call({ callers: 10, loadMs: 2 * i })));
    expect(outcomes.map(({ loads, values }) => [loads, values.length])).toEqual(outcomes.map(() => [1, 1]));
  });

  // What two clocks differ by comes off a lease, or is added to it: it has to be longer than that and the load.
  it('by processes whose clocks are five seconds off', async () => {
    const outcomes = await withFleet([-SKEW_MS, 0, SKEW_MS, 0], async (skewed) => [
      await skewed.call(call({ lease: '15s' })),
      await skewed.call(call({ lease: '15s', loadMs: 0 })),
    ]);
    expect(outcomes.map(({ loads, values }) => [loads, values.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('and once more, after one lease, when who held the lease was killed', async () => {
    const cold = call({ lease: '2s', loadMs: 60_000 });
    await withFleet([0], (holder) => holder.dieLoading({ ...cold, callers: 1 }));
    const { loads, values, tookMs } = await fleet.call({ ...cold, loadMs: 50 });
    expect({ loads, values: values.length }).toEqual({ loads: 1, values: 1 });
    expect(tookMs).toBeGreaterThan(LEASE_MS / 4);
    expect(tookMs).toBeLessThan(2 * LEASE_MS);
  });
});

it('without a lease it is loaded by every process', async () => {
  const { loads } = await fleet.call(call({ lease: false, loadMs: 1_000 }));
  expect(loads).toBe(4);
});

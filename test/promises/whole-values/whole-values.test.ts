/**
 * Four processes rewrite and read the same values of 1 to 8 MB, and look at each they are given: every eight bytes of it
 * say of which write they are. WHOLE_VALUES_SECONDS is how long the run that must hold takes at least; WHOLE_VALUES_SEED
 * repeats the choices of a run.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Activity, Fleet, type RunOptions } from './fleet';

const SEED = Number(process.env.WHOLE_VALUES_SEED ?? Date.now() % 1_000_000);
const SECONDS = Number(process.env.WHOLE_VALUES_SECONDS ?? 2);
// A busy machine takes longer to do as much.
const MAX_SECONDS = 60 + SECONDS;
const LIMIT_MS = (MAX_SECONDS + 15) * 1_000;
const MB = 1024 * 1024;

/** What a run has to have done before silence means something. */
const LEAST: Partial<Activity> = { seconds: SECONDS, reads: 30, hits: 15, writes: 15, bytes: 60 * MB };

/** From 3 chunks, in one request, to 22 in three. */
const ALL_SIZES = { 1: 4, 2: 3, 4: 2, 8: 1 };
/** Chunks of these are read and written by two requests. */
const LARGE = { 4: 1 };

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.start(4);
  return () => fleet.stop();
});

async function run(options: Partial<RunOptions> & Pick<RunOptions, 'isOver'>): Promise<Activity> {
  const activity = await fleet.run({
    ...{ seed: SEED, maxSeconds: MAX_SECONDS, maxWrites: 20 * SECONDS, sizes: LARGE, hasFreezes: false },
    ...options,
  });
  const happened = Object.entries(activity).map(([what, count]) => `${what} ${Math.round(count * 10) / 10}`);
  console.log(`seed ${SEED}: ${happened.join(', ')}`);
  return activity;
}

function lacks(activity: Activity, least: Partial<Activity>): string[] {
  const names = Object.keys(least) as (keyof Activity)[];
  return names.filter((what) => activity[what] < (least[what] ?? 0));
}

describe('whoever is given a large value is given all of one write', () => {
  it(
    'in four processes that rewrite and read it and are frozen now and then',
    async () => {
      const activity = await run({
        sizes: ALL_SIZES,
        hasFreezes: true,
        isOver: (activity) => lacks(activity, LEAST).length === 0,
      });
      expect(lacks(activity, LEAST)).toEqual([]);
      expect(activity).toMatchObject({ torn: 0, failures: 0 });
    },
    LIMIT_MS,
  );

  it(
    'even if the chunks of all writes had one address, because each says of which it is',
    async () => {
      const least = { reads: 15, misses: 8, writes: 10 };
      const activity = await run({
        isOver: (activity) => lacks(activity, least).length === 0,
        sabotage: 'one address for the chunks of all writes',
      });
      expect(lacks(activity, least)).toEqual([]);
      expect(activity).toMatchObject({ torn: 0, failures: 0 });
    },
    LIMIT_MS,
  );
});

it(
  'the checker sees what goes wrong when nobody looks of which write a chunk is',
  async () => {
    const { torn } = await run({
      isOver: ({ torn }) => torn > 0,
      sabotage: 'one address for the chunks of all writes, whose id is not looked at',
    });
    expect(torn).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

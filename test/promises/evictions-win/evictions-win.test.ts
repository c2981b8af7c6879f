/**
 * Several processes read, evict and put a few keys of one table, and a checker looks at what each of them was given.
 * EVICTIONS_WIN_SECONDS makes the runs that must hold longer, EVICTIONS_WIN_SEED repeats the choices of a run.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Activity, Fleet, type Profile, type Run, type RunOptions } from './fleet';

const SEED = Number(process.env.EVICTIONS_WIN_SEED ?? Date.now() % 1_000_000);
const SECONDS = Number(process.env.EVICTIONS_WIN_SECONDS ?? 0);
// A busy machine takes longer to do as much.
const MAX_SECONDS = 30;
const LIMIT_MS = (Math.max(SECONDS, MAX_SECONDS) + 15) * 1_000;

const FOREVER_MS = 1e12;

/** Everybody does everything with a few keys. */
const HOT: Profile = {
  keys: 4,
  lanes: 12,
  pauseMs: 15,
  networkMs: 5,
  loadMs: 80,
  ttlMs: 600_000,
  shortTtlMs: 300,
  periodMs: FOREVER_MS,
  phases: [
    {
      untilMs: FOREVER_MS,
      operations: { read: 76, get: 6, evict: 9, set: 4, scope: 5 },
      shortShare: 0.3,
    },
  ],
};

/**
 * An hour passes in 1.8 s. For so long the version of a write stands before the janitor takes it, and a load that lasts longer
 * than half of it is not to be written. Loads of a key begin, then it is overwritten, then it is left alone while the
 * loads end: only what the overwrites left behind can stop the fills.
 */
const HASTY = {
  speed: 2_000,
  hasJanitor: true,
  profile: {
    keys: 12,
    lanes: 24,
    pauseMs: 60,
    networkMs: 5,
    loadMs: 2_900,
    ttlMs: 3_600_000,
    shortTtlMs: 60_000,
    periodMs: 3_200,
    phases: [
      { untilMs: 300, operations: { read: 1 }, shortShare: 0 },
      { untilMs: 600, operations: { read: 1, evict: 2, set: 2 }, shortShare: 0.9 },
      { untilMs: 3_200, operations: { get: 1 }, shortShare: 0 },
    ],
  },
} satisfies Partial<RunOptions>;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start(4);
  return () => fleet.stop();
});

async function run(options: Omit<RunOptions, 'seed' | 'maxSeconds'>): Promise<Run> {
  const maxSeconds = Math.max(SECONDS, MAX_SECONDS);
  const over = await fleet.run({ ...options, seed: SEED, maxSeconds });
  console.log(`seed ${SEED}: ${over.summary()}`);
  return over;
}

/** Goes on until enough has happened that silence means something. */
async function runHonest(
  least: Partial<Activity> & { seconds: number },
  options: Omit<RunOptions, 'seed' | 'maxSeconds' | 'isOver'>,
): Promise<Run> {
  const wanted = { ...least, seconds: Math.max(SECONDS, least.seconds) };
  const over = await run({ ...options, isOver: (run) => run.lacks(wanted).length === 0 });
  expect(over.lacks(wanted)).toEqual([]);
  expect(over.complaints).toEqual([]);
  expect(over.activity.failures).toBe(0);
  return over;
}

describe('after an eviction or put nobody is given an older value', () => {
  it(
    'in four processes that share a table',
    async () => {
      const least = {
        reads: 2_000,
        overwrites: 200,
        hits: 200,
        scopeHits: 20,
        joined: 100,
        fillsDropped: 100,
      };
      const { history } = await runHonest({ seconds: 6, ...least }, { profile: HOT });
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'in one process that evicts what it loads itself',
    async () => {
      const least = { reads: 800, overwrites: 80, hits: 80, scopeHits: 10, joined: 40, fillsDropped: 20 };
      const { history } = await runHonest({ seconds: 2, ...least }, { profile: HOT, workers: 1 });
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'when expired items are deleted at once and loads outlast tombstones',
    async () => {
      const least = { reads: 200, overwrites: 100, hits: 10, fillsDropped: 60, deletedByTtl: 10 };
      const { history } = await runHonest({ seconds: 5, ...least }, HASTY);
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  // The engines that tests run on have no replicas that lag. So this shows that nothing else hangs on the option.
  it(
    'without consistent reads, on an engine whose reads are consistent all the same',
    async () => {
      const least = { reads: 800, overwrites: 80, hits: 80, scopeHits: 10, joined: 40, fillsDropped: 40 };
      const { history } = await runHonest({ seconds: 2, ...least }, { profile: HOT, consistentRead: false });
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('the checker sees what goes wrong', () => {
  it.each<[string, Pick<RunOptions, 'profile'> & Partial<RunOptions>]>([
    ['fills without a condition', { profile: HOT }],
    ['evictions that delete', { profile: HOT }],
    ['flights joined by key alone', { profile: HOT }],
    ['reads joined after they were sent', { profile: HOT }],
    ['versions that end with their entry', HASTY],
    ['fills however long the load took', HASTY],
    ['fills without a condition, flights not detached', { profile: HOT, workers: 1 }],
  ])(
    'with %s',
    async (sabotage, options) => {
      const isOver = ({ history }: Run) => history.violations().length > 0;
      const { history } = await run({ ...options, sabotage, isOver });
      expect(history.violations()).not.toEqual([]);
    },
    LIMIT_MS,
  );
});

/**
 * Several processes read, evict and put a few keys of one table, and a checker looks at what each of them was given.
 * EVICTIONS_WIN_SECONDS is how long the runs that must hold take together, at least; EVICTIONS_WIN_SEED repeats the choices
 * of a run.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Activity, Fleet, type Profile, type Run, type RunOptions } from './fleet';

const SEED = Number(process.env.EVICTIONS_WIN_SEED ?? Date.now() % 1_000_000);
const SECONDS = Number(process.env.EVICTIONS_WIN_SECONDS ?? 0);
// A busy machine takes longer to do as much.
const MAX_SECONDS = 30 + SECONDS;
const LIMIT_MS = (MAX_SECONDS + 15) * 1_000;

const FOREVER_MS = 1e12;
const HOUR_MS = 3_600_000;

/** Everybody does everything with a few keys. */
const HOT: Profile = {
  keys: [
    {},
    { tags: ['red'] },
    { tags: ['red', 'blue'], lease: '1s' },
    { tags: ['blue'], isShortLived: true, staleWhileRevalidate: 400 },
    { isShortLived: true, staleIfError: 400, failShare: 0.4 },
    { tags: ['red'], failShare: 0.4, cacheErrorsMs: 400 },
  ],
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
      operations: { read: 76, get: 6, evict: 7, tags: 2, clear: 0.3, set: 4, scope: 5 },
      shortShare: 0.4,
    },
  ],
};

/** Little else than evictions of tags. */
const TAGGED: Profile = {
  ...HOT,
  keys: [{ tags: ['red'] }, { tags: ['red', 'blue'] }],
  loadMs: 250,
  phases: [
    {
      untilMs: FOREVER_MS,
      operations: { read: 80, get: 8, tags: 6, evict: 0.5, set: 0.5, scope: 2 },
      shortShare: 0,
    },
  ],
};

/** Plain values that are quickly loaded and stay until they are evicted, far away. */
const REMOTE: Profile = {
  ...HOT,
  keys: [{}, {}, {}],
  networkMs: 25,
  loadMs: 20,
  phases: [{ untilMs: FOREVER_MS, operations: { read: 90, evict: 10 }, shortShare: 0 }],
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
    keys: Array.from({ length: 12 }, () => ({})),
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
  const over = await fleet.run({ ...options, seed: SEED, maxSeconds: MAX_SECONDS });
  console.log(`seed ${SEED}: ${over.summary()}`);
  return over;
}

/**
 * Goes on until enough has happened that silence means something.
 *
 * @param share of EVICTIONS_WIN_SECONDS
 */
async function runHonest(
  least: Partial<Activity> & { seconds: number },
  share: number,
  options: Omit<RunOptions, 'seed' | 'maxSeconds' | 'isOver'>,
): Promise<Run> {
  const wanted = { ...least, seconds: Math.max(share * SECONDS, least.seconds) };
  const over = await run({ ...options, isOver: (run) => run.lacks(wanted).length === 0 });
  expect(over.lacks(wanted)).toEqual([]);
  if (options.hasFaults) return over;
  expect(over.complaints).toEqual([]);
  expect(over.activity.failures).toBe(0);
  return over;
}

describe('after an eviction or put nobody is given an older value, and nobody one past its life', () => {
  it(
    'in four processes that share a table and are frozen now and then',
    async () => {
      const least = {
        reads: 1_000,
        overwrites: 200,
        hits: 200,
        scopeHits: 20,
        stale: 15,
        joined: 100,
        fillsDropped: 100,
        tagEvictions: 20,
        clears: 1,
        leasesTaken: 10,
        leasesLost: 10,
        errorHits: 2,
        freezes: 5,
      };
      const { history } = await runHonest({ seconds: 4, ...least }, 0.4, { profile: HOT, hasFreezes: true });
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'while requests are lost, refused and late',
    async () => {
      const least = {
        reads: 500,
        overwrites: 100,
        hits: 50,
        fillsDropped: 50,
        tagEvictions: 5,
        faults: 100,
        freezes: 3,
        lostEvictions: 10,
        retriedEvictions: 5,
        blindJoins: 5,
      };
      const ill = { profile: HOT, hasFaults: true, hasFreezes: true };
      const { history } = await runHonest({ seconds: 3, ...least }, 0.3, ill);
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'in one process that remembers what it evicts itself',
    async () => {
      const least = {
        reads: 500,
        overwrites: 60,
        hits: 80,
        scopeHits: 10,
        memoryHits: 40,
        joined: 40,
        tagEvictions: 8,
      };
      const alone = { profile: HOT, workers: 1, memoryMs: HOUR_MS };
      const { history } = await runHonest({ seconds: 2, ...least }, 0.1, alone);
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'when expired items are deleted at once and loads outlast tombstones',
    async () => {
      const least = { reads: 200, overwrites: 100, hits: 10, fillsDropped: 60, deletedByTtl: 10 };
      const { history } = await runHonest({ seconds: 3, ...least }, 0.1, HASTY);
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );

  // The engines that tests run on have no replicas that lag. So this shows that, but for `clear`, nothing else hangs on
  // the option.
  it(
    'without consistent reads and with a memory, which may lag behind others by its own life',
    async () => {
      const least = { reads: 500, overwrites: 60, hits: 80, memoryHits: 20, joined: 40, tagEvictions: 8 };
      const lagging = { profile: HOT, consistentRead: false, memoryMs: 400 };
      const { history } = await runHonest({ seconds: 2, ...least }, 0.1, lagging);
      expect(history.violations()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('the checker sees what goes wrong', () => {
  it.each<[string, Pick<RunOptions, 'profile'> & Partial<RunOptions>]>([
    ['fills without a condition', { profile: HOT }],
    ['evictions that delete', { profile: HOT }],
    ['evictions of tags that delete', { profile: TAGGED }],
    ['flights joined by key alone', { profile: HOT }],
    ['flights joined across generations', { profile: TAGGED }],
    ['reads joined after they were sent', { profile: REMOTE }],
    ['entries without generations', { profile: TAGGED }],
    ['generations not compared', { profile: TAGGED }],
    ['generations read after the load', { profile: TAGGED }],
    ['lives that do not end', { profile: HOT }],
    ['versions that end with their entry', HASTY],
    ['fills however long the load took', HASTY],
    ['fills without a condition, flights not detached', { profile: HOT, workers: 1 }],
    ['a memory tier that is not told of evictions', { profile: HOT, workers: 1, memoryMs: HOUR_MS }],
    ['flights not detached', { profile: HOT, workers: 1, hasFaults: true }],
    ['flights not detached by tags', { profile: TAGGED, workers: 1, hasFaults: true }],
    [
      'a table that is believed though an eviction is on its way',
      { profile: REMOTE, workers: 1, hasFaults: true },
    ],
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

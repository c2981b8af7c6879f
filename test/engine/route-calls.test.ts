// Calls in two steps: what the HTTP cache stands on.
import { describe, expect, it } from 'vitest';
import type { Freshness } from '../../lib/engine/freshness';
import type { RouteLoad } from '../../lib/engine/route-calls';
import { type Built, MINUTE, SECOND, buildCache } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';

interface Result {
  readonly n: number;
  readonly isPrivate?: boolean;
}

const NAME = 'Menus.find';
const KEY = `${NAME}(GET {"path":"/"})`;
const OPTIONS = { ttl: '10s' } as const;

async function proceed(
  { cache }: Built,
  loader: () => Promise<Result>,
  freshness: Freshness = 'expired',
  behind: Partial<RouteLoad<Result>['behind']> = {},
) {
  const { routes } = cache;
  const sighting = await routes.find(KEY, [], NAME);
  if (!sighting) throw new Error('no sighting');
  return routes.proceed<Result>(sighting, freshness, {
    loader,
    behind: { isOver: () => Promise.resolve(), loader, ...behind },
    isOwn: ({ isPrivate = false }) => isPrivate,
    pack: (result) => (result.isPrivate ? undefined : routes.encode(result, NAME)),
    stale: () => ({ staleWhileRevalidateMs: MINUTE, staleIfErrorMs: 0 }),
    policy: { ...routes.policyOf(OPTIONS), staleWhileRevalidateMs: MINUTE },
  });
}

describe('a call in two steps', () => {
  it('tells the own result from what stands there, and whether it was kept', async () => {
    const built = buildCache();
    const own = await proceed(built, async () => Promise.resolve({ n: 1 }));
    expect(own).toMatchObject({ result: { n: 1 }, report: { isStored: true } });
    const found = await proceed(built, async () => Promise.resolve({ n: 2 }), 'fresh');
    expect(found.result).toMatchObject({ stored: { n: 1 }, entry: own.report.entry });
  });

  it('keeps a result as long as it may stand in by itself', async () => {
    const built = buildCache();
    const { report } = await proceed(built, async () => Promise.resolve({ n: 1 }));
    const { freshUntilMs = 0, endsAtMs = 0 } = report.entry ?? {};
    expect(endsAtMs - freshUntilMs).toBe(MINUTE);
  });

  it('gives what is not packed to nobody else', async () => {
    const built = buildCache();
    const held = new HeldLoader<Result>();
    const first = proceed(built, held.load);
    await held.began;
    const second = proceed(built, async () => Promise.resolve({ n: 2 }));
    await quiet();
    expect(built.cache.stats().joined).toBe(1);
    held.release({ n: 1, isPrivate: true });
    expect((await first).result).toMatchObject({ n: 1 });
    expect(await second).toEqual({ result: { n: 2 }, report: { entry: undefined } });
    expect(built.cache.stats().fills).toBe(0);
  });

  it('gives what is packed to all who wait', async () => {
    const built = buildCache();
    const held = new HeldLoader<Result>();
    const first = proceed(built, held.load);
    await held.began;
    const second = proceed(built, async () => Promise.resolve({ n: 2 }));
    await quiet();
    held.release({ n: 1 });
    const { report } = await first;
    expect((await second).result).toEqual({ stored: { n: 1 }, entry: report.entry });
  });

  it('a refresh waits for the answer before it, and is not needed when a load has begun meanwhile', async () => {
    const built = buildCache();
    await proceed(built, async () => Promise.resolve({ n: 1 }));
    built.clock.advance(15 * SECOND);
    const isOver = deferred();
    const behind = new HeldLoader<Result>();
    const stale = await proceed(built, behind.load, 'stale', {
      isOver: () => isOver.promise,
      loader: behind.load,
    });
    expect(stale.result).toMatchObject({ stored: { n: 1 } });
    const held = new HeldLoader<Result>();
    const loading = proceed(built, held.load);
    await held.began;
    isOver.resolve();
    await quiet();
    expect(behind.calls).toBe(0);
    held.release({ n: 3 });
    await loading;
  });

  it('a refresh whose answer never ends is left, and another one may begin', async () => {
    const built = buildCache();
    await proceed(built, async () => Promise.resolve({ n: 1 }));
    built.clock.advance(15 * SECOND);
    const refresh = async () => Promise.resolve({ n: 2 });
    const isOver = () => Promise.reject(new Error('too slow'));
    await proceed(built, refresh, 'stale', { isOver });
    await quiet();
    expect(built.cache.stats().fills).toBe(1);
    await proceed(built, refresh, 'stale');
    await quiet();
    expect(built.cache.stats().fills).toBe(2);
  });
});

// Requests that wait for another's handler: what they are given, and when nobody waits any more.
import { Controller, Get, Query, Res } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheable } from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { type Deferred, deferred, quiet } from '../engine/deferred';
import { type Answer, CachedApp, PLATFORMS, type Reply, said } from './cached-app';

const origin = { calls: 0, held: undefined as Deferred<void> | undefined, began: deferred() };

beforeEach(() => {
  Object.assign(origin, { calls: 0, held: undefined, began: deferred() });
});

@Controller()
class Origin {
  @Get('page')
  @DynamoCacheable('10s')
  async page(@Query('cc') control: string, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(control, reply);
  }

  @Get('leased')
  @DynamoCacheable({ ttl: '10s', lease: true })
  async leased(@Query('cc') control: string, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(control, reply);
  }

  @Get('hurried')
  @DynamoCacheable({ ttl: '10s', loaderTimeout: { hard: '20ms' } })
  async hurried(@Query('cc') control: string, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(control, reply);
  }

  private async answer(control: string, reply: Reply): Promise<string> {
    const call = ++origin.calls;
    origin.began.resolve();
    await origin.held?.promise;
    if (control !== '') reply.header('cache-control', answerOf(control, call));
    return String(call);
  }
}

/** `private-first` is private the first time only. */
function answerOf(control: string, call: number): string {
  return control === 'private-first' ? (call === 1 ? 'private' : 'max-age=2') : control;
}

/** As many requests as that, and none of them answered before all of them wait for the first one's handler. */
async function ask(site: CachedApp, path: string, requests: number): Promise<Answer[]> {
  origin.held = deferred();
  origin.began = deferred();
  const { held, began } = origin;
  const counted = () => Object.values(site.cache.stats().methods)[0];
  const before = counted()?.misses ?? 0;
  const answers = Array.from({ length: requests }, () => site.get(path));
  await began.promise;
  while ((counted()?.misses ?? 0) < before + requests) await quiet();
  held.resolve();
  return Promise.all(answers);
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('counts a load for each run of a handler whose answers are not kept', async () => {
    const site = await CachedApp.start({ platform, controllers: [Origin] });
    const answers = await ask(site, '/page?cc=private', 3);
    expect(answers.map(({ body }) => body).sort()).toEqual(['1', '2', '3']);
    expect(origin.calls).toBe(3);
    expect(site.cache.stats().loads).toBe(3);
  });

  it.each(['private', 'no-store', 'no-cache'])(
    'lets nobody wait behind an answer that was %s',
    async (cc) => {
      const site = await CachedApp.start({ platform, controllers: [Origin] });
      await site.get(`/page?cc=${cc}`);
      const { joined } = site.cache.stats();
      const answers = await ask(site, `/page?cc=${cc}`, 3);
      expect(answers.map(({ body }) => body).sort()).toEqual(['2', '3', '4']);
      expect(site.cache.stats().joined).toBe(joined);
    },
  );

  it('lets them wait again a while later', async () => {
    const site = await CachedApp.start({ platform, controllers: [Origin] });
    await site.get('/page?cc=private');
    site.clock.advance(10_000);
    await ask(site, '/page?cc=private', 3);
    expect(site.cache.stats().joined).toBe(2);
  });

  it('keeps the first answer that can be kept, after one that could not', async () => {
    const site = await CachedApp.start({ platform, controllers: [Origin] });
    await site.get('/page?cc=private-first');
    expect(said(await site.get('/page?cc=private-first'))).toContain('stored');
    expect(said(await site.get('/page?cc=private-first'))).toContain('hit');
    site.clock.advance(3_000);
    await ask(site, '/page?cc=private-first', 3);
    expect(site.cache.stats().joined).toBe(2);
  });

  it('waits for no other process behind an answer that was private', async () => {
    const clock = new ManualClock();
    const store = new InMemoryStore(clock);
    const setup = { platform, controllers: [Origin], clock, store };
    const [here, there] = [await CachedApp.start(setup), await CachedApp.start(setup)];
    for (const site of [here, there]) await site.get('/leased?cc=private');
    const held = (origin.held = deferred());
    origin.began = deferred();
    const waiting = here.get('/leased?cc=private');
    await origin.began.promise;
    origin.held = undefined;
    expect((await there.get('/leased?cc=private')).body).toBe('4');
    held.resolve();
    expect((await waiting).body).toBe('3');
  });

  it('never starts the handler of a request that was answered by a timeout while it waited', async () => {
    const site = await CachedApp.start({ platform, controllers: [Origin] });
    origin.held = deferred();
    const first = site.get('/hurried?cc=private');
    await origin.began.promise;
    const second = site.get('/hurried?cc=private');
    expect((await first).status).toBe(500);
    expect((await second).status).toBe(500);
    expect(site.cache.stats().joined).toBe(1);
    origin.held.resolve();
    await quiet();
    expect(origin.calls).toBe(1);
    expect(site.cache.stats().loads).toBe(1);
  });
});

/**
 * How an application tests a cached service without a table: the store is replaced by one in memory, time by a clock that
 * is moved by hand, and the server by a few lines. The service and its decorators are the real ones.
 */
import { setImmediate } from 'node:timers/promises';
import { NotFoundException } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DYNAMO_CACHE_OPTIONS, DynamoCache, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppModule } from '../../sample/04-credentials/src/app.module';
import { cacheOptions } from '../../sample/04-credentials/src/cache.options';
import { ClientRegistry } from '../../sample/04-credentials/src/clients/client-registry';
import { AccessToken } from '../../sample/04-credentials/src/tokens/access-token';
import { TokenService } from '../../sample/04-credentials/src/tokens/token.service';
import { whileItLasts } from '../../sample/04-credentials/src/lasting';
import { RefusedError } from '../../sample/04-credentials/src/upstream/refused-error';
import { ThrottledError } from '../../sample/04-credentials/src/upstream/throttled-error';
import { UnavailableError } from '../../sample/04-credentials/src/upstream/unavailable-error';
import { Upstream } from '../../sample/04-credentials/src/upstream/upstream';

const MINUTE_MS = 60_000;

/** Grants a token, the next one each time, unless it fails. */
class FakeUpstream {
  asked = 0;
  expiresIn = 3_300;
  failure: Error | undefined;

  async ask(_path: string): Promise<object> {
    this.asked++;
    if (this.failure) throw this.failure;
    return { access_token: `token ${this.asked}`, scope: 'ledger', expires_in: this.expiresIn };
  }
}

const throttled = new ThrottledError('/oauth2/token', 60_000);
const silent = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };
let clock: ManualClock;
let upstream: FakeUpstream;
let store: InMemoryStore;
let module: TestingModule;
const modules: TestingModule[] = [];

/** A process: the application over the same store, and of the same server. */
async function start(): Promise<TestingModule> {
  const started = await Test.createTestingModule({ imports: [AppModule] })
    .setLogger(silent)
    .overrideProvider(DYNAMO_CACHE_OPTIONS)
    .useFactory({ factory: () => ({ ...cacheOptions(), clock }) })
    .overrideProvider(DynamoStore)
    .useValue(store)
    .overrideProvider(Upstream)
    .useValue(upstream)
    .compile();
  modules.push(started);
  return started.init();
}

beforeEach(async () => {
  vi.stubEnv('CLIENT_SECRETS', 'acme:s1,globex:s2');
  vi.stubEnv('CACHE_KEYS', `unit:${Buffer.alloc(32, 7).toString('base64')}`);
  clock = new ManualClock();
  upstream = new FakeUpstream();
  store = new InMemoryStore(clock);
  module = await start();
});
afterEach(async () => {
  await Promise.all(modules.splice(0).map((one) => one.close()));
  vi.unstubAllEnvs();
});

async function tokenOf(client: string): Promise<string> {
  return (await module.get(TokenService).tokenOf(client)).value.reveal();
}

it('asks once for each client, and gives each its own token', async () => {
  const first = await Promise.all(['acme', 'globex', 'acme'].map(tokenOf));
  const second = await Promise.all(['acme', 'globex'].map(tokenOf));
  expect(new Set(first).size).toBe(2);
  expect(second).toEqual(first.slice(0, 2));
  expect(upstream.asked).toBe(2);
});

it('gives a hit the class and the secret that the miss had', async () => {
  const [miss, hit] = [
    await module.get(TokenService).tokenOf('acme'),
    await module.get(TokenService).tokenOf('acme'),
  ];
  expect(hit).toBeInstanceOf(AccessToken);
  expect(hit).not.toBe(miss);
  expect(hit.authorization()).toBe('Bearer token 1');
  expect(hit.authorization()).toBe(miss.authorization());
});

it('refreshes behind a hit when four fifths of its life are spent', async () => {
  await tokenOf('acme');
  clock.advance(35 * MINUTE_MS);
  expect([await tokenOf('acme'), upstream.asked]).toEqual(['token 1', 1]);
  clock.advance(2 * MINUTE_MS);
  expect(await tokenOf('acme')).toBe('token 1');
  await vi.waitFor(async () => {
    expect(await tokenOf('acme')).toBe('token 2');
  });
});

it('asks again when ten minutes are left', async () => {
  await tokenOf('acme');
  clock.advance(45 * MINUTE_MS);
  expect(await tokenOf('acme')).toBe('token 2');
});

it('stands in for a server that throttles, and ends a minute before the token does', async () => {
  await tokenOf('acme');
  upstream.failure = throttled;
  clock.advance(54 * MINUTE_MS - 1);
  expect(await tokenOf('acme')).toBe('token 1');
  clock.advance(1);
  await expect(tokenOf('acme')).rejects.toBeInstanceOf(ThrottledError);
});

it('keeps a short token, too, for a part of its life, and never past its end', async () => {
  upstream.expiresIn = 600;
  await tokenOf('acme');
  clock.advance(6 * MINUTE_MS);
  expect([await tokenOf('acme'), upstream.asked]).toEqual(['token 1', 1]);
  upstream.failure = throttled;
  clock.advance(3 * MINUTE_MS);
  expect(await tokenOf('acme')).toBe('token 1');
  clock.advance(48_000);
  await expect(tokenOf('acme')).rejects.toBe(throttled);
});

it.each([10, 60, 600, 3_000, 3_300, 86_400])(
  'of %i seconds, nothing is kept to the end',
  (expiresInSeconds) => {
    const issued = { expiresInSeconds };
    const { ttl, staleIfError } = whileItLasts;
    const freshMs = ttl(issued);
    expect(freshMs).toBeGreaterThanOrEqual(expiresInSeconds * 800);
    expect(freshMs + staleIfError.for(issued)).toBeLessThan(expiresInSeconds * 1_000);
  },
);

it('does not keep a token that is over when it comes', async () => {
  upstream.expiresIn = 0;
  expect([await tokenOf('acme'), await tokenOf('acme')]).toEqual(['token 1', 'token 2']);
});

describe('a grant that fails', () => {
  beforeEach(async () => {
    await tokenOf('acme');
    clock.advance(46 * MINUTE_MS);
  });

  it.each([throttled, new UnavailableError('/oauth2/token', 503), new TypeError('fetch failed')])(
    'is made up for by the token before it: %s',
    async (failure) => {
      upstream.failure = failure;
      expect(await tokenOf('acme')).toBe('token 1');
    },
  );

  it.each([
    new RefusedError('/oauth2/token', 401, 'invalid_client'),
    new RefusedError('/oauth2/token', 404, undefined),
  ])('and one that is refused is not: %s', async (failure) => {
    upstream.failure = failure;
    await expect(tokenOf('acme')).rejects.toBe(failure);
  });

  it('and one of a client that is not ours any more is not', async () => {
    const gone = new NotFoundException('There is no such client.');
    vi.spyOn(module.get(ClientRegistry), 'secretOf').mockImplementation(() => {
      throw gone;
    });
    await expect(tokenOf('acme')).rejects.toBe(gone);
  });
});

describe('a token that is refused before its time', () => {
  /** What comes of a request that takes every token but these. */
  const ask = (revoked: readonly string[], tokens = module.get(TokenService)) =>
    tokens.withToken('acme', async ({ value }) => {
      if (revoked.includes(value.reveal())) throw new RefusedError('/v1/ledger/acme', 401, 'invalid_token');
      return value.reveal();
    });

  /** Who waits for another process looks again by the clock. */
  async function asTimePasses<T>(work: Promise<T>): Promise<T> {
    const progress = { isOver: false };
    const done = work.finally(() => {
      progress.isOver = true;
    });
    while (!progress.isOver) {
      clock.advance(10);
      await setImmediate();
    }
    return done;
  }

  it('is replaced, and no other one', async () => {
    await Promise.all(['acme', 'globex'].map(tokenOf));
    expect(await ask(['token 1'])).toBe('token 3');
    expect([await tokenOf('acme'), await tokenOf('globex')]).toEqual(['token 3', 'token 2']);
  });

  it('is replaced once, however many report it, in several processes', async () => {
    await tokenOf('acme');
    const other = (await start()).get(TokenService);
    const reports = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? ask(['token 1']) : ask(['token 1'], other),
    );
    expect(new Set(await asTimePasses(Promise.all(reports)))).toEqual(new Set(['token 2']));
    expect(upstream.asked).toBe(2);
  });

  it('is replaced again when the next one is refused, too', async () => {
    await tokenOf('acme');
    expect(await ask(['token 1'])).toBe('token 2');
    expect(await ask(['token 1', 'token 2'])).toBe('token 3');
    expect(await tokenOf('acme')).toBe('token 3');
  });

  it('is not replaced by who reports it late: the new one stays', async () => {
    await tokenOf('acme');
    const other = (await start()).get(TokenService);
    const late = module.get(DynamoCache).runInScope(() =>
      module.get(TokenService).withToken('acme', async ({ value }) => {
        if (value.reveal() !== 'token 1') return value.reveal();
        // While this request is under way, somebody else renews the token.
        expect((await other.renew('acme')).value.reveal()).toBe('token 2');
        throw new RefusedError('/v1/ledger/acme', 401, 'invalid_token');
      }),
    );
    expect([await late, await tokenOf('acme'), upstream.asked]).toEqual(['token 2', 'token 2', 2]);
  });

  it('is not replaced when something else is refused', async () => {
    const forbidden = new RefusedError('/v1/ledger/globex', 403, 'insufficient_scope');
    await expect(module.get(TokenService).withToken('acme', () => Promise.reject(forbidden))).rejects.toBe(
      forbidden,
    );
    expect([await tokenOf('acme'), upstream.asked]).toEqual(['token 1', 1]);
  });
});

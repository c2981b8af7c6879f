/**
 * How an application tests a cached service without a table: the store is replaced by one in memory, time by a clock that
 * is moved by hand, and the server by a few lines. The service and its decorators are the real ones.
 */
import { Test, type TestingModule } from '@nestjs/testing';
import { DYNAMO_CACHE_OPTIONS, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppModule } from '../../sample/04-credentials/src/app.module';
import { cacheOptions } from '../../sample/04-credentials/src/cache.options';
import { AccessToken } from '../../sample/04-credentials/src/tokens/access-token';
import { TokenService } from '../../sample/04-credentials/src/tokens/token.service';
import { ThrottledError } from '../../sample/04-credentials/src/upstream/throttled-error';
import { Upstream } from '../../sample/04-credentials/src/upstream/upstream';

const MINUTE_MS = 60_000;

/** Grants a token, the next one each time, unless it throttles. */
class FakeUpstream {
  asked = 0;
  expiresIn = 3_300;
  isThrottling = false;

  async ask(path: string): Promise<object> {
    this.asked++;
    if (this.isThrottling) throw new ThrottledError(path, 60_000);
    return { access_token: `token ${this.asked}`, scope: 'ledger', expires_in: this.expiresIn };
  }
}

const silent = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };
let clock: ManualClock;
let upstream: FakeUpstream;
let module: TestingModule;

beforeEach(async () => {
  vi.stubEnv('CLIENT_SECRETS', 'acme:s1,globex:s2');
  vi.stubEnv('CACHE_KEYS', `unit:${Buffer.alloc(32, 7).toString('base64')}`);
  clock = new ManualClock();
  upstream = new FakeUpstream();
  module = await Test.createTestingModule({ imports: [AppModule] })
    .setLogger(silent)
    .overrideProvider(DYNAMO_CACHE_OPTIONS)
    .useFactory({ factory: () => ({ ...cacheOptions(), clock }) })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore(clock))
    .overrideProvider(Upstream)
    .useValue(upstream)
    .compile();
  await module.init();
});
afterEach(async () => {
  await module.close();
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
  upstream.isThrottling = true;
  clock.advance(54 * MINUTE_MS - 1);
  expect(await tokenOf('acme')).toBe('token 1');
  clock.advance(1);
  await expect(tokenOf('acme')).rejects.toBeInstanceOf(ThrottledError);
});

it('does not keep a token that is over within its reserve', async () => {
  upstream.expiresIn = 600;
  await tokenOf('acme');
  upstream.isThrottling = true;
  await expect(tokenOf('acme')).rejects.toBeInstanceOf(ThrottledError);
});

it('asks again after a token was refused', async () => {
  await Promise.all(['acme', 'globex'].map(tokenOf));
  await module.get(TokenService).forget('acme');
  expect([await tokenOf('acme'), await tokenOf('globex')]).toEqual(['token 3', 'token 2']);
});

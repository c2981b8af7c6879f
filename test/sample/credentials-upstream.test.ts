/** The back-off of the credentials sample, and the servers it was written for. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalPlatform } from '../../sample/04-credentials/src/local-platform/local-platform';
import { TokenBucket } from '../../sample/04-credentials/src/local-platform/token-bucket';
import { BackOff, waitMs } from '../../sample/04-credentials/src/upstream/back-off';
import { RefusedError } from '../../sample/04-credentials/src/upstream/refused-error';
import { retryAfterMs } from '../../sample/04-credentials/src/upstream/retry-after';
import { ThrottledError } from '../../sample/04-credentials/src/upstream/throttled-error';
import { Upstream } from '../../sample/04-credentials/src/upstream/upstream';

describe('Retry-After', () => {
  const now = Date.UTC(2027, 0, 1);
  it.each<[string | null, number | undefined]>([
    ['0', 0],
    ['120', 120_000],
    ['Fri, 01 Jan 2027 00:00:30 GMT', 30_000],
    ['Fri, 01 Jan 2026 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('a wait', () => {
  it('is never shorter than Retry-After, grows, and is spread by chance', () => {
    expect(waitMs(1, 3_000, () => 0)).toBe(3_000);
    expect([1, 2, 3].map((nth) => waitMs(nth, undefined, () => 0))).toEqual([100, 200, 400]);
    expect(waitMs(4, 700, () => 0)).toBe(800);
    expect(waitMs(1, 1_000, () => 0.5)).toBe(1_250);
  });
});

describe('the back-off', () => {
  const FAKED = ['setTimeout', 'clearTimeout', 'performance', 'Date'] as const;
  beforeEach(() => void vi.useFakeTimers({ toFake: [...FAKED] }));
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** When each attempt began, in ms from the first, and what came of it. */
  async function attempts(answers: readonly (Error | 'ok')[]): Promise<{ at: number[]; outcome: unknown }> {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const began = performance.now();
    const at: number[] = [];
    const outcome = new BackOff()
      .run(async () => {
        at.push(Math.round(performance.now() - began));
        const answer = answers[Math.min(at.length, answers.length) - 1];
        if (answer instanceof Error) throw answer;
        return answer;
      })
      .catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    return { at, outcome: await outcome };
  }

  it('asks again when Retry-After is over', async () => {
    const answers = [new ThrottledError('/', 1_000), new ThrottledError('/', 2_000), 'ok'] as const;
    expect(await attempts(answers)).toEqual({ at: [0, 1_000, 3_000], outcome: 'ok' });
  });

  it('gives up at once when that would be after the deadline', async () => {
    const error = new ThrottledError('/', 5_000);
    expect(await attempts([error])).toEqual({ at: [0], outcome: error });
  });

  it('gives up within five seconds, whatever it is told', async () => {
    const { at, outcome } = await attempts([new ThrottledError('/', 1_500)]);
    expect(at).toEqual([0, 1_500, 3_000, 4_500]);
    expect(outcome).toBeInstanceOf(ThrottledError);
    const impatient = await attempts([new ThrottledError('/', 0)]);
    expect(impatient.at.length).toBeLessThan(12);
    expect(Math.max(...impatient.at)).toBeLessThanOrEqual(5_000);
  });

  it('takes no for an answer', async () => {
    const error = new RefusedError('/', 401, 'invalid_client');
    expect(await attempts([error, 'ok'])).toEqual({ at: [0], outcome: error });
  });
});

it('a refusal says a code, and nothing else that a server may say', () => {
  expect(new RefusedError('/x', 401, 'invalid_client').message).toBe('/x refuses: 401 invalid_client');
  expect(new RefusedError('/x', 400, 'Your secret hunter2 is wrong').message).toBe('/x refuses: 400');
});

it.each([
  [200, '/x answers with what is no JSON.'],
  [404, '/x refuses: 404'],
  [502, '/x is unavailable: 502'],
])('of an answer %i that is no JSON nothing is told', async (status, message) => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  fetched.mockImplementation(async () => new Response('access_token=hunter2', { status }));
  await expect(new Upstream(new BackOff()).ask('/x')).rejects.toMatchObject({ message });
  fetched.mockRestore();
});

it('a bucket fills up again at its rate, and never more than to its brim', () => {
  let nowMs = 0;
  const bucket = new TokenBucket({ burst: 2, perSecond: 0.5 }, () => nowMs);
  const taken = () => [bucket.take(), bucket.take(), bucket.take()];
  expect(taken()).toEqual([undefined, undefined, 2]);
  nowMs = 2_000;
  expect(taken()).toEqual([undefined, 2, 2]);
  nowMs = 1_000_000;
  expect(taken()).toEqual([undefined, undefined, 2]);
});

describe('the local platform', () => {
  let platform: LocalPlatform;
  let url: string;
  let nowMs = 0;
  beforeEach(async () => {
    nowMs = 0;
    const clients = new Map([
      ['acme', 's:1'],
      ['globex', 's2'],
    ]);
    platform = new LocalPlatform({
      clients,
      latencyMs: 0,
      now: () => nowMs,
      limit: { burst: 4, perSecond: 1 },
    });
    url = await platform.listen();
  });
  afterEach(() => platform.close());

  const grant = (credentials: string, grant_type = 'client_credentials') =>
    fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      body: new URLSearchParams({ grant_type }),
    });
  const get = (path: string, token: string) =>
    fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const tokenOf = async (credentials: string) =>
    ((await (await grant(credentials)).json()) as { access_token: string }).access_token;

  it('grants a token of 55 minutes that nobody keeps by accident', async () => {
    const response = await grant('acme:s%3A1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3_300 });
  });

  it('refuses a wrong secret, an unknown client and another grant', async () => {
    expect([(await grant('acme:s2')).status, (await grant('nobody:s2')).status]).toEqual([401, 401]);
    const response = await grant('globex:s2', 'password');
    expect([response.status, await response.json()]).toEqual([400, { error: 'unsupported_grant_type' }]);
  });

  it('takes a token until it ends, and only for its own client', async () => {
    const token = await tokenOf('globex:s2');
    const ask = async (path: string) => (await get(path, token)).status;
    expect([await ask('/v1/ledger/globex'), await ask('/v1/ledger/acme')]).toEqual([200, 403]);
    expect(await ask('/v1/database/creds/globex')).toBe(200);
    nowMs = 3_300_000 - 1;
    expect(await ask('/v1/ledger/globex')).toBe(200);
    nowMs++;
    expect([await ask('/v1/ledger/globex'), await ask('/v1/database/creds/globex')]).toEqual([401, 401]);
  });

  it('answers 429 with Retry-After above its rate', async () => {
    const responses = await Promise.all(Array.from({ length: 6 }, () => grant('globex:s2')));
    const throttled = responses.filter(({ status }) => status === 429);
    expect(throttled.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1']);
    expect(platform.takeAnswers().tokens).toEqual({ answered: 4, throttled: 2, refused: 0 });
    nowMs = 1_000;
    expect((await grant('globex:s2')).status).toBe(200);
  });
});

/** The sample as its users run it: compiled, in processes of its own, over a real Redis that is killed in between. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readRestaurants } from '../../sample/03-restaurants/src/loading/restaurant-file';
import { dropTable, dynamodbEndpoint } from '../support/dynamodb';
import { RedisServer, hasRedis } from '../tiers/redis-server';

const SAMPLE = 'sample/03-restaurants';
const PATIENCE_MS = 300_000;

const isThere = hasRedis();
if (!isThere) console.warn('SKIPPED: the restaurants sample. There is no redis-server on the PATH.');

/** A shell, because npm is a script on Windows. */
function npm(command: string) {
  const { CACHE_TABLE: _table, DYNAMODB_ENDPOINT: _endpoint, REDIS_URL: _redis, ...env } = process.env;
  return promisify(execFile)(`npm run ${command} --workspace ${SAMPLE}`, { shell: true, env });
}

describe.skipIf(!isThere)('the demo of the restaurants sample', () => {
  // The demo builds the sample, too.
  let story: string;
  beforeAll(async () => {
    ({ stdout: story } = await npm('demo'));
  }, PATIENCE_MS);

  it('tells of a load that was killed, of what is saved and shared, and of a Redis that goes and comes', () => {
    const steps = ['LOAD', 'SAVED', 'SHARED', 'OUTAGE', 'BACK'];
    expect(story.match(/^[A-Z]+\b(?= )/gm)?.filter((word) => steps.includes(word))).toEqual(steps);
    expect(story).toMatch(/^LOAD +killed after [1-4],\d00 of 5,169; .* of them from an earlier load\.$/m);
    expect(story).toMatch(/^\d+ visits, none failed\.$/m);
  });
});

describe.skipIf(!isThere)('the restaurants sample', () => {
  const tables = { RESTAURANTS_TABLE: `restaurants-${randomUUID()}`, CACHE_TABLE: `cache-${randomUUID()}` };
  let redis: RedisServer;
  let app: ChildProcess;
  let url: string;
  let ids: string[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    ids = (await readRestaurants()).restaurants.map(({ id }) => id);
    [app, url] = await startApp();
  }, PATIENCE_MS);

  afterAll(async () => {
    await stop(app);
    await redis.kill();
    for (const table of Object.values(tables)) await dropTable(table);
  });

  async function startApp(): Promise<[ChildProcess, string]> {
    const env = {
      ...process.env,
      ...tables,
      DYNAMODB_ENDPOINT: dynamodbEndpoint,
      REDIS_URL: redis.url,
      PORT: '0',
    };
    const process_ = spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env });
    return [process_, await urlOf(process_)];
  }

  async function ask(path: string, from = url) {
    const response = await fetch(from + path);
    const body = (await response.json()) as { from: string; data: Record<string, unknown> };
    return { status: response.status, ...body };
  }

  /** How many keys Redis has. */
  async function keys(): Promise<number> {
    const client = createClient({ url: redis.url });
    await client.connect();
    try {
      return await client.dbSize();
    } finally {
      client.destroy();
    }
  }

  it('answers from the database first, and then out of memory, with the same body', async () => {
    const first = await ask('/restaurants/40364920');
    const second = await ask('/restaurants/40364920');
    expect([first.from, second.from]).toEqual(['database', 'memory']);
    expect(second.data).toEqual(first.data);
    expect(first.data).toMatchObject({ name: "Rizzo'S Fine Pizza", averageScore: 9.2, rank: 34, of: 95 });
  });

  it('lists the best of a cuisine in a borough, and in the city', async () => {
    const queens = await ask('/cuisines/Pizza/top?borough=Queens');
    const city = await ask('/cuisines/Pizza/top');
    const scoresOf = ({ data }: typeof city) =>
      (data.best as { averageScore: number }[]).map(({ averageScore }) => averageScore);
    for (const scores of [scoresOf(queens), scoresOf(city)]) {
      expect(scores).toHaveLength(10);
      expect(scores).toEqual([...scores].sort((a, b) => a - b));
    }
    expect(scoresOf(city).at(-1)).toBeLessThan(scoresOf(queens).at(-1)!);
    expect((queens.data.best as { name: string }[])[0]).toMatchObject({ name: 'Pizza Hut', averageScore: 3 });
  });

  it('leaves errors of the application as they are', async () => {
    expect(await ask('/restaurants/1')).toMatchObject({
      status: 404,
      message: "There is no restaurant '1'.",
    });
    expect(await ask('/cuisines/Pizza/top?borough=Atlantis')).toMatchObject({ status: 400 });
  });

  it('lists on its first page what there is to try', async () => {
    const page = await (await fetch(url)).text();
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, path]) => path!);
    expect(links).toHaveLength(3);
    for (const link of links) expect(await ask(link)).toMatchObject({ status: 200 });
  });

  it('answers every request while Redis is killed, and goes back to it', { timeout: 120_000 }, async () => {
    const [other, urlOfOther] = await startApp();
    try {
      const paths = ids.slice(0, 150).map((id) => `/restaurants/${id}`);
      let answered = 0;
      let killed: Promise<void> | undefined;
      const answers = await someAtOnce(paths, async (path) => {
        const answer = await ask(path);
        if (++answered === 50) killed = redis.kill();
        return answer;
      });
      await killed;
      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
      // What one has loaded the other one finds without Redis: slower, and not loaded again.
      const again = await someAtOnce(paths, (path) => ask(path, urlOfOther));
      expect(again.map(({ data }) => data)).toEqual(answers.map(({ data }) => data));
      expect(new Set(again.map(({ from }) => from))).toEqual(new Set(['shared']));

      await redis.start();
      expect(await keys()).toBe(0);
      let next = 500;
      await vi.waitFor(
        async () => {
          expect(await ask(`/restaurants/${ids[next++]!}`)).toMatchObject({ status: 200 });
          expect(await keys()).toBeGreaterThan(0);
        },
        { timeout: 60_000, interval: 200 },
      );
    } finally {
      await stop(other);
    }
  });

  it(
    'starts and answers where there is no Redis, and ends when it is told to',
    { timeout: 120_000 },
    async () => {
      await redis.kill();
      const [other, urlOfOther] = await startApp();
      try {
        expect(await ask(`/restaurants/${ids[900]!}`, urlOfOther)).toMatchObject({ status: 200 });
        expect(await ask(`/restaurants/${ids[900]!}`, urlOfOther)).toMatchObject({ from: 'memory' });
      } finally {
        await stop(other);
        await redis.start();
      }
    },
  );

  it(
    'is a function of one file, which brings all that it needs but the AWS SDK',
    { timeout: PATIENCE_MS },
    async () => {
      await npm('synth');
      const { Resources } = JSON.parse(
        readFileSync(join(SAMPLE, 'cdk.out', 'Restaurants.template.json'), 'utf8'),
      ) as { Resources: Record<string, { Type: string }> };
      expect(Object.values(Resources).map(({ Type }) => Type)).toContain('AWS::Lambda::Function');

      // Where no other package can be found.
      const folder = mkdtempSync(join(tmpdir(), 'restaurants-function-'));
      try {
        copyFileSync(join(SAMPLE, 'dist', 'function', 'index.js'), join(folder, 'index.js'));
        mkdirSync(join(folder, 'node_modules'));
        symlinkSync(resolve('node_modules', '@aws-sdk'), join(folder, 'node_modules', '@aws-sdk'));
        const event = { rawPath: '/cuisines/Pizza/top', rawQueryString: 'borough=Queens' };
        const script = `
        const { handler } = require('./index.js');
        const event = ${JSON.stringify({ ...event, requestContext: { http: { method: 'GET' } } })};
        handler(event).then((answer) => process.stdout.write(JSON.stringify(answer), () => process.exit()));`;
        const env = { ...process.env, ...tables, DYNAMODB_ENDPOINT: dynamodbEndpoint, REDIS_URL: redis.url };
        const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder, env });
        const answer = JSON.parse(stdout) as { statusCode: number; body: string };
        expect(answer.statusCode).toBe(200);
        expect((JSON.parse(answer.body) as { data: { best: unknown[] } }).data.best).toHaveLength(10);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

async function someAtOnce<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const goOn = async () => {
    for (let i = next++; i < all.length; i = next++) results[i] = await act(all[i]!);
  };
  await Promise.all(Array.from({ length: 10 }, goOn));
  return results;
}

async function stop(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const end = once(app, 'exit');
  app.kill('SIGTERM');
  await end;
}

/** The address an application says it listens on. */
function urlOf(app: ChildProcess): Promise<string> {
  return new Promise((resolveUrl, reject) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+(?=, in )/.exec(said) ?? [];
      if (url) resolveUrl(url);
    };
    app.stdout?.on('data', listen);
    app.stderr?.on('data', listen);
    app.once('close', () => {
      reject(new Error(said));
    });
  });
}

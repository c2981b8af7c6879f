/** The sample as its users run it: compiled, in processes of its own, which start processes of their own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coldStartChart } from '../../sample/05-functions/src/demo/chart';
import { type Figures, figuresText } from '../../sample/05-functions/src/demo/figures';
import type { Round } from '../../sample/05-functions/src/rounds/round';
import { readRoundQuestion } from '../../sample/05-functions/src/rounds/round-question';
import { shortestOrder } from '../../sample/05-functions/src/rounds/shortest-order';

const SAMPLE = 'sample/05-functions';
const PATIENCE_MS = 300_000;

// The demo builds the sample, too. A shell, because npm is a script on Windows.
let story: string;
beforeAll(async () => {
  ({ stdout: story } = await promisify(execFile)(`npm run demo --workspace ${SAMPLE}`, { shell: true }));
}, PATIENCE_MS);

describe('the demo of the functions', () => {
  it('tells of cold starts, of one instance, of frozen ones, and of a table that is created anew', () => {
    const steps = ['COLD', 'MEMORY', 'FROZEN', 'FROZEN', 'DEAD', 'DEAD', 'REFRESH', 'RECREATE'];
    expect(story.match(/^[A-Z]{4,}(?= )/gm)).toEqual(steps);
    expect(story).toMatch(/^Every answer was right\.$/m);
  });

  it('tells that memory spares DynamoDB', () => {
    expect(story).toMatch(/100 requests and [\d.]+ read units out of the table/);
    expect(story).toMatch(/1 request and [\d.]+ read units with memory/);
  });

  it('tells that no question failed while there was no table', () => {
    expect(story).toMatch(/^RECREATE .* \d+ questions meanwhile, none failed,$/m);
  });
});

describe('the functions', () => {
  let server: ChildProcess;
  let said = '';
  let url: string;

  beforeAll(async () => {
    const { CACHE_TABLE: _table, DYNAMODB_ENDPOINT: _endpoint, ...env } = process.env;
    server = spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env: { ...env, PORT: '0' } });
    url = await new Promise((resolve, reject) => {
      server.stdout?.on('data', (text: Buffer) => {
        said += text.toString();
        const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
        if (found && said.includes('Ctrl+C')) resolve(found);
      });
      server.once('close', () => {
        reject(new Error(said));
      });
    });
  }, PATIENCE_MS);

  afterAll(async () => {
    const end = once(server, 'exit');
    server.kill('SIGTERM');
    await end;
  });

  async function ask(path: string) {
    const response = await fetch(`${url}${path}`);
    const { headers, status } = response;
    return {
      status,
      cache: headers.get('x-cache'),
      time: headers.get('x-time'),
      body: await response.json(),
    };
  }

  it('load on Lambda, hit in the memory of that instance, and on Vercel in the table', async () => {
    const first = await ask('/lambda/round?depot=Berlin&stops=Rome,Paris,Madrid');
    const second = await ask('/lambda/round?depot=Berlin&stops=Madrid,Paris,Rome');
    const third = await ask('/api/round?depot=Berlin&stops=Paris,Madrid,Rome');
    const fourth = await ask('/api/round?depot=Berlin&stops=Paris,Madrid,Rome');
    expect(first.cache).toMatch(/^miss, load \d+ ms, fill$/);
    expect([second.cache, third.cache, fourth.cache]).toEqual([
      'hit in memory',
      'hit in the table',
      'hit in memory',
    ]);
    for (const { body } of [second, third, fourth]) expect(body).toEqual(first.body);
    expect((first.body as Round).legs.map(({ to }) => to).sort()).toEqual([
      'Berlin',
      'Madrid',
      'Paris',
      'Rome',
    ]);
    expect([first, second, third, fourth].map(({ time }) => time?.includes('cold start'))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('answer many at once, each its own question', async () => {
    const depots = ['Lyon', 'Milan', 'Munich', 'Prague', 'Vienna'];
    const questions = depots.flatMap((depot) => [
      `/api/round?depot=${depot}`,
      `/lambda/round?depot=${depot}`,
    ]);
    const answers = await Promise.all(questions.map((question) => ask(`${question}&stops=Rome,Berlin`)));
    expect(answers.map(({ body }) => (body as Round).depot)).toEqual(
      depots.flatMap((depot) => [depot, depot]),
    );
  });

  it.each(['/lambda/round', '/api/round'])('say at %s what is wrong with a question', async (path) => {
    const { status, body } = await ask(`${path}?depot=Oz`);
    expect(status).toBe(400);
    expect(body).toEqual({ message: expect.stringContaining("'Oz' is none of Amsterdam") as string });
  });

  it('are called as the first lines say', async () => {
    const shown = [...said.matchAll(/curl -i '([^']+)'/g)].map(([, address]) => new URL(address!));
    expect(shown).toHaveLength(4);
    for (const { pathname, search } of shown) expect((await ask(pathname + search)).status).toBe(200);
  });

  it('are frozen when they have answered', async () => {
    await ask('/api/round?depot=Lyon&stops=Rome');
    const states = async () => {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,args=', '--ppid', String(server.pid)]);
      return stdout.split('\n').filter((line) => line.includes('-runtime.js'));
    };
    await expect.poll(states, { timeout: 10_000 }).not.toContainEqual(expect.not.stringMatching(/^T/));
    expect((await states()).length).toBeGreaterThanOrEqual(2);
  });
});

describe('the runtime of Lambda', () => {
  const lambda = async (module: string) => {
    // Compiled, because it starts processes of compiled programs.
    const { LambdaFunction } = (await import(
      resolve(SAMPLE, 'dist/runtime/lambda-function.js')
    )) as typeof import('../../sample/05-functions/src/runtime/lambda-function');
    // Nothing listens there.
    return new LambdaFunction({ module, env: { TRAFFIC_URL: 'http://127.0.0.1:1' }, isQuiet: true });
  };

  it('goes on with an instance whose function has thrown', async () => {
    const asked = await lambda('demo/uncached-lambda');
    try {
      const answers = [await asked.ask('depot=Lyon&stops=Rome'), await asked.ask('depot=Lyon&stops=Rome')];
      expect(answers.map(({ status }) => status)).toEqual([502, 502]);
      expect(answers.map(({ initMs }) => initMs === undefined)).toEqual([false, true]);
    } finally {
      await asked.close();
    }
  });

  it('says what kept a function from being loaded', async () => {
    const asked = await lambda('functions/no-such-function');
    await expect(asked.ask('depot=Lyon')).rejects.toThrow('no-such-function');
    await asked.close();
  });
});

describe('the domain', () => {
  // Every order of the stops, tried.
  const byHand = (minutes: number[][]): number => {
    const ways = (at: number, left: number[]): number =>
      left.length === 0
        ? minutes[at]![0]!
        : Math.min(
            ...left.map(
              (next) =>
                minutes[at]![next]! +
                ways(
                  next,
                  left.filter((each) => each !== next),
                ),
            ),
          );
    return ways(
      0,
      minutes.slice(1).map((_, i) => i + 1),
    );
  };

  it.each([2, 3, 4, 5, 6, 7, 8])('finds the best of all orders of %i places', (size) => {
    let seed = size;
    const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % 997;
    const minutes = Array.from({ length: size }, () => Array.from({ length: size }, random));
    const order = shortestOrder(minutes);
    const round = [0, ...order, 0];
    expect([...order].sort()).toEqual(Array.from({ length: size - 1 }, (_, i) => i + 1));
    expect(round.slice(1).reduce((sum, to, i) => sum + minutes[round[i]!]![to]!, 0)).toBe(byHand(minutes));
  });

  it('knows the same stops in another order, and twice, for the same question', () => {
    const read = (query: string) => readRoundQuestion(new URLSearchParams(query));
    expect(read('depot=Berlin&stops=Rome,Paris,Rome,Berlin')).toEqual(read('depot=Berlin&stops=Paris,Rome'));
    expect(read('depot=Berlin').stops).toHaveLength(16);
    expect(() => read('depot=Berlin&stops=Berlin')).toThrow('needs a stop');
  });
});

describe('figures.json', () => {
  const figures = JSON.parse(readFileSync(`${SAMPLE}/figures.json`, 'utf8')) as Figures;

  it('is what the README says', () => {
    const unwrapped = (text: string) => text.replace(/\s+/g, ' ').replace(/-{3,}/g, '---');
    expect(unwrapped(readFileSync(`${SAMPLE}/README.md`, 'utf8'))).toContain(unwrapped(figuresText(figures)));
  });

  it('is what the chart shows', () => {
    expect(readFileSync('docs/charts/functions-cold-start.svg', 'utf8')).toBe(coldStartChart(figures));
  });
});

/** The sample as its users run it: compiled, in processes of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SAMPLE = 'sample/01-quickstart';
const PATIENCE_MS = 120_000;

interface Report {
  cache: 'hit' | 'miss' | 'shared';
  time: string;
  data: Record<string, unknown>;
}

/** A shell, because npm is a script on Windows. */
function npm(command: string) {
  return promisify(execFile)(`npm run ${command} --workspace ${SAMPLE}`, { shell: true });
}

function startApp(port: number): ChildProcess {
  const { CACHE_TABLE: _table, DYNAMODB_ENDPOINT: _endpoint, ...env } = process.env;
  return spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env: { ...env, PORT: String(port) } });
}

async function stop(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const end = once(app, 'exit');
  app.kill('SIGTERM');
  await end;
}

/** What a process says until a pattern turns up, or until its end. */
function saysUntil(app: ChildProcess, pattern?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      if (pattern?.test(said)) resolve(said);
    };
    app.stdout?.on('data', listen);
    app.stderr?.on('data', listen);
    app.once('close', () => {
      resolve(said);
    });
  });
}

// The demo builds the sample, too.
let story: string;
beforeAll(async () => {
  ({ stdout: story } = await npm('demo'));
}, PATIENCE_MS);

describe('the demo of the quickstart', () => {
  it('tells of a miss, hits, an expiry, an outage and the way back', () => {
    const steps = ['MISS', 'HIT', 'CROWD', 'EXPIRY', 'OUTAGE', 'EMPTY', 'BACK'];
    expect(story.match(/^[A-Z]+\b(?= )/gm)?.filter((word) => steps.includes(word))).toEqual(steps);
    expect(story).toMatch(/^\d+ visits, none failed\./m);
  });

  it('says which DynamoDB it ran on', () => {
    expect(story).toMatch(/embedded DynamoDB \((dynoxide|dynamodb-local|dynalite)\)/);
  });
});

describe('the quickstart', () => {
  let app: ChildProcess;
  let url: string;

  beforeAll(async () => {
    app = startApp(0);
    const said = await saysUntil(app, /Ctrl\+C/);
    const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    expect(found, said).toBeDefined();
    url = found!;
  }, PATIENCE_MS);
  afterAll(() => stop(app));

  async function ask(path: string): Promise<Report> {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    const report = (await response.json()) as Report;
    expect(response.headers.get('x-cache')).toBe(report.cache);
    expect(response.headers.get('x-time')).toBe(report.time);
    return report;
  }

  it('answers from the data first and from DynamoDB then, with the same body', async () => {
    const first = await ask('/boroughs/Brooklyn');
    const second = await ask('/boroughs/Brooklyn');
    expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
    expect(second.data).toEqual(first.data);
    expect(first.data).toMatchObject({
      restaurants: 954,
      latestInspection: '2015-01-16',
      shareOfA: { 2014: expect.any(Number) },
    });
  });

  it('reads the data once for twenty visitors at once', async () => {
    const reports = await Promise.all(Array.from({ length: 20 }, () => ask('/boroughs/Bronx/top/Pizza')));
    expect(reports.filter(({ cache }) => cache === 'miss')).toHaveLength(1);
    for (const { data } of reports) expect(data).toEqual(reports[0]!.data);
  });

  it('tells visitors apart who ask for different things at once', async () => {
    const paths = ['/boroughs/Queens', '/boroughs/Bronx', '/inspections/latest'];
    const reports = await Promise.all([...paths, '/boroughs/Brooklyn'].map(ask));
    expect(reports.map(({ cache }) => cache)).toEqual(['miss', 'miss', 'miss', 'hit']);
  });

  it('leaves an error of the application as it is', async () => {
    const response = await fetch(`${url}/boroughs/Queens/top/Nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ message: "Nobody serves 'Nothing' in Queens." });
  });

  it('lists on its first page what there is to try', async () => {
    const page = await (await fetch(url)).text();
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, path]) => path!);
    expect(links).toHaveLength(3);
    for (const link of links) await ask(link);
  });
});

it('says so when its port is taken', { timeout: PATIENCE_MS }, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const app = startApp(port);
  const [said, [code]] = await Promise.all([saysUntil(app), once(app, 'exit')]);
  expect(said).toContain(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`);
  expect(code).toBe(1);
  other.close();
});

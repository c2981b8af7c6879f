/** The sample as its users run it: compiled, in processes of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SAMPLE = 'sample/06-observability';
const PATIENCE_MS = 120_000;

// The demo builds the sample, too. A shell, because npm is a script on Windows.
let story: string;
beforeAll(async () => {
  ({ stdout: story } = await promisify(execFile)(`npm run demo --workspace ${SAMPLE}`, { shell: true }));
}, PATIENCE_MS);

describe('the demo of the observability sample', () => {
  it('makes traffic, and finds what was seen in all three places', () => {
    const steps = ['TRAFFIC', 'PROMETHEUS', 'OTEL', 'HEALTH', 'OUTAGE', 'HEALTH'];
    expect(story.match(/^[A-Z]{4,}(?= )/gm)).toEqual(steps);
    expect(story).toMatch(/^All figures agree\.$/m);
  });

  it('tells of six loads, one of which failed, and of a cache that is degraded without DynamoDB', () => {
    expect(story).toMatch(/^PROMETHEUS .* 6 loads, one failed\.$/m);
    expect(story).toMatch(/^OTEL .* 6 spans of loads/m);
    expect(story).toMatch(/^HEALTH +200, the cache is degraded, its breaker open/m);
  });
});

describe('the observability sample', () => {
  let app: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const { CACHE_TABLE: _table, DYNAMODB_ENDPOINT: _endpoint, ...env } = process.env;
    app = spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env: { ...env, PORT: '0' } });
    url = await urlOf(app);
  }, PATIENCE_MS);

  afterAll(async () => {
    const end = once(app, 'exit');
    app.kill('SIGTERM');
    await end;
  });

  it('gives Prometheus what happened to each method', async () => {
    for (let visit = 0; visit < 3; visit++) await fetch(`${url}/stations/Zoo/lines`);
    await fetch(`${url}/stations/Zoo/delay/5`, { method: 'POST' });
    const response = await fetch(`${url}/metrics`);
    const samples = samplesOf(await response.text());

    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = 'method="StationService.lines"';
    expect(Object.fromEntries(samples)).toMatchObject({
      [`dynamo_cache_events_total{type="miss",${lines}}`]: 1,
      [`dynamo_cache_events_total{type="hit",${lines}}`]: 2,
      [`dynamo_cache_load_seconds_count{${lines},failed="false"}`]: 1,
      [`dynamo_cache_write_units{${lines}}`]: 1,
      [`dynamo_cache_loader_seconds_saved{${lines}}`]: expect.any(Number),
      'dynamo_cache_events_total{type="evict",method=""}': 1,
      dynamo_cache_breaker_open: 0,
    });
  });

  it('has no series of a single station or tag', async () => {
    await fetch(`${url}/stations/Zoo/delay/1`, { method: 'POST' });
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('Zoo');
  });

  it('says that its cache reaches DynamoDB', async () => {
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      details: { cache: { status: 'up', breaker: 'closed' } },
    });
  });
});

/** The address an application says it listens on. */
function urlOf(app: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url) resolve(url);
    };
    app.stdout?.on('data', listen);
    app.stderr?.on('data', listen);
    app.once('close', () => {
      reject(new Error(said));
    });
  });
}

/** The samples of Prometheus' text format; each is preceded by what its metric is called, means and is. */
function samplesOf(text: string): [series: string, value: number][] {
  expect(text.endsWith('\n')).toBe(true);
  const described = new Set<string>();
  return text.split('\n').flatMap((line): [string, number][] => {
    const [, ofType] = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (ofType) described.add(ofType);
    if (line === '' || line.startsWith('#')) return [];
    const [, series, name, value] =
      /^((\w+)(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})?) (-?[\d.e+-]+)$/.exec(line) ?? [];
    expect(series, line).toBeDefined();
    expect(described, line).toContain(name!.replace(/^(\w+_seconds)_(?:bucket|sum|count)$/, '$1'));
    return [[series!, Number(value)]];
  });
}

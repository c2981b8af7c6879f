import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { afterFile } from '../support/after-file';

interface Spread {
  median: number;
  low: number;
  high: number;
}

interface Side {
  hitsPerSecond: Spread;
  cpuMicros: Spread;
  latencyMs: Spread;
  hits: number;
  requests: number;
}

interface Ratio {
  ofMedians: number;
  low: number;
  high: number;
}

interface Comparison {
  cache: Side;
  sdk: Side;
  ratio: Record<'hitsPerSecond' | 'cpuMicros' | 'latencyMs', Ratio>;
}

interface Calls {
  calls: Record<string, { ns: Spread; calls: number; loads: number; reads: number }>;
}

interface Spent {
  requests: number;
  readUnits: number;
  writeUnits: number;
  bytes: number;
}

interface Cost {
  values: Record<
    string,
    {
      operations: Record<
        string,
        { cache: Spent & { estimate: Pick<Spent, 'readUnits' | 'writeUnits'> }; bare?: Spent }
      >;
    }
  >;
}

interface Compress {
  values: Record<
    string,
    {
      jsonBytes: number;
      compressed: Record<string, Pick<Spent, 'bytes' | 'readUnits' | 'writeUnits'> & { zipMicros: Spread }>;
    }
  >;
}

interface Memory {
  values: Record<string, { hits: Record<string, { isIsolated: boolean; ns: Spread }> }>;
}

interface Imports {
  imports: Record<string, { ms: Spread; cpuMs: Spread; isSdkLoaded: boolean }>;
}

interface Hits {
  servers: Record<string, Record<string, Comparison>>;
}

interface Http {
  platforms: Record<
    string,
    {
      handlers: Record<
        string,
        {
          sides: Record<
            string,
            { requestsPerSecond: Spread; cpuMicros: Spread; requests: number; handlerCalls: number }
          >;
          ratio: Record<
            'toUncached' | 'toCacheManager' | 'asJsonToCacheManager',
            Record<'requestsPerSecond' | 'cpuMicros', Ratio>
          >;
        }
      >;
      cold: Record<string, { handlerCalls: Spread; requests: number }>;
    }
  >;
}

const run = promisify(execFile);
const root = join(__dirname, '../..');

// A run of seconds; the limit leaves room for a machine that does ten other things.
const PATIENCE_MS = 180_000;

async function bench(script: string, ...flags: string[]): Promise<void> {
  // The figures are the package's, so the quickest engine will do, whichever one the suite runs on.
  const env = { ...process.env, DYNAMODB_ENGINE: '' };
  await run(process.execPath, [join(root, 'bench', script), ...flags], {
    cwd: root,
    env,
    timeout: PATIENCE_MS,
  });
}

describe('npm run bench', () => {
  let calls: Calls;
  let hits: Hits;
  let cost: Cost;
  let compress: Compress;
  let memory: Memory;
  let imports: Imports;
  let http: Http;
  let tables: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    afterFile(() => rm(folder, { recursive: true, force: true }));
    await bench('run.mjs', '--quick', '--out', folder);
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    calls = JSON.parse(await read('calls.json'));
    hits = JSON.parse(await read('hits.json'));
    cost = JSON.parse(await read('cost.json'));
    compress = JSON.parse(await read('compress.json'));
    memory = JSON.parse(await read('memory.json'));
    imports = JSON.parse(await read('imports.json'));
    http = JSON.parse(await read('http.json'));
    tables = await read('tables.md');
  }, PATIENCE_MS);

  it('says on which machine, how and when each figure was measured', () => {
    for (const results of [calls, hits, cost, compress, memory, imports, http]) {
      expect(results).toMatchObject({
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        machine: {
          cpu: expect.any(String),
          cores: expect.any(Number),
          loadAverage: expect.any(Number),
          loadAverageAfter: expect.any(Number),
          node: process.version,
          commit: expect.any(String),
          versions: { 'nestjs-dynamo-cache': expect.any(String) },
        },
        method: expect.any(String),
        rounds: expect.any(Number),
        quick: true,
      });
    }
  });

  it('has a median between the quarters of every figure', () => {
    const spreads = [
      ...Object.values(calls.calls).map(({ ns }) => ns),
      ...Object.values(compress.values).flatMap(({ compressed }) =>
        Object.values(compressed).map(({ zipMicros }) => zipMicros),
      ),
      ...Object.values(memory.values).flatMap(({ hits }) => Object.values(hits).map(({ ns }) => ns)),
      ...Object.values(imports.imports).flatMap(({ ms, cpuMs }) => [ms, cpuMs]),
      ...comparisons().flatMap(({ cache, sdk }) =>
        [cache, sdk].flatMap(({ hitsPerSecond, cpuMicros, latencyMs }) => [
          hitsPerSecond,
          cpuMicros,
          latencyMs,
        ]),
      ),
    ];
    for (const { median, low, high } of spreads) {
      expect(low).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(median);
    }
  });

  it('gives the ratio of the medians that it reports', () => {
    for (const { cache, sdk, ratio } of comparisons()) {
      expect(ratio.cpuMicros.ofMedians).toBeCloseTo(cache.cpuMicros.median / sdk.cpuMicros.median, 1);
      expect(ratio.latencyMs.ofMedians / (cache.latencyMs.median / sdk.latencyMs.median)).toBeCloseTo(1, 1);
    }
  });

  it.each([
    '@DynamoCacheable, hit in a request scope',
    '@DynamoCacheable, hit in a request scope, 1 KB',
    'memoize, hit in a scope',
  ])('measures calls that reach neither loader nor store: %s', (name) => {
    expect(calls.calls[name]).toMatchObject({ calls: expect.any(Number), loads: 0, reads: 0 });
  });

  it('measures hits in the store that load nothing', () => {
    const oneByOne = calls.calls['getOrLoad, hit in the store, one by one']!;
    const together = calls.calls['getOrLoad, hit in the store, 100 at once']!;
    expect(oneByOne).toMatchObject({ loads: 0, reads: oneByOne.calls });
    expect(together).toMatchObject({ loads: 0, reads: together.calls / 100 });
  });

  it('measures one load for a hundred callers', () => {
    const { loads, calls: made } = calls.calls['@DynamoCacheable, 100 callers share one load']!;
    expect(loads).toBe(made / 100);
  });

  it('measures against an engine and against a server that answers at once', () => {
    expect(Object.keys(hits.servers)).toHaveLength(2);
    expect(hits.servers).toHaveProperty('instant server');
  });

  it('sends one request a hit for a lone caller, and fewer than the SDK for fifty', () => {
    for (const conditions of Object.values(hits.servers)) {
      const lone = conditions['1 caller']!;
      expect(lone.cache.requests).toBe(lone.cache.hits);
      for (const condition of ['50 callers', '50 callers, out of step']) {
        const { cache, sdk } = conditions[condition]!;
        expect(cache.hits).toBe(sdk.hits);
        expect(sdk.requests).toBe(sdk.hits);
        expect(cache.requests).toBeLessThan(sdk.requests);
      }
    }
  });

  it('asks ten times for a thousand keys at once, and once more where the stamps have to be read', () => {
    for (const conditions of Object.values(hits.servers)) {
      const { cache, sdk } = conditions['1,000 keys at once']!;
      expect(sdk.requests).toBe(sdk.hits);
      expect(cache.requests / (cache.hits / 1_000)).toBeGreaterThanOrEqual(10);
      expect(cache.requests / (cache.hits / 1_000)).toBeLessThanOrEqual(11);
    }
  });

  it('measures hits in memory with copies and without', () => {
    for (const { hits: inMemory } of Object.values(memory.values)) {
      expect(inMemory).toMatchObject({
        '@DynamoCacheable': { isIsolated: true },
        '@DynamoCacheable, isolate: false': { isIsolated: false },
      });
    }
  });

  it('imports the package without the AWS SDK', () => {
    const loaded = Object.entries(imports.imports).filter(([, { isSdkLoaded }]) => isSdkLoaded);
    expect(loaded.map(([name]) => name)).toEqual(['@aws-sdk/client-dynamodb']);
  });

  const costOf = (operation: string, size = '1 KB') => cost.values[size]!.operations[operation]!;

  it('measures what operations cost: a hit half a unit, compressed where that saves some, and nothing when the request has read it', () => {
    for (const size of ['1 KB', '10 KB']) {
      const { cache } = costOf('hit', size);
      expect([cache.requests, cache.readUnits, cache.writeUnits]).toEqual([1, 0.5, 0]);
      expect(costOf('hit, again in the same request', size).cache.requests).toBe(0);
    }
    expect([costOf('hit').bare?.readUnits, costOf('hit', '10 KB').bare?.readUnits]).toEqual([0.5, 1.5]);
    expect(costOf('hit, with 3 tags').cache.readUnits).toBe(2);
    expect(costOf('eviction of a tag').cache).toMatchObject({ requests: 1, readUnits: 0, writeUnits: 1 });
    expect(costOf('100 hits at once').cache).toMatchObject({ requests: 1, readUnits: 50 });
  });

  it('measures a list of 10 KB that deflate makes small enough for three write units and half a read unit', () => {
    const { jsonBytes, compressed } = compress.values['10 KB']!;
    expect(jsonBytes).toBeGreaterThan(10_000);
    expect(compressed['deflate 6']).toMatchObject({ writeUnits: 3, readUnits: 0.5 });
  });

  it('measures routes: each request of the uncached one reaches its handler, none of the cached ones does', () => {
    for (const { handlers, cold } of Object.values(http.platforms)) {
      for (const { sides, ratio } of Object.values(handlers)) {
        const { uncached, ...caches } = sides;
        expect(uncached!.handlerCalls).toBeGreaterThanOrEqual(uncached!.requests);
        expect(Object.values(caches).map(({ handlerCalls }) => handlerCalls)).toEqual([0, 0, 0, 0]);
        const [, theirs, asValues, asJson] = Object.values(caches).map(({ cpuMicros }) => cpuMicros.median);
        expect(ratio.toCacheManager.cpuMicros.ofMedians).toBeCloseTo(asValues! / theirs!, 1);
        expect(ratio.asJsonToCacheManager.cpuMicros.ofMedians).toBeCloseTo(asJson! / theirs!, 1);
      }
      expect(cold['nestjs-dynamo-cache']).toMatchObject({ handlerCalls: { low: 1, high: 1 }, requests: 200 });
    }
  });

  it('draws a table for each server and each call', () => {
    const operations = Object.keys(cost.values['1 KB']!.operations);
    for (const name of [
      ...Object.keys(hits.servers),
      ...Object.keys(http.platforms),
      ...Object.keys(calls.calls),
      ...operations,
    ])
      expect(tables).toContain(name);
  });

  const comparisons = () => Object.values(hits.servers).flatMap((conditions) => Object.values(conditions));
});

it('the tables in findings.md are those of the committed results', async () => {
  await expect(bench('report.mjs', '--check')).resolves.toBeUndefined();
});

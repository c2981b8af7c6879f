// A wrong option fails at start-up, through every way of giving options, and the message says what to write instead.
import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { Keyv } from 'keyv';
import { describe, expect, it } from 'vitest';
import {
  DynamoCacheError,
  DynamoCacheModule,
  type DynamoCacheOptions,
  InvalidOptionsError,
  createDynamoCache,
} from '../../lib';
import { Log, rejectionOf, startModule, started } from './application';

const refused: [problem: string, options: Record<string, unknown>, message: string | RegExp][] = [
  [
    'a ttl in no unit',
    { ttl: '10 parsecs' },
    /^ttl: "10 parsecs" is not a duration: write milliseconds above zero \(600000\) or a text with a unit \('10m'\)$/,
  ],
  ['a ttl without a unit', { ttl: '10' }, /^ttl: "10" is not a duration/],
  ['a ttl of zero', { ttl: 0 }, /^ttl: 0 is not a duration: write milliseconds above zero/],
  ['a negative ttl', { ttl: -1 }, /^ttl: -1 is not a duration/],
  ['a ttl of NaN', { ttl: Number.NaN }, /^ttl: NaN is not a duration/],
  ['an infinite ttl', { ttl: Number.POSITIVE_INFINITY }, /^ttl: Infinity is not a duration/],
  ['a ttl that is a Date', { ttl: new Date() }, /^ttl: .* is not a duration/],
  [
    'a ttl above maxTtl',
    { ttl: '2d', maxTtl: '1d' },
    'ttl: is longer than maxTtl: shorten it, or raise maxTtl',
  ],
  ['the default ttl above maxTtl', { maxTtl: '1m' }, 'shorten it, or raise maxTtl'],
  ['a timeout of zero', { timeout: 0 }, /^timeout: 0 is not a duration/],
  ['a drainTimeout that is no text', { drainTimeout: true }, /^drainTimeout: a boolean is not a duration/],
  [
    'an unknown option',
    { expires: '1m' },
    /^expires: there is no such option; the options are table, client, .*isGlobal/,
  ],
  ['a mistyped option', { tabel: 'cache' }, 'tabel: there is no such option; did you mean "table"?'],
  ['an option in other case', { nameSpace: 'shop' }, 'did you mean "namespace"?'],
  ['an option between two others', { maxTll: '1d' }, 'did you mean "maxTtl"?'],
  ['a mistyped extra', { isGlobl: true }, 'did you mean "isGlobal"?'],
  [
    'a mistyped option of the breaker',
    { breaker: { failure: 5 } },
    'breaker.failure: there is no such option; did you mean "failures"?',
  ],
  [
    'a mistyped attribute of the layout',
    { layout: { sortkey: 'sk' } },
    'layout.sortkey: there is no such option; did you mean "sortKey"?',
  ],
  [
    'a breaker that is a number',
    { breaker: 5 },
    "breaker: is no object: write { failures: 5, cooldown: '10s' }",
  ],
  [
    'a breaker that never opens',
    { breaker: { failures: 0 } },
    'breaker.failures: write a whole number, 1 or more',
  ],
  [
    'a breaker after half a failure',
    { breaker: { failures: 1.5 } },
    'breaker.failures: write a whole number, 1 or more',
  ],
  ['a breaker without a cool-down', { breaker: { cooldown: 0 } }, /^breaker.cooldown: 0 is not a duration/],
  ['a namespace with #', { namespace: 'shop#1' }, 'namespace: "shop#1" has "#"'],
  ['a namespace with #, by what it should be', { namespace: 'shop#1' }, 'write for example "shop-1"'],
  ['an empty namespace', { namespace: '' }, 'namespace: is empty; write a short name, or leave it out'],
  ['a namespace that is a number', { namespace: 7 }, 'namespace: is number; write a string'],
  ['a version with @', { version: 'v@2' }, 'write for example "v-2"'],
  [
    'a table name with a space',
    { table: 'my cache' },
    /^table: .*"my cache" is not a table name: write 3 to 255 letters/,
  ],
  ['a layout with one name twice', { layout: { value: 'pk' } }, 'layout.value: "pk" names another attribute'],
  ['a layout with a fixed name', { layout: { ttl: 'end' } }, 'the fixed ones are'],
  [
    'a layout with an empty name',
    { layout: { partitionKey: '' } },
    'layout.partitionKey: write the name of an attribute',
  ],
  [
    'a layout that is a text',
    { layout: 'pk' },
    "layout: there is no such preset; the presets are 'pk/sk/ttl', 'id/cached_value/expires_at', 'key/value/ttl'",
  ],
  ['a layout that is a list', { layout: ['pk'] }, 'layout: is no object: write { partitionKey'],
  ['a preset that is none', { layout: { preset: 'pk' } }, 'layout.preset: there is no such preset'],
  ['a codec that is none', { codec: 'xml' }, "codec: there is no such codec: write 'json', or leave it out"],
  ['classes in JSON', { codec: 'json', types: [Date] }, 'types: JSON keeps no classes'],
  ['a flag that is a text', { createTable: 'yes' }, 'createTable: write true or false'],
  ['a requestScope that is a number', { requestScope: 1 }, 'requestScope: write true or false'],
  ['a consistentRead that is null', { consistentRead: null }, 'consistentRead: write true or false'],
  [
    'a client that is a region',
    { client: 'eu-central-1' },
    "client: is no object: write a DynamoDBClient or its configuration, such as { region: 'eu-central-1' }",
  ],
  ['a client that is null', { client: null }, 'client: is no object: write a DynamoDBClient'],
  ['types that are one class', { types: Date }, 'types: is no list of classes: write types: [User]'],
  [
    'a logger that is switched off',
    { logger: false },
    "logger: is no object with the methods warn and error: write Nest's Logger or console",
  ],
  [
    'a clock that only ticks',
    { clock: { now: () => 0 } },
    'clock: is no object with the methods now and monotonic',
  ],
  [
    'a version with @ under a namespace function',
    { namespace: () => 'shop', version: '@' },
    'version: "@" has',
  ],
  ['a namespace that is null', { namespace: null }, 'namespace: is object; write a string'],
  [
    'a staleWhileRevalidate without a unit',
    { staleWhileRevalidate: '5' },
    /^staleWhileRevalidate: "5" is not a duration: write .*'10m'/,
  ],
  ['a staleIfError that is a flag', { staleIfError: true }, /^staleIfError: a boolean is not a duration/],
  ['a staleIfError that is null', { staleIfError: null }, /^staleIfError: null is not a duration/],
  [
    'a staleIfError for errors of no time',
    { staleIfError: { when: () => true } },
    /^staleIfError\.for: undefined is not a duration/,
  ],
  [
    'a mistyped option of staleIfError',
    { staleIfError: { for: '1h', wen: () => true } },
    'staleIfError.wen: there is no such option; did you mean "when"?',
  ],
  [
    'a staleIfError for a class of errors',
    { staleIfError: { for: '1h', when: 'TypeError' } },
    'staleIfError.when: is no function: write when: (error) =>',
  ],
  [
    'a refreshAhead in percent',
    { refreshAhead: 80 },
    'refreshAhead: 80 is no share of a life: write a number between 0 and 1',
  ],
  ['a refreshAhead of less than nothing', { refreshAhead: -0.1 }, 'refreshAhead: -0.1 is no share of a life'],
  ['a refreshAhead that is a text', { refreshAhead: '0.8' }, 'refreshAhead: 0.8 is no share of a life'],
  [
    'a jitter of a whole life',
    { jitter: 1 },
    'jitter: 1 is no share of a life: write a number between 0 and 1',
  ],
  ['a jitter that is a duration', { jitter: '10s' }, 'jitter: 10s is no share of a life'],
  ['a lease of no length', { lease: 0 }, /^lease: 0 is not a duration/],
  ['a lease that is a word', { lease: 'yes' }, /^lease: "yes" is not a duration/],
  ['a lease that is null', { lease: null }, /^lease: null is not a duration/],
  [
    'a loaderTimeout that is a duration',
    { loaderTimeout: '5s' },
    "loaderTimeout: is no object: write { soft: '1s', hard: '10s' }",
  ],
  [
    'a mistyped option of loaderTimeout',
    { loaderTimeout: { sof: '1s' } },
    'loaderTimeout.sof: there is no such option; did you mean "soft"?',
  ],
  ['a soft timeout of zero', { loaderTimeout: { soft: 0 } }, /^loaderTimeout.soft: 0 is not a duration/],
  ['a hard timeout in no unit', { loaderTimeout: { hard: '10' } }, /^loaderTimeout.hard: "10" is not a/],
  [
    'a soft timeout behind the hard one',
    { loaderTimeout: { soft: '10s', hard: '10s' } },
    'loaderTimeout.soft: is not shorter than hard: shorten it, or leave it out',
  ],
  ['a strict that is a text', { strict: 'yes' }, 'strict: write true or false'],
  ['a memory that is a number', { memory: 1000 }, "memory: is no object: write { max: 1000, ttl: '5s' }"],
  ['a memory that is null', { memory: null }, 'memory: is no object'],
  ['a mistyped option of memory', { memory: { maxbytes: 1 } }, 'did you mean "maxBytes"?'],
  ['a memory for nothing', { memory: { max: 0 } }, 'memory.max: write a whole number, 1 or more'],
  ['a memory of half a byte', { memory: { maxBytes: 0.5 } }, 'memory.maxBytes: write a whole number'],
  ['a memory for no time', { memory: { ttl: 0 } }, /^memory.ttl: 0 is not a duration/],
  ['a memory that isolates somehow', { memory: { isolate: 'no' } }, 'memory.isolate: write true or false'],
  [
    'tiers that are one store',
    { tiers: new Keyv() },
    'tiers: is no list of Keyv stores: write tiers: [new Keyv(…)]',
  ],
  [
    'a tier that is a URL',
    { tiers: ['redis://localhost'] },
    "tiers[0]: is no object: write new Keyv(…), or { keyv: new Keyv(…), ttl: '30s' }",
  ],
  ['a tier that is not there', { tiers: [new Keyv(), undefined] }, 'tiers[1]: is no object: write new Keyv'],
  [
    'a tier that is no store',
    { tiers: [{ ttl: '1s' }] },
    'tiers[0]: is no object with the methods get and set and delete: write new Keyv(…)',
  ],
  [
    'a tier around no store',
    { tiers: [{ keyv: {} }] },
    'tiers[0]: is no object with the methods get and set and delete: write new Keyv(…)',
  ],
  ['a trackCapacity that is a text', { trackCapacity: 'TOTAL' }, 'trackCapacity: write true or false'],
  [
    'tiers that are never asked',
    { tiers: [new Keyv()], consistentRead: true },
    'tiers: are never asked with consistentRead: true',
  ],
  [
    'a mistyped option of a tier',
    { tiers: [{ keyv: new Keyv(), tll: '1s' }] },
    'tiers[0].tll: there is no such option; did you mean "ttl"?',
  ],
  [
    'a tier that keeps nothing',
    { tiers: [new Keyv(), { keyv: new Keyv(), ttl: 0 }] },
    /^tiers\[1\]\.ttl: 0 is not a duration/,
  ],
  [
    'a tier without patience',
    { tiers: [{ keyv: new Keyv(), timeout: 0 }] },
    /^tiers\[0\]\.timeout: 0 is not a duration/,
  ],
  [
    'tiers that leave the table no time',
    { tiers: [new Keyv(), { keyv: new Keyv(), timeout: '200ms' }], timeout: '300ms' },
    'tiers: may take 300 ms, which leaves the table nothing of a timeout of 300 ms: shorten "timeout" of the tiers',
  ],
  [
    'a waitUntil that is a promise',
    { waitUntil: Promise.resolve() },
    'waitUntil: is no function: write waitUntil: (work) => context.waitUntil(work)',
  ],
];

describe.each(refused)('refuses %s', (_, options, message) => {
  it('given to forRoot', async () => {
    const error = await rejectionOf(startWith(options));
    expect(error).toBeInstanceOf(DynamoCacheError);
    expect(error.message).toMatch(message);
  });
});

describe('refuses a wrong option', () => {
  it('given to forRootAsync', async () => {
    const cache = DynamoCacheModule.forRootAsync({ useFactory: () => ({ ttl: 0 }) });
    const error = await rejectionOf(Test.createTestingModule({ imports: [cache] }).compile());
    expect(error.message).toContain('ttl: 0 is not a duration');
  });

  it('given to createDynamoCache, which does not know isGlobal', () => {
    expect(() => createDynamoCache({ ttl: 0 })).toThrow('ttl: 0 is not a duration');
    expect(() => createDynamoCache(7 as never)).toThrow(
      "options: is no object: write { table: 'cache-prod', ttl: '10m' }",
    );
    expect(() => createDynamoCache({ isGlobal: true } as never)).toThrow('there is no such option');
  });

  it('isGlobal that is no flag', () => {
    expect(() => DynamoCacheModule.forRoot({ isGlobal: 'yes' as never })).toThrow(
      'isGlobal: write true or false',
    );
  });
});

describe('refuses, in forRootAsync,', () => {
  const refusal = (useFactory: () => unknown) =>
    rejectionOf(
      Test.createTestingModule({
        imports: [DynamoCacheModule.forRootAsync({ useFactory: useFactory as () => DynamoCacheOptions })],
      }).compile(),
    );

  it.each([undefined, null])('a factory that returns %o', async (nothing) => {
    const error = await refusal(() => nothing);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error.message).toBe(
      "forRootAsync: the factory returned no options: write useFactory: () => ({ table: 'cache-prod' })",
    );
  });

  it('a factory that returns isGlobal', async () => {
    const error = await refusal(() => ({ isGlobal: true }));
    expect(error.message).toContain('isGlobal: write it beside useFactory');
  });

  it('nothing to get options from', () => {
    expect(() => DynamoCacheModule.forRootAsync({})).toThrow('write useFactory, useClass or useExisting');
  });

  it('the error of the factory itself, unchanged', async () => {
    const own = new Error('no configuration');
    expect(await refusal(() => Promise.reject(own))).toBe(own);
  });
});

describe('accepts', () => {
  it.each<[string, DynamoCacheOptions]>([
    ['nothing', {}],
    ['undefined for what is left out', { ttl: undefined, client: undefined, layout: undefined } as never],
    ['durations in every form', { ttl: '1.5h', maxTtl: '2 d', timeout: 250, drainTimeout: '1s' }],
    ['an ARN', { table: 'arn:aws:dynamodb:eu-central-1:123456789012:table/cache-prod' }],
    ['console', { logger: console }],
    ['shares of a life', { refreshAhead: 0.8, jitter: 0.1 }],
    ['stale times', { staleWhileRevalidate: '5m', staleIfError: '90d' }],
    ['a stale time for some errors', { staleIfError: { for: '1h', when: () => false } }],
    ['what is switched off by 0', { staleWhileRevalidate: 0, staleIfError: 0, refreshAhead: 0, jitter: 0 }],
    [
      'what is switched off by false',
      { staleWhileRevalidate: false, staleIfError: false, refreshAhead: false, jitter: false },
    ],
    ['leases', { lease: '1s' }],
    ['no lease', { lease: false }],
    ['one timeout of the two', { loaderTimeout: { soft: '1s' } }],
    ['memory by default', { memory: true }],
    ['memory', { memory: { max: 10, maxBytes: 1_000, ttl: '1s', isolate: false } }],
    ['no memory', { memory: false }],
    ['tiers in both forms', { tiers: [new Keyv(), { keyv: new Keyv(), ttl: '1m', timeout: '50ms' }] }],
    ['no tiers', { tiers: [] }],
    ['waitUntil', { waitUntil: (work) => void work }],
    ['a namespace that is asked for, and only then', { namespace: () => '#' }],
  ])('%s', async (_, options) => {
    await expect(startWith(options)).resolves.toBeDefined();
  });
});

it('a ttl that looks like seconds is warned about', async () => {
  const logger = new Log();
  await startModule({ options: { ttl: 600, logger } });
  expect(logger.warnings).toEqual(["A ttl of 600 is 600 milliseconds. If seconds are meant, write '600s'."]);
});

it('a ttl that looks like seconds is warned about once where the table is real, too', async () => {
  const logger = new Log();
  const imports = [DynamoCacheModule.forRoot({ ttl: 600, logger })];
  await started(Test.createTestingModule({ imports }));
  expect(logger.warnings).toHaveLength(1);
});

function startWith(options: object) {
  return startModule({ options: options });
}

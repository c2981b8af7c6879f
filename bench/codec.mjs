/**
 * The value codec beside what else could turn a value into bytes: speed, size, and which of promise P2's values each
 * gives back. `npm run build && node bench/codec.mjs` writes bench/results/codec.json and the tables in findings.md.
 *
 * msgpackr is compared when it is there (`npm i --no-save msgpackr`): the platform binaries it may bring break `npm ci`,
 * so it is no dependency.
 *
 * All candidates run in one process, interleaved in a seeded order that changes every round; figures are medians over
 * the rounds, the spread is the middle half. Text formats are measured to and from UTF-8 bytes, as a table stores them.
 */
import assert from 'node:assert';
import { cpus } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import v8 from 'node:v8';
import * as devalue from 'devalue';
import SuperJSON from 'superjson';
import { loadModule } from './lib/module.mjs';

const { createCodec } = await loadModule('codec/value-codec');

const ROUNDS = 25;
const SEED = 7;
const SLICE_MS = 8;

class User {
  constructor(name) {
    this.name = name;
  }
}

const ours = createCodec({ types: [User] });
const packr = await import('msgpackr').then(
  ({ Packr }) => new Packr({ structuredClone: true, moreTypes: true }),
  () => undefined,
);
const bytesOf = (text) => Buffer.from(text, 'utf8');
const textOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const candidates = {
  ours: { encode: (value) => ours.encode(value), decode: (bytes) => ours.decode(bytes) },
  JSON: { encode: (value) => bytesOf(JSON.stringify(value)), decode: (bytes) => JSON.parse(textOf(bytes)) },
  'node:v8': { encode: (value) => v8.serialize(value), decode: (bytes) => v8.deserialize(bytes) },
  ...(packr && {
    msgpackr: { encode: (value) => Buffer.from(packr.pack(value)), decode: (bytes) => packr.unpack(bytes) },
  }),
  devalue: {
    encode: (value) => bytesOf(devalue.stringify(value)),
    decode: (bytes) => devalue.parse(textOf(bytes)),
  },
  superjson: {
    encode: (v) => bytesOf(SuperJSON.stringify(v)),
    decode: (bytes) => SuperJSON.parse(textOf(bytes)),
  },
};

const restaurant = (i, at) => ({
  id: `a3f1c2d4-0000-4000-8000-${String(i).padStart(12, '0')}`,
  name: `Restaurant ${i}`,
  rating: (i % 5) + 0.5,
  open: i % 2 === 0,
  tags: ['italian', 'pizza'],
  address: { street: `${i} Main Street`, city: 'Springfield', zip: String(10_000 + i) },
  note: null,
  reviews: i * 3,
  ...at,
});
const dated = (i) =>
  restaurant(i, { createdAt: new Date(1.7e12 + i * 1e6), updatedAt: new Date(1.71e12 + i * 1e6) });
const list = (length, make) => Array.from({ length }, (_, i) => make(i));

const payloads = {
  'small object': { id: 7, name: 'Ada', active: true },
  '1 KB record': {
    ...restaurant(1),
    items: list(12, (i) => ({ sku: `sku-${i}`, quantity: i, price: i * 1.25, label: `Item number ${i}` })),
  },
  '10 KB list': list(45, (i) => restaurant(i)),
  '10 KB list with Dates': list(35, dated),
  '100 KB list with Dates': list(350, dated),
  '50 KB Buffer in an object': { name: 'photo.jpg', type: 'image/jpeg', body: Buffer.alloc(51_200, 0xa7) },
};

function random(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** User CPU time of one call: wall time would count the neighbours of a shared machine too. */
function timeOf(call, calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / calls;
}

function callsPerSlice(call) {
  for (let calls = 8; ; calls *= 2) if (timeOf(call, calls) * calls > SLICE_MS * 1e6) return calls;
}

function quantile(sorted, q) {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]);
}

function canRoundTrip({ encode, decode }, value) {
  try {
    decode(encode(value));
    return true;
  } catch {
    return false;
  }
}

function measureSpeed(value) {
  const nextRandom = random(SEED);
  const able = Object.entries(candidates).filter(([, codec]) => canRoundTrip(codec, value));
  const runs = able.flatMap(([name, { encode, decode }]) => {
    const bytes = encode(value);
    return [
      { name, what: 'encodeNs', call: () => encode(value), times: [] },
      { name, what: 'decodeNs', call: () => decode(bytes), times: [] },
    ];
  });
  for (const run of runs) run.calls = callsPerSlice(run.call);
  for (let round = 0; round < ROUNDS; round++) {
    const order = runs.map((run) => [nextRandom(), run]).sort(([a], [b]) => a - b);
    for (const [, run] of order) run.times.push(timeOf(run.call, run.calls));
  }
  const result = {};
  for (const { name, what, times } of runs) {
    times.sort((a, b) => a - b);
    result[name] ??= { bytes: candidates[name].encode(value).length };
    result[name][what] = {
      median: quantile(times, 0.5),
      low: quantile(times, 0.25),
      high: quantile(times, 0.75),
    };
  }
  return result;
}

const cyclic = { name: 'root' };
cyclic.self = cyclic;
const leaf = { x: 1 };
const sparse = [1];
sparse[3] = undefined;
const ownProto = JSON.parse('{"__proto__":{"a":1},"b":2}');
const hiddenStack = (error) => Object.defineProperty(error, 'stack', { value: 'stack', enumerable: false });

const kept = {
  undefined: { a: undefined, b: [undefined] },
  'NaN, Infinity': [NaN, Infinity, -Infinity],
  '-0': [-0],
  BigInt: [1n, 2n ** 200n],
  'lone surrogates': ['a\ud800'],
  Date: new Date(5),
  RegExp: [/a/gi],
  'RegExp lastIndex': Object.assign(/a/g, { lastIndex: 3 }),
  Map: new Map([[{ a: 1 }, [1]]]),
  Set: new Set([1, '1']),
  'sparse array': sparse,
  'array with properties': Object.assign([1], { extra: 2 }),
  'null prototype': Object.assign(Object.create(null), { a: 1 }),
  'own __proto__ key': ownProto,
  'key order': { b: 1, a: 2, 1: 3 },
  Buffer: Buffer.from('abc'),
  Uint8Array: Uint8Array.of(1, 2),
  Float64Array: Float64Array.of(0.5, -0),
  BigInt64Array: BigInt64Array.of(1n),
  DataView: new DataView(Uint8Array.of(1, 2, 3).buffer, 1),
  ArrayBuffer: Uint8Array.of(1, 2).buffer,
  'TypeError, cause': hiddenStack(new TypeError('m', { cause: { a: 1 } })),
  'error properties': Object.assign(hiddenStack(new Error('m')), { code: 'E_CODE' }),
  AggregateError: hiddenStack(new AggregateError([hiddenStack(new Error('inner'))], 'm')),
  'boxed primitives': [Object(1), Object('s'), Object(false), Object(1n)],
  'cyclic graph': cyclic,
  'shared references': [leaf, leaf],
  'named class': new User('Ada'),
};
const refused = {
  'refuses a function': { f: () => 1 },
  'refuses a symbol key': { [Symbol('s')]: 1 },
  'refuses an unnamed class': { u: new (class Order {})() },
  'refuses a Proxy': { p: new Proxy({}, {}) },
};

function isKept({ encode, decode }, name) {
  const value = kept[name];
  try {
    const copy = decode(encode(value));
    assert.deepStrictEqual(copy, value);
    if (Array.isArray(value)) assert.deepStrictEqual(Object.keys(copy), Object.keys(value));
    if (name === 'key order') assert.deepStrictEqual(Object.keys(copy), Object.keys(value));
    if (name === 'Buffer' || name === 'Uint8Array') assert.strictEqual(copy.constructor, value.constructor);
    if (name === 'shared references') assert.strictEqual(copy[0], copy[1]);
    if (name === 'cyclic graph') assert.strictEqual(copy.self, copy);
    if (name === 'own __proto__ key') assert.ok(Object.hasOwn(copy, '__proto__'));
    if (value instanceof RegExp) assert.strictEqual(copy.lastIndex, value.lastIndex);
    if (value instanceof Error) {
      assert.strictEqual(copy.stack, value.stack);
      assert.deepStrictEqual(copy.cause, value.cause);
      assert.deepStrictEqual(copy.errors, value.errors);
    }
    return true;
  } catch {
    return false;
  }
}

function isRefused({ encode }, value) {
  try {
    encode(value);
    return false;
  } catch {
    return true;
  }
}

/** How many truncations of a stored value are read as if nothing were missing. */
function truncationsReadBy({ encode, decode }) {
  const bytes = Uint8Array.from(encode({ id: 7, name: 'Ada', tags: ['a', 'b'], list: [{ x: 1 }, { x: 2 }] }));
  let truncationsRead = 0;
  for (let end = 0; end < bytes.length; end++) {
    try {
      decode(Buffer.from(bytes.subarray(0, end)));
      truncationsRead++;
    } catch {
      // refused, as it should be
    }
  }
  return { truncations: bytes.length, truncationsRead };
}

const speed = {};
for (const [name, value] of Object.entries(payloads)) speed[name] = measureSpeed(value);

const fidelity = {};
for (const name of Object.keys(kept)) {
  fidelity[name] = Object.fromEntries(
    Object.entries(candidates).map(([who, codec]) => [who, isKept(codec, name)]),
  );
}
for (const [name, value] of Object.entries(refused)) {
  fidelity[name] = Object.fromEntries(
    Object.entries(candidates).map(([who, codec]) => [who, isRefused(codec, value)]),
  );
}
const damaged = Object.fromEntries(
  Object.entries(candidates).map(([who, codec]) => [who, truncationsReadBy(codec)]),
);

const versions = Object.fromEntries(
  ['devalue', 'superjson', ...(packr ? ['msgpackr'] : [])].map((name) => [
    name,
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
      .version,
  ]),
);
const machine = `${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}, Node ${process.version}`;
const results = {
  machine,
  method: 'user+system CPU time per call',
  seed: SEED,
  rounds: ROUNDS,
  versions,
  speed,
  fidelity,
  damaged,
};
writeFileSync(new URL('results/codec.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);

const names = Object.keys(candidates);
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const micros = (times) => {
  if (times === undefined) return 'fails';
  const { median, low, high } = times;
  return `${(median / 1000).toFixed(1)} (${(low / 1000).toFixed(1)}–${(high / 1000).toFixed(1)})`;
};
const speedTable = (what) =>
  table(
    ['', ...names],
    Object.entries(speed).map(([payload, row]) => [
      payload,
      ...names.map((name) => micros(row[name]?.[what])),
    ]),
  );
const tables = `Machine: ${machine}. Versions: ${Object.entries(versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}. ${ROUNDS} rounds, seed ${SEED}, CPU µs per call: median (middle half).

**Encode, µs**

${speedTable('encodeNs')}

**Decode, µs**

${speedTable('decodeNs')}

**Size, bytes**

${table(
  ['', ...names],
  Object.entries(speed).map(([payload, row]) => [
    payload,
    ...names.map((name) => row[name]?.bytes ?? 'fails'),
  ]),
)}

**What comes back as it was**

${table(
  ['', ...names],
  Object.entries(fidelity).map(([name, row]) => [name, ...names.map((who) => (row[who] ? 'yes' : 'no'))]),
)}

Truncations of one small value that are read as if nothing were missing: ${names
  .map((who) => `${who} ${damaged[who].truncationsRead} of ${damaged[who].truncations}`)
  .join(', ')}.`;

const findings = new URL('findings.md', import.meta.url);
const begin = '<!-- codec tables: written by bench/codec.mjs -->';
const end = '<!-- end of codec tables -->';
const text = readFileSync(findings, 'utf8');
const [before, rest] = text.split(begin);
const after = rest?.split(end)[1];
if (after === undefined) throw new Error('bench/findings.md has lost the marks around the codec tables');
writeFileSync(findings, `${before}${begin}\n\n${tables}\n\n${end}${after}`);
console.log(tables);

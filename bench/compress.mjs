/**
 * What could compress a value: how small it gets, what that saves of the bill, and what it costs in time; on one thread and on
 * another. `npm run build && node bench/compress.mjs [--quick] [--out <folder>]`
 *
 * Values are lists of records as a service returns them, with ids and coordinates that nothing compresses, encoded by the
 * cache's own codec. Candidates take turns in a seeded order.
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { loadModule } from './lib/module.mjs';
import { quick } from './lib/options.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { randomOf, sampleInTurns, spreadOf } from './lib/samples.mjs';

const { createCodec } = await loadModule('codec/value-codec');

const SEED = 17;
const ROUNDS = quick ? 3 : 15;
const SIZES_KB = quick ? [1, 10] : [1, 2, 4, 10, 32, 64, 100, 400];
// Names, version, times and key of an item, about.
const ITEM_BYTES = 130;
const SLICE_MS = quick ? 1 : 4;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = zlib.constants;
const deflate = (level) => ({
  zip: (bytes) => zlib.deflateRawSync(bytes, { level }),
  zipElsewhere: (bytes) => promisify(zlib.deflateRaw)(bytes, { level }),
  unzip: (bytes) => zlib.inflateRawSync(bytes),
  unzipElsewhere: promisify(zlib.inflateRaw),
});
const brotli = (quality) => {
  const options = ({ length }) => ({
    params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_SIZE_HINT]: length },
  });
  return {
    zip: (bytes) => zlib.brotliCompressSync(bytes, options(bytes)),
    zipElsewhere: (bytes) => promisify(zlib.brotliCompress)(bytes, options(bytes)),
    unzip: (bytes) => zlib.brotliDecompressSync(bytes),
    unzipElsewhere: promisify(zlib.brotliDecompress),
  };
};
const zstd = (level) => {
  const options = { params: { [ZSTD_c_compressionLevel]: level } };
  return {
    zip: (bytes) => zlib.zstdCompressSync(bytes, options),
    zipElsewhere: (bytes) => promisify(zlib.zstdCompress)(bytes, options),
    unzip: (bytes) => zlib.zstdDecompressSync(bytes),
    unzipElsewhere: promisify(zlib.zstdDecompress),
  };
};
const CANDIDATES = {
  'deflate 1': deflate(1),
  'deflate 3': deflate(3),
  'deflate 6': deflate(6),
  'deflate 9': deflate(9),
  'brotli 1': brotli(1),
  'brotli 4': brotli(4),
  'brotli 6': brotli(6),
  ...(zlib.zstdCompressSync && { 'zstd 1': zstd(1), 'zstd 3': zstd(3), 'zstd 9': zstd(9) }),
};

const random = randomOf(SEED);
const pick = (list) => list[Math.floor(random() * list.length)];
const digits = (count) => Array.from({ length: count }, () => pick('0123456789abcdef')).join('');
const WORDS =
  'wine bread restaurant street corner kitchen menu served daily fresh crust thin crisp service quick garden view old town'.split(
    ' ',
  );
const text = (count) => Array.from({ length: count }, () => pick(WORDS)).join(' ');
const record = () => ({
  id: `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`,
  name: text(2),
  rating: Math.floor(random() * 50) / 10,
  isOpen: random() < 0.5,
  tags: [text(1), text(1)],
  address: { street: `${Math.floor(random() * 900)} ${text(2)}`, city: text(1), zip: digits(5) },
  note: text(12),
  position: { latitude: 40 + random(), longitude: -73 - random() },
  updatedAt: new Date(1.7e12 + Math.floor(random() * 1e10)).toISOString(),
});

function valueOf(kb) {
  const list = [record()];
  while (JSON.stringify(list).length < kb * 1_024) list.push(record());
  return list;
}

/** Time of one call on the wall: what is done on another thread is waited for. */
async function microsOf(call) {
  let calls = 0;
  const start = performance.now();
  let end;
  do {
    await call();
    calls++;
    end = performance.now();
  } while (end - start < SLICE_MS);
  return ((end - start) * 1_000) / calls;
}

const unitsOf = (bytes) => ({
  writeUnits: Math.ceil((bytes + ITEM_BYTES) / 1_024),
  readUnits: Math.ceil((bytes + ITEM_BYTES) / 4_096) / 2,
});

const machine = describeMachine(['nestjs-dynamo-cache']);
const codec = createCodec();
const values = {};
for (const kb of SIZES_KB) {
  const value = valueOf(kb);
  const bytes = codec.encode(value);
  const runs = Object.entries(CANDIDATES).map(([name, coder]) => {
    const packed = coder.zip(bytes);
    const sample = async () => ({
      zipMicros: await microsOf(() => coder.zip(bytes)),
      zipElsewhereMicros: await microsOf(() => coder.zipElsewhere(bytes)),
      unzipMicros: await microsOf(() => coder.unzip(packed)),
      unzipElsewhereMicros: await microsOf(() => coder.unzipElsewhere(packed)),
    });
    return [name, packed, sample];
  });
  const samples = await sampleInTurns(Object.fromEntries(runs.map(([name, , sample]) => [name, sample])), {
    rounds: ROUNDS,
    seed: SEED,
  });
  const compressed = runs.map(([name, packed]) => {
    const figures = Object.keys(samples[name][0]).map((figure) => [
      figure,
      spreadOf(samples[name].map((sample) => sample[figure])),
    ]);
    return [name, { bytes: packed.length, ...unitsOf(packed.length), ...Object.fromEntries(figures) }];
  });
  values[`${kb} KB`] = {
    jsonBytes: Buffer.byteLength(JSON.stringify(value)),
    encoded: { bytes: bytes.length, ...unitsOf(bytes.length) },
    compressed: Object.fromEntries(compressed),
  };
}

writeResults('compress', {
  machine,
  method:
    'Time on the wall of one call, µs: median and middle half over the rounds; on this thread, and waited for on another. ' +
    `Units are of an item of ${ITEM_BYTES} bytes besides the value.`,
  seed: SEED,
  rounds: ROUNDS,
  values,
});

/**
 * Packed bytes stay in people's tables. The fixture holds a value packed in each way, and is read at every run;
 * `UPDATE_FORMAT=1 npx vitest run test/packing/fixtures.test.ts` adds ways that it lacks and changes none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAvailable } from '../../lib/codec/compression';
import { createCodec } from '../../lib/codec/value-codec';
import { encodeKeyvText } from '../../lib/codec/keyv-text';
import { encodeFailure } from '../../lib/engine/outcome';
import { NEW_KEY, OLD_KEY, entryOf, packingOf } from './entries';

const ADDRESS = 'cache#fixture:7';
const path = join(__dirname, 'fixtures', 'packed.json');
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
const codec = createCodec();

const list = Array.from({ length: 60 }, (_, i) => ({
  id: i,
  name: `Restaurant ${i % 7}`,
  open: i % 2 === 0,
}));
const error = Object.assign(new RangeError('x '.repeat(900)), { stack: 'none' });
const values: Record<string, Uint8Array> = {
  value: codec.encode(list),
  error: encodeFailure(error, codec),
  'text of Keyv': encodeKeyvText(JSON.stringify({ value: list })),
};
const stamps = new Map([
  ['t:restaurant:7', 'generation-1'],
  ['*', 'generation-2'],
]);
const times = { version: 'fixed', stamps };

const algorithms = [undefined, 'deflate', ...(isAvailable('zstd') ? (['zstd'] as const) : [])] as const;
const ways = algorithms.flatMap((compress) =>
  [undefined, [OLD_KEY]].map((keys) => ({
    name: [compress ?? 'plain', keys && 'sealed'].filter(Boolean).join(', '),
    packing: packingOf({ compress, ...(keys && { keys }) }),
  })),
);

beforeAll(async () => {
  if (process.env.UPDATE_FORMAT !== '1') return;
  for (const { name, packing } of ways)
    for (const [kind, bytes] of Object.entries(values)) {
      const packed = await packing.pack(ADDRESS, entryOf(bytes, times));
      fixture[`${name}: ${kind}`] ??= Buffer.from(packed.bytes).toString('base64');
    }
  writeFileSync(path, `${JSON.stringify(fixture, null, 2)}\n`);
});

// Another key seals by now.
const reader = packingOf({ keys: [NEW_KEY, OLD_KEY], acceptUnsealed: true });
const readable = Object.entries(fixture).filter(([name]) => !name.startsWith('zstd') || isAvailable('zstd'));

describe('packed values', () => {
  it.each(readable)('%s is read as it was written', async (name, base64) => {
    const entry = entryOf(Buffer.from(base64, 'base64'), times);
    const { bytes } = await reader.unpack(ADDRESS, entry);
    const [, kind = ''] = name.split(': ');
    expect(Buffer.from(bytes)).toEqual(Buffer.from(values[kind]!));
  });

  it('are there in every way of packing', () => {
    const names = ways.flatMap(({ name }) => Object.keys(values).map((kind) => `${name}: ${kind}`));
    expect(Object.keys(fixture)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(fixture)).toContain('zstd, sealed: value');
  });
});

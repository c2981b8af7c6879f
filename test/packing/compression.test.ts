import * as fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { MAX_PLAIN_BYTES, compress, decompress, isAvailable } from '../../lib/codec/compression';
import { packEntry } from '../../lib/dynamodb/item';
import { itemBytes, writeUnits } from '../../lib/dynamodb/units';
import type { Entry } from '../../lib/tiers/entry';
import { LAYOUT, NOW, entryOf, noise, packingOf, reasonOf, textBytes } from './entries';

const ADDRESS = 'cache#menu:7';
const packing = packingOf({ compress: 'deflate' });
const algorithms = (['deflate', 'zstd'] as const).filter(isAvailable);

const bytesOf = (entry: Entry) => itemBytes(packEntry(ADDRESS, entry, LAYOUT, NOW));
const unitsOf = (entry: Entry) => writeUnits(bytesOf(entry));

/** An entry whose item, not compressed, has this size. */
function ofItemSize(size: number, make: (length: number) => Uint8Array): Entry {
  const empty = entryOf(new Uint8Array());
  return entryOf(make(size - bytesOf(empty)));
}

describe.each(algorithms)('%s', (algorithm) => {
  it('gives back what it was given, small or large', async () => {
    for (const length of [1, 2, 100, 16_384, 16_385, 65_536, 65_537, 1_000_000]) {
      for (const bytes of [textBytes(length), noise(length)]) {
        const plain = await decompress(await compress(bytes, algorithm), algorithm);
        expect(Buffer.from(plain).equals(bytes)).toBe(true);
      }
    }
  });

  it('keeps no more memory than the value takes', async () => {
    const plain = await decompress(await compress(textBytes(2_000), algorithm), algorithm);
    expect(plain.buffer.byteLength).toBeLessThan(2_200);
  });

  it('refuses every truncation', async () => {
    const packed = await compress(textBytes(300), algorithm);
    for (let end = 0; end < packed.length; end++) {
      expect(await reasonOf(decompress(packed.subarray(0, end), algorithm))).toBe('damaged');
    }
  });

  it('survives every flipped bit, with an error or with as many bytes', async () => {
    const packed = await compress(textBytes(300), algorithm);
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Uint8Array.from(packed);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const result = await decompress(damaged, algorithm).catch(
        (error: unknown) => (error as { reason: string }).reason,
      );
      if (typeof result === 'string') expect(['damaged', 'too-large']).toContain(result);
      else expect(result.byteLength).toBe(300);
    }
  });

  it('stops a bomb at the size that it claims, and refuses the claim of more than is ever compressed', async () => {
    const bomb = await compress(new Uint8Array(MAX_PLAIN_BYTES), algorithm);
    bomb.writeUInt32BE(100);
    expect(await reasonOf(decompress(bomb, algorithm))).toBe('too-large');
    bomb.writeUInt32BE(MAX_PLAIN_BYTES + 1);
    expect(await reasonOf(decompress(bomb, algorithm))).toBe('too-large');
    bomb.writeUInt32BE(0);
    expect(await reasonOf(decompress(bomb, algorithm))).toBe('too-large');
  });
});

it('allocates nothing for a claim that a few bytes make of many', async () => {
  const packed = Buffer.concat([Buffer.alloc(4), deflateRawSync(Buffer.from('small'))]);
  packed.writeUInt32BE(MAX_PLAIN_BYTES);
  const allocated = vi.spyOn(Buffer, 'allocUnsafe');
  const slow = vi.spyOn(Buffer, 'allocUnsafeSlow');
  expect(await reasonOf(decompress(packed, 'deflate'))).toBe('damaged');
  const largest = [...allocated.mock.calls, ...slow.mock.calls].map(([size]) => size);
  vi.restoreAllMocks();
  expect(Math.max(0, ...largest)).toBeLessThanOrEqual(512 * 1_024);
});

describe('a value is compressed', () => {
  it('only when that saves a write unit, whatever its size is', async () => {
    const mixed = fc.record({
      length: fc.integer({ min: 1, max: 12_000 }),
      noisy: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(mixed, async ({ length, noisy }) => {
        const split = Math.floor(length * noisy);
        const plain = entryOf(Uint8Array.from([1, ...noise(split), ...textBytes(length - split)]));
        const packed = await packing.pack(ADDRESS, plain);
        if (packed === plain) {
          const compressed = await compress(plain.bytes, 'deflate');
          const would = entryOf(new Uint8Array(compressed.byteLength + 1));
          expect(unitsOf(would)).toBeGreaterThanOrEqual(unitsOf(plain));
        } else {
          expect(unitsOf(packed)).toBeLessThan(unitsOf(plain));
        }
        expect(Buffer.from((await packing.unpack(ADDRESS, packed)).bytes).equals(plain.bytes)).toBe(true);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it.each([
    [1_023, false],
    [1_024, false],
    [1_025, true],
    [2_048, true],
  ])('at an item of %i bytes: %s', async (size, isCompressed) => {
    const plain = ofItemSize(size, textBytes);
    expect((await packing.pack(ADDRESS, plain)).bytes !== plain.bytes).toBe(isCompressed);
  });

  it.each([
    [4_095, 4],
    [4_096, 4],
    [4_097, 5],
  ])('not for a few bytes: noise in an item of %i', async (size, units) => {
    const plain = ofItemSize(size, noise);
    expect(await packing.pack(ADDRESS, plain)).toBe(plain);
    expect(unitsOf(plain)).toBe(units);
  });

  it('to the byte: one more of what cannot be compressed, and nothing is saved', async () => {
    // So much noise, and a tail that compresses to nearly nothing.
    const make = (noisy: number) =>
      ofItemSize(2_049, (length) => Uint8Array.from([...noise(noisy), ...textBytes(length - noisy)]));
    const outcomes = await Promise.all(
      Array.from({ length: 230 }, async (_, i) => {
        const plain = make(1_700 + i);
        const compressed = entryOf(new Uint8Array((await compress(plain.bytes, 'deflate')).byteLength + 1));
        return { size: bytesOf(compressed), isCompressed: (await packing.pack(ADDRESS, plain)) !== plain };
      }),
    );
    for (const size of [2_047, 2_048]) expect(outcomes).toContainEqual({ size, isCompressed: true });
    for (const size of [2_049, 2_050]) expect(outcomes).toContainEqual({ size, isCompressed: false });
    for (const { size, isCompressed } of outcomes) expect(isCompressed).toBe(size <= 2_048);
  });

  it('not when it is larger than what would be decompressed', async () => {
    const plain = entryOf(new Uint8Array(MAX_PLAIN_BYTES + 1));
    expect(await packing.pack(ADDRESS, plain)).toBe(plain);
  });

  it('not when that is switched off, and is read all the same', async () => {
    const off = packingOf();
    const plain = entryOf(textBytes(9_000));
    expect(await off.pack(ADDRESS, plain)).toBe(plain);
    const packed = await packing.pack(ADDRESS, plain);
    expect(Buffer.from((await off.unpack(ADDRESS, packed)).bytes).equals(plain.bytes)).toBe(true);
  });

  it('and its entry is left as it was', async () => {
    const plain = entryOf(textBytes(9_000));
    const before = Buffer.from(plain.bytes);
    await packing.pack(ADDRESS, plain);
    expect(before.equals(plain.bytes)).toBe(true);
  });
});

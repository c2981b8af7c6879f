import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Addresses } from '../../lib/key/addresses';
import { InMemoryStore } from '../../lib/testing';
import { newVersion } from '../../lib/tiers/entry';
import { EntryRefusedError } from '../../lib/tiers/entry-refused-error';
import { PackedStore } from '../../lib/tiers/packed-store';
import { EntryPacking } from '../../lib/tiers/packing';
import { LAYOUT, NEW_KEY, NOW, OLD_KEY, entryOf, packingOf, reasonOf, textBytes } from './entries';

const ADDRESS = 'cache#token:7';
const sealing = packingOf({ keys: [NEW_KEY] });
const both = packingOf({ keys: [NEW_KEY], compress: 'deflate' });
const stamps = new Map([
  ['t:restaurant:7', newVersion()],
  ['*', newVersion()],
]);
const secret = entryOf(textBytes(60, 'hunter2 '), { stamps });

describe('a sealed value', () => {
  it('comes back as it was, whatever its bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.string({ unit: 'binary' }),
        async (bytes, address) => {
          for (const packing of [packingOf(), packingOf({ compress: 'deflate' }), sealing, both]) {
            const packed = await packing.pack(address, entryOf(bytes));
            expect([...(await packing.unpack(address, packed)).bytes]).toEqual([...bytes]);
          }
        },
      ),
      { numRuns: 60, seed: 9 },
    );
  });

  it('is not readable in what is stored, and never the same twice', async () => {
    const [one, other] = await Promise.all([sealing.pack(ADDRESS, secret), sealing.pack(ADDRESS, secret)]);
    expect(Buffer.from(one.bytes).includes('hunter2')).toBe(false);
    // The first byte, the key's id behind its length, and then the nonce.
    expect(Buffer.from(one.bytes).subarray(0, 5).toString('latin1')).toBe('\x40\x03new');
    const nonces = [one, other].map(({ bytes }) => Buffer.from(bytes).toString('hex', 5, 17));
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it.each([
    ['sealed', sealing, secret],
    ['compressed and sealed', both, entryOf(textBytes(1_500))],
  ])('does not open with any bit flipped: %s', async (_what, packing, entry) => {
    const packed = await packing.pack(ADDRESS, entry);
    for (let bit = 0; bit < packed.bytes.length * 8; bit++) {
      const bytes = Uint8Array.from(packed.bytes);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(await reasonOf(packing.unpack(ADDRESS, { ...packed, bytes }))).not.toBe('none');
    }
  });

  it('does not open with anything cut off or added', async () => {
    const packed = await sealing.pack(ADDRESS, secret);
    for (let end = 0; end < packed.bytes.length; end++) {
      const bytes = packed.bytes.subarray(0, end);
      const reason = await reasonOf(sealing.unpack(ADDRESS, { ...packed, bytes }));
      expect(['not-sealed', 'damaged', 'not-authentic']).toContain(reason);
    }
    const bytes = Uint8Array.from([...packed.bytes, 0]);
    expect(await reasonOf(sealing.unpack(ADDRESS, { ...packed, bytes }))).toBe('not-authentic');
  });

  it.each([
    ['another key', 'cache#token:8', {}],
    ['another namespace', 'other#token:7', {}],
    ['another version of the cache', 'cache@2#token:7', {}],
    ['a longer life', ADDRESS, { endsAtMs: secret.endsAtMs + 1 }],
    ['a longer fresh time', ADDRESS, { freshUntilMs: secret.freshUntilMs + 1 }],
    ['a later load', ADDRESS, { loadedAtMs: secret.loadedAtMs + 1 }],
    ['no tags', ADDRESS, { stamps: new Map() }],
    [
      'another generation of a tag',
      ADDRESS,
      { stamps: new Map([...stamps, ['t:restaurant:7', newVersion()]]) },
    ],
    ['one more tag', ADDRESS, { stamps: new Map([...stamps, ['t:x', newVersion()]]) }],
  ])('does not open under %s', async (_what, address, changes) => {
    const packed = await sealing.pack(ADDRESS, secret);
    expect(await reasonOf(sealing.unpack(address, { ...packed, ...changes }))).toBe('not-authentic');
  });

  it('opens under the version that a repeated write was given, with its tags in any order', async () => {
    const packed = await sealing.pack(ADDRESS, secret);
    const read = { ...packed, version: newVersion(), stamps: new Map([...stamps].reverse()) };
    expect((await sealing.unpack(ADDRESS, read)).bytes).toEqual(Buffer.from(secret.bytes));
  });
});

describe('a ring of keys', () => {
  it('seals with the first and opens with all', async () => {
    const before = packingOf({ keys: [OLD_KEY] });
    const during = packingOf({ keys: [OLD_KEY, NEW_KEY] });
    const after = packingOf({ keys: [NEW_KEY, OLD_KEY] });
    const [old, renewed] = [await before.pack(ADDRESS, secret), await after.pack(ADDRESS, secret)];
    for (const packed of [old, renewed])
      for (const packing of [during, after])
        expect(Buffer.from((await packing.unpack(ADDRESS, packed)).bytes)).toEqual(Buffer.from(secret.bytes));
    expect(await reasonOf(before.unpack(ADDRESS, renewed))).toBe('unknown-key');
    expect(await reasonOf(sealing.unpack(ADDRESS, old))).toBe('unknown-key');
  });

  it('does not open with another key of the same name', async () => {
    const packed = await sealing.pack(ADDRESS, secret);
    const impostor = packingOf({ keys: [{ ...OLD_KEY, id: 'new' }] });
    expect(await reasonOf(impostor.unpack(ADDRESS, packed))).toBe('not-authentic');
  });

  it('that is empty for now keeps nothing in clear, and opens nothing', async () => {
    const seal = { ring: { keys: () => undefined }, acceptUnsealed: false };
    const empty = new EntryPacking({ compress: 'deflate', seal, layout: LAYOUT, clock: { now: () => NOW } });
    await expect(empty.pack(ADDRESS, secret)).rejects.toThrow(EntryRefusedError);
    const packed = await sealing.pack(ADDRESS, secret);
    expect(await reasonOf(empty.unpack(ADDRESS, packed))).toBe('no-keys');
  });
});

describe('where values are sealed', () => {
  it('one in clear is refused, compressed or not', async () => {
    const large = entryOf(textBytes(5_000));
    expect(await reasonOf(sealing.unpack(ADDRESS, secret))).toBe('not-sealed');
    const compressed = await packingOf({ compress: 'deflate' }).pack(ADDRESS, large);
    expect(compressed.bytes[0]).toBe(0x10);
    expect(await reasonOf(sealing.unpack(ADDRESS, compressed))).toBe('not-sealed');
    expect(await reasonOf(sealing.unpack(ADDRESS, entryOf(new Uint8Array())))).toBe('not-sealed');
  });

  it('one in clear is read during a migration', async () => {
    const migrating = packingOf({ keys: [NEW_KEY], acceptUnsealed: true });
    expect(await migrating.unpack(ADDRESS, secret)).toBe(secret);
    const packed = await migrating.pack(ADDRESS, secret);
    expect(Buffer.from((await sealing.unpack(ADDRESS, packed)).bytes)).toEqual(Buffer.from(secret.bytes));
  });

  it('what is sealed is compressed first', async () => {
    const large = entryOf(textBytes(10_000));
    const packed = await both.pack(ADDRESS, large);
    expect(packed.bytes[0]).toBe(0x50);
    expect(packed.bytes.byteLength).toBeLessThan(300);
  });
});

it('a lease needs no key: it says nothing', async () => {
  const seal = { ring: { keys: () => undefined }, acceptUnsealed: false };
  const packing = new EntryPacking({ compress: undefined, seal, layout: LAYOUT, clock: { now: () => NOW } });
  const store = new PackedStore(new InMemoryStore(), packing, () => undefined);
  const address = new Addresses('cache').lease('menu');
  const call = { signal: AbortSignal.timeout(1_000) };
  const lease = entryOf(new Uint8Array(1));
  expect(await store.fill(address, lease, undefined, call)).toEqual({ filled: true });
  expect((await store.read([address], call)).get(address)).toMatchObject({ state: 'entry' });
});

describe('where they are not', () => {
  it('a sealed one is refused', async () => {
    expect(await reasonOf(packingOf().unpack(ADDRESS, await sealing.pack(ADDRESS, secret)))).toBe('sealed');
  });

  it.each([0x30, 0x11, 0x41, 0x90, 0xc0, 0xd0, 0xf0, 0xff])(
    'a first byte of 0x%s is refused',
    async (first) => {
      const bytes = Uint8Array.from([first, ...new Uint8Array(60)]);
      expect(await reasonOf(packingOf().unpack(ADDRESS, entryOf(bytes)))).toBe('unknown-format');
    },
  );
});

/**
 * Between an entry and the one that is stored: compressed where that saves a write unit, then sealed where that is
 * asked for. Compressed first, because nothing can be compressed once it is sealed.
 */
import type { Clock } from '../clock';
import { type Algorithm, MAX_PLAIN_BYTES, compress, decompress, decompressSmall } from '../codec/compression';
import { Packing, isKnownPacking, isPacked } from '../codec/packed-format';
import { type RingKey, keyIdOf, open, seal, sealedOverhead } from '../codec/seal';
import { UnpackableError } from '../codec/unpackable-error';
import { packEntry } from '../dynamodb/item';
import type { ResolvedLayout } from '../dynamodb/layout';
import { itemBytes, writeUnits } from '../dynamodb/units';
import { associatedData } from './associated-data';
import type { Entry } from './entry';
import { EntryRefusedError } from './entry-refused-error';
import type { KeyRing } from './key-ring';

export interface PackingOptions {
  /** With what values are compressed; each one is decompressed. */
  readonly compress: Algorithm | undefined;
  readonly seal: SealingOptions | undefined;
  readonly layout: ResolvedLayout;
  readonly clock: Pick<Clock, 'now'>;
}

export interface SealingOptions {
  readonly ring: KeyRing;
  /** Whether values that are not sealed are read, too. */
  readonly acceptUnsealed: boolean;
}

const ALGORITHMS = { deflate: Packing.Deflated, zstd: Packing.Zstd } as const;
/** By the first byte of what is compressed and nothing else. */
const COMPRESSED: Record<number, Algorithm> = { [Packing.Deflated]: 'deflate', [Packing.Zstd]: 'zstd' };

export class EntryPacking {
  constructor(private readonly options: PackingOptions) {}

  /** The largest value that is worth a try, when the largest packed one is known. */
  maxBytes(packedBytes: number): number {
    return this.options.compress ? Math.max(packedBytes, MAX_PLAIN_BYTES) : packedBytes;
  }

  /** @throws EntryRefusedError when it would have to be sealed, and there is no key */
  async pack(address: string, entry: Entry): Promise<Entry> {
    const { seal: sealing } = this.options;
    const key = sealing && (await sealing.ring.keys())?.newest;
    if (sealing && !key) throw new EntryRefusedError('there is no key to seal it with');
    const compressed = await this.compressed(address, entry, key);
    const packing = compressed ? ALGORITHMS[compressed.algorithm] : 0;
    const content = compressed?.bytes ?? entry.bytes;
    if (key) return sealedEntry(address, entry, packing, content, key);
    if (packing !== 0) return { ...entry, bytes: join(packing, content) };
    return isPacked(entry.bytes) ? { ...entry, bytes: join(Packing.Wrapped, entry.bytes) } : entry;
  }

  /** Whether `unpack` has something to do or to object to. */
  mustUnpack({ bytes }: Entry): boolean {
    return this.options.seal !== undefined || isPacked(bytes);
  }

  /**
   * `unpack` without a wait, as most are.
   *
   * @returns undefined when there is something to wait for
   * @throws UnpackableError
   */
  unpackSmall(entry: Entry): Entry | undefined {
    if (this.options.seal) return undefined;
    const algorithm = COMPRESSED[entry.bytes[0] ?? 0];
    const bytes = algorithm && decompressSmall(entry.bytes.subarray(1), algorithm);
    return bytes && { ...entry, bytes };
  }

  /** @throws UnpackableError */
  async unpack(address: string, entry: Entry): Promise<Entry> {
    const firstByte = entry.bytes[0] ?? 0;
    const isSealed = (firstByte & Packing.Sealed) !== 0;
    if (isPacked(entry.bytes) && !isKnownPacking(firstByte)) throw new UnpackableError('unknown-format');
    if (!isSealed && this.options.seal && !this.options.seal.acceptUnsealed)
      throw new UnpackableError('not-sealed');
    if (!isPacked(entry.bytes)) return entry;
    const content = isSealed ? await this.opened(address, entry, firstByte) : entry.bytes.subarray(1);
    if (firstByte & Packing.Deflated) return { ...entry, bytes: await decompress(content, 'deflate') };
    if (firstByte & Packing.Zstd) return { ...entry, bytes: await decompress(content, 'zstd') };
    return { ...entry, bytes: content };
  }

  private async opened(address: string, entry: Entry, firstByte: number): Promise<Uint8Array> {
    const { seal: sealing } = this.options;
    if (!sealing) throw new UnpackableError('sealed');
    const sealed = entry.bytes.subarray(1);
    const id = keyIdOf(sealed);
    const keys = await sealing.ring.keys(id);
    if (!keys) throw new UnpackableError('no-keys');
    const key = keys.byId.get(id);
    if (!key) throw new UnpackableError('unknown-key');
    return open(sealed, key, associatedData(address, entry, firstByte));
  }

  // A read unit is four write units: what saves one saves the other, too.
  private async compressed(
    address: string,
    entry: Entry,
    key: RingKey | undefined,
  ): Promise<{ readonly algorithm: Algorithm; readonly bytes: Uint8Array } | undefined> {
    const { compress: algorithm, layout, clock } = this.options;
    const { byteLength } = entry.bytes;
    if (!algorithm || byteLength > MAX_PLAIN_BYTES) return undefined;
    const restBytes = itemBytes(packEntry(address, entry, layout, clock.now())) - byteLength;
    const sealBytes = key ? sealedOverhead(key) : 0;
    const firstByte = key || isPacked(entry.bytes) ? 1 : 0;
    const units = writeUnits(restBytes + firstByte + byteLength + sealBytes);
    if (units === 1) return undefined;
    const bytes = await compress(entry.bytes, algorithm);
    const isWorthIt = writeUnits(restBytes + 1 + bytes.byteLength + sealBytes) < units;
    return isWorthIt ? { algorithm, bytes } : undefined;
  }
}

function sealedEntry(
  address: string,
  entry: Entry,
  packing: number,
  content: Uint8Array,
  key: RingKey,
): Entry {
  const firstByte = packing | Packing.Sealed;
  return { ...entry, bytes: join(firstByte, seal(content, key, associatedData(address, entry, firstByte))) };
}

function join(firstByte: number, rest: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(firstByte), rest]);
}

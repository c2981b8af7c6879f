/**
 * Compressed bytes carry the length of what they were, so that a reader allocates no more than that, and refuses
 * a length that no writer of ours has written. What is large is done on a thread of Node's pool: sizes by bench/compress.mjs.
 */
import { promisify } from 'node:util';
import { UnpackableError } from './unpackable-error';

export type Algorithm = 'deflate' | 'zstd';

/** The largest value that is compressed, and the largest that is decompressed. */
export const MAX_PLAIN_BYTES = 16 * 1024 * 1024;

const LENGTH_BYTES = 4;
const CHUNK_BYTES = 512 * 1024;
// Below these the event loop is held for less than a handover to another thread costs.
const SYNC_COMPRESSED_BYTES = 16 * 1024;
const SYNC_DECOMPRESSED_BYTES = 64 * 1024;
const DEFLATE_LEVEL = 6;
const ZSTD_LEVEL = 3;

interface Limits {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

type Zip = (bytes: Uint8Array) => Promise<Buffer>;
type Unzip = (bytes: Uint8Array, limits: Limits) => Promise<Buffer>;

/** What there is in node:zlib since Node 22.15 and 23.8, and in no types of Node 20. */
interface Zstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
  readonly zstdCompressSync: (bytes: Uint8Array, options: object) => Buffer;
  readonly zstdCompress: (
    bytes: Uint8Array,
    options: object,
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
  readonly zstdDecompressSync: (bytes: Uint8Array, limits: Limits) => Buffer;
  readonly zstdDecompress: (
    bytes: Uint8Array,
    limits: Limits,
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
}

interface Coder {
  readonly zipSync: (bytes: Uint8Array) => Buffer;
  readonly zip: Zip;
  readonly unzipSync: (bytes: Uint8Array, limits: Limits) => Buffer;
  readonly unzip: Unzip;
}

let loaded: Record<Algorithm, Coder | undefined> | undefined;

// node:zlib is loaded with the first value that is large enough, not with the package.
function coders(): Record<Algorithm, Coder | undefined> {
  if (loaded) return loaded;
  const zlib = process.getBuiltinModule('node:zlib');
  return (loaded = { deflate: deflateCoder(zlib), zstd: zstdCoder(zlib as unknown as Partial<Zstd>) });
}

/** Whether this Node has the algorithm. */
export function isAvailable(algorithm: Algorithm): boolean {
  return coders()[algorithm] !== undefined;
}

/** The length of the plain bytes, and the compressed ones. */
export async function compress(plain: Uint8Array, algorithm: Algorithm): Promise<Buffer> {
  const coder = coderOf(algorithm);
  const isSmall = plain.byteLength <= SYNC_COMPRESSED_BYTES;
  const compressed = isSmall ? coder.zipSync(plain) : await coder.zip(plain);
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(plain.byteLength);
  return Buffer.concat([length, compressed]);
}

/** @throws UnpackableError */
export async function decompress(packed: Uint8Array, algorithm: Algorithm): Promise<Uint8Array> {
  const small = decompressSmall(packed, algorithm);
  if (small) return small;
  const { compressed, length, limits } = measured(packed);
  try {
    return whole(await coderOf(algorithm).unzip(compressed, limits), length);
  } catch (error) {
    throw unpackable(error);
  }
}

/**
 * `decompress` of what is done on this thread, without a wait.
 *
 * @returns undefined when it is too large for that
 * @throws UnpackableError
 */
export function decompressSmall(packed: Uint8Array, algorithm: Algorithm): Uint8Array | undefined {
  const coder = coderOf(algorithm);
  const { compressed, length, limits } = measured(packed);
  if (length > SYNC_DECOMPRESSED_BYTES) return undefined;
  try {
    return whole(coder.unzipSync(compressed, limits), length);
  } catch (error) {
    throw unpackable(error);
  }
}

function measured(packed: Uint8Array): { compressed: Uint8Array; length: number; limits: Limits } {
  if (packed.byteLength < LENGTH_BYTES) throw new UnpackableError('damaged');
  const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0);
  if (length > MAX_PLAIN_BYTES) throw new UnpackableError('too-large');
  // One chunk for the result is the fastest, within what a mere claim may allocate.
  const chunkSize = Math.min(Math.max(64, length + 1), CHUNK_BYTES);
  const limits = { maxOutputLength: Math.max(1, length), chunkSize };
  return { compressed: packed.subarray(LENGTH_BYTES), length, limits };
}

function whole(plain: Buffer, length: number): Uint8Array {
  if (plain.byteLength !== length) throw new UnpackableError('damaged');
  // A part of a pool would keep all of it in memory.
  return plain.buffer.byteLength > length + 1 ? new Uint8Array(plain) : plain;
}

function unpackable(error: unknown): UnpackableError {
  if (error instanceof UnpackableError) return error;
  const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
  return new UnpackableError(isTooLarge ? 'too-large' : 'damaged', { cause: error });
}

function coderOf(algorithm: Algorithm): Coder {
  const coder = coders()[algorithm];
  if (!coder) throw new UnpackableError('unknown-format');
  return coder;
}

function deflateCoder(zlib: typeof import('node:zlib')): Coder {
  const zip = promisify(zlib.deflateRaw);
  return {
    zipSync: (bytes) => zlib.deflateRawSync(bytes, { level: DEFLATE_LEVEL }),
    zip: (bytes) => zip(bytes, { level: DEFLATE_LEVEL }),
    unzipSync: (bytes, limits) => zlib.inflateRawSync(bytes, limits),
    unzip: promisify(zlib.inflateRaw),
  };
}

function zstdCoder({ constants, ...zstd }: Partial<Zstd>): Coder | undefined {
  const { zstdCompressSync, zstdCompress, zstdDecompressSync, zstdDecompress } = zstd;
  if (!constants || !zstdCompressSync || !zstdCompress || !zstdDecompressSync || !zstdDecompress)
    return undefined;
  const options = { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } };
  const zip = promisify(zstdCompress);
  return {
    zipSync: (bytes) => zstdCompressSync(bytes, options),
    zip: (bytes) => zip(bytes, options),
    unzipSync: zstdDecompressSync,
    unzip: promisify(zstdDecompress),
  };
}

/**
 * Writes numbers and strings into a buffer that grows. One scratch buffer is kept between values; a value that is
 * encoded while another one is (a getter that uses the cache) gets a buffer of its own.
 */
import { SHORT_STRING, SMALL_INTS, Tag } from './tags';

const SCRATCH_BYTES = 16_384;
const KEPT_BYTES = 1_048_576;
const LOOPED_CHARACTERS = 32;

let scratch: Buffer | undefined;

export class ByteWriter {
  private buffer: Buffer;
  private position = 0;

  constructor() {
    this.buffer = scratch ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    scratch = undefined;
  }

  /** Gives the buffer back; the writer is not used after that. */
  release(): void {
    if (this.buffer.length <= KEPT_BYTES) scratch = this.buffer;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.position);
    bytes.set(this.buffer.subarray(0, this.position));
    return bytes;
  }

  byte(value: number): void {
    if (this.position === this.buffer.length) this.grow(1);
    this.buffer[this.position++] = value;
  }

  /** An unsigned integer below 2^32. */
  varint(value: number): void {
    if (this.position + 5 > this.buffer.length) this.grow(5);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  number(value: number): void {
    // -0 equals 0 and survives only as a float.
    if (value === (value | 0) && (value !== 0 || Object.is(value, 0))) {
      if (value >= 0 && value < SMALL_INTS) return this.byte(value);
      this.byte(Tag.Int);
      this.varint(((value << 1) ^ (value >> 31)) >>> 0);
    } else {
      this.byte(Tag.Float);
      this.float(value);
    }
  }

  float(value: number): void {
    if (this.position + 8 > this.buffer.length) this.grow(8);
    this.position = this.buffer.writeDoubleLE(value, this.position);
  }

  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(Tag.BigInt64);
      if (this.position + 8 > this.buffer.length) this.grow(8);
      this.position = this.buffer.writeBigInt64LE(value, this.position);
      return;
    }
    // Hexadecimal, because only bases that are powers of two are converted in linear time.
    const digits = (value < 0n ? -value : value).toString(16);
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    this.byte(Tag.BigInt);
    this.byte(value < 0n ? 1 : 0);
    this.sizedBytes(magnitude);
  }

  bytes(source: Uint8Array): void {
    const length = source.length;
    if (this.position + length > this.buffer.length) this.grow(length);
    this.buffer.set(source, this.position);
    this.position += length;
  }

  string(value: string): void {
    const length = value.length;
    if (length > LOOPED_CHARACTERS) return this.longString(value);
    if (this.position + length + 2 > this.buffer.length) this.grow(length + 2);
    const { buffer } = this;
    let at = this.position;
    if (length <= SHORT_STRING) {
      buffer[at++] = Tag.ShortString + length;
    } else {
      buffer[at++] = Tag.Latin1;
      buffer[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0xff) return this.wideString(value);
      buffer[at++] = code;
    }
    this.position = at;
  }

  private longString(value: string): void {
    if (/[^\0-\xff]/.test(value)) return this.wideString(value);
    this.byte(Tag.Latin1);
    this.text(value, value.length, 'latin1');
  }

  private wideString(value: string): void {
    const utf8Length = Buffer.byteLength(value, 'utf8');
    // UTF-8 has no form for half of a surrogate pair.
    if (utf8Length <= value.length * 2 && !/\p{Surrogate}/u.test(value)) {
      this.byte(Tag.Utf8);
      this.text(value, utf8Length, 'utf8');
    } else {
      this.byte(Tag.Utf16);
      this.text(value, value.length * 2, 'utf16le');
    }
  }

  private text(value: string, byteLength: number, encoding: 'latin1' | 'utf8' | 'utf16le'): void {
    this.varint(byteLength);
    if (this.position + byteLength > this.buffer.length) this.grow(byteLength);
    this.buffer.write(value, this.position, byteLength, encoding);
    this.position += byteLength;
  }

  sizedBytes(source: Uint8Array): void {
    this.varint(source.length);
    this.bytes(source);
  }

  /** The definition of a shape, with its length in front so that a reader can recognise the whole of it. */
  keys(keys: readonly string[]): void {
    const start = this.position;
    this.byte(0);
    this.varint(keys.length);
    for (const key of keys) this.string(key);
    const length = this.position - start - 1;
    if (length < 0x80) {
      this.buffer[start] = length;
      return;
    }
    // Rare: the length needs more than the one byte kept free for it, so what follows moves up.
    const content = Buffer.from(this.buffer.subarray(start + 1, this.position));
    this.position = start;
    this.sizedBytes(content);
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + needed));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
  }
}

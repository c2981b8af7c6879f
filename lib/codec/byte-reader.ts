/**
 * Reads what ByteWriter wrote. Nothing in the bytes is trusted: each length is held against the bytes that are left
 * before anything is allocated for it.
 */
import { isUtf8 } from 'node:buffer';
import { UndecodableValueError } from './codec-errors';
import { SHORT_STRING, Tag } from './tags';

const WINDOW_BYTES = 4096;

export class ByteReader {
  protected position = 0;
  private readonly end: number;
  private readonly bytes: Buffer;
  /** A stretch of the bytes as one string: short strings are cut from it, ten times faster than each by itself. */
  private window = '';
  private windowStart = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
    this.position = start;
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) return this.fail('they end in the middle of a value');
    this.position++;
    return byte;
  }

  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.byte();
      // The fifth byte has room for four bits; an empty last byte is a second way to write the same number.
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte === 0 ? this.fail('a number has a needless byte') : value;
    }
    return this.fail('a number is too long');
  }

  /** How many things follow, when each takes at least `bytesEach`. */
  count(bytesEach = 1): number {
    const count = this.varint();
    if (count * bytesEach > this.end - this.position) this.fail('a length exceeds the bytes that are left');
    return count;
  }

  int(): number {
    const zigzag = this.varint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  float(): number {
    return this.bytes.readDoubleLE(this.skip(8));
  }

  bigint64(): bigint {
    return this.bytes.readBigInt64LE(this.skip(8));
  }

  bigint(): bigint {
    const sign = this.byte();
    if (sign > 1) this.fail('a bigint has an unknown sign');
    const length = this.count();
    const start = this.skip(length);
    const magnitude = length === 0 ? 0n : BigInt(`0x${this.bytes.toString('hex', start, start + length)}`);
    return sign === 1 ? -magnitude : magnitude;
  }

  /** A copy: neither the stored bytes nor a pool may be seen through it. */
  copy(): Uint8Array<ArrayBuffer> {
    const length = this.count();
    const start = this.skip(length);
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(start, start + length));
    return copy;
  }

  string(): string {
    const tag = this.byte();
    const length = tag - Tag.ShortString;
    return length >= 0 && length <= SHORT_STRING ? this.shortString(length) : this.longString(tag);
  }

  shortString(length: number): string {
    const start = this.skip(length);
    let from = start - this.windowStart;
    if (from < 0 || from + length > this.window.length) {
      this.window = this.bytes.toString('latin1', start, Math.min(this.end, start + WINDOW_BYTES));
      this.windowStart = start;
      from = 0;
    }
    return this.window.slice(from, from + length);
  }

  longString(tag: number): string {
    if (tag !== Tag.Latin1 && tag !== Tag.Utf8 && tag !== Tag.Utf16)
      return this.fail('a string was expected');
    const length = this.count();
    const start = this.skip(length);
    if (tag === Tag.Latin1) return this.bytes.toString('latin1', start, start + length);
    if (tag === Tag.Utf8) {
      if (!isUtf8(this.bytes.subarray(start, start + length))) this.fail('a string is not UTF-8');
      return this.bytes.toString('utf8', start, start + length);
    }
    if (length % 2 !== 0) this.fail('a UTF-16 string has half a character');
    return this.bytes.toString('utf16le', start, start + length);
  }

  /** `length` bytes as text, to compare them with others; does not move on. */
  protected peek(length: number): string {
    return this.bytes.toString('latin1', this.position, this.position + length);
  }

  protected skip(length: number): number {
    const start = this.position;
    if (length > this.end - start) this.fail('they end in the middle of a value');
    this.position = start + length;
    return start;
  }

  finish(): void {
    if (this.position !== this.end) this.fail('more bytes follow the value');
  }

  protected fail(reason: string): never {
    throw new UndecodableValueError(reason);
  }
}

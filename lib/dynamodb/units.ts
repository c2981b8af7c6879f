/**
 * What DynamoDB charges for an item: by its size, attribute names included, rounded up to the next unit. AWS says of
 * numbers that their size is "approximately" known; here it is counted as DynamoDB Local does. Items may be anybody's,
 * so nothing here relies on their shape.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './item';

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;
const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/** The size of an item as DynamoDB counts it; of nothing it is 0. */
export function itemBytes(item: Item | undefined): number {
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + attributeBytes(item[name]);
  return bytes;
}

/** Read units for one key. A key where nothing is costs as much as the smallest item. */
export function readUnits(bytes: number, consistent: boolean): number {
  return units(bytes, READ_UNIT_BYTES) / (consistent ? 1 : 2);
}

/** Write units for one item. What it replaces counts instead when that is larger. */
export function writeUnits(bytes: number, replacedBytes = 0): number {
  return units(Math.max(bytes, replacedBytes), WRITE_UNIT_BYTES);
}

function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}

function attributeBytes(attribute: AttributeValue | undefined): number {
  const { S, N, B, M, L, SS, NS, BS } = attribute ?? {};
  if (S !== undefined) return textBytes(S);
  if (N !== undefined) return numberBytes(N);
  if (B !== undefined) return binaryBytes(B);
  if (M) return COLLECTION_BYTES + itemBytes(M) + ELEMENT_BYTES * Object.keys(M).length;
  if (L) return COLLECTION_BYTES + sum(L, (element) => attributeBytes(element) + ELEMENT_BYTES);
  if (SS) return sum(SS, textBytes);
  if (NS) return sum(NS, numberBytes);
  if (BS) return sum(BS, binaryBytes);
  // A Boolean, or null.
  return 1;
}

function textBytes(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : 0;
}

function binaryBytes(binary: unknown): number {
  return ArrayBuffer.isView(binary) ? binary.byteLength : 0;
}

// A byte for two digits, which are paired from the decimal point on, and one more. Pairs of zeros at the ends are left out.
function numberBytes(text: unknown): number {
  if (typeof text !== 'string') return 0;
  if (PLAIN.test(text)) return Math.ceil(text.length / 2) + 1;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const isOdd = (whole.length + Number(exponent)) % 2 !== 0;
  const digits = `${isOdd ? '0' : ''}${whole}${fraction}`;
  const pairs = digits.length % 2 === 0 ? digits : `${digits}0`;
  return pairs.replace(/^(?:00)+|(?:00)+$/g, '').length / 2 + 1 + sign.length;
}

// What nearly all of our own are.
const PLAIN = /^[1-9]\d*[1-9]$/;
const NUMBER = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

function sum<T>(values: readonly T[], bytesOf: (value: T) => number): number {
  return values.reduce((bytes, value) => bytes + bytesOf(value), 0);
}

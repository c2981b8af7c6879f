/**
 * The bytes of an item as DynamoDB counts them for capacity: names and texts in UTF-8, numbers by their significant
 * digits, maps with a little of their own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Entry } from '../tiers/entry';
import { type Item, packEntry } from './item';
import type { ResolvedLayout } from './layout';

const WRITE_UNIT_BYTES = 1_024;
const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/**
 * The bytes of an entry's item.
 *
 * @param nowMs when it is written: the TTL attribute of an entry with a short life depends on it
 */
export function itemBytes(pk: string, entry: Entry, layout: ResolvedLayout, nowMs: number): number {
  return sizeOf(packEntry(pk, entry, layout, nowMs));
}

/** What a write of so many bytes costs. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value),
    0,
  );
}

/** Of the kinds that our items have. */
function sizeOfValue({ S, N, B, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return sizeOfNumber(N);
  if (B !== undefined) return B.byteLength;
  if (M !== undefined) return COLLECTION_BYTES + sizeOf(M) + Object.keys(M).length * ELEMENT_BYTES;
  return 1;
}

// A byte for two digits, and one more; zeros at either end are not kept.
function sizeOfNumber(text: string): number {
  const digits = text.replace(/^-?0*/, '').replace(/0*$/, '');
  return Math.ceil(digits.length / 2) + 1;
}

/**
 * Tells whoever asked for an operation what it cost at each key: what DynamoDB says it charged for the request, shared
 * out among its keys by their sizes; where it does not say, what it charges for such sizes. A request that got no
 * answer is not counted: nobody knows whether it was charged.
 */
import type { Spent } from '../observability/charge';
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { Item } from './item';
import { itemBytes, readUnits, writeUnits } from './units';

/** What a request costs at one key, by the sizes. */
interface Line {
  readonly address: string;
  readonly bytes: number;
  readonly units: number;
}

type Consumed = ConsumedCapacity | readonly ConsumedCapacity[] | undefined;

/** @param found the item at each key, if there is one */
export function chargeRead(
  spent: Spent | undefined,
  found: Iterable<readonly [address: string, item: Item | undefined]>,
  consistent: boolean,
  consumed: Consumed,
): void {
  if (!spent) return;
  const lines: Line[] = [];
  for (const [address, item] of found) {
    const bytes = itemBytes(item);
    lines.push({ address, bytes, units: readUnits(bytes, consistent) });
  }
  const ratio = ratioOf(lines, consumed);
  for (const { address, bytes, units } of lines)
    spent({ address, bytes, readUnits: units * ratio, writeUnits: 0 });
}

/** @param replaced what stood there before, where that is known */
export function chargeWrite(
  spent: Spent | undefined,
  written: Iterable<readonly [address: string, item: Item, replaced?: Item | undefined]>,
  consumed: Consumed,
): void {
  if (!spent) return;
  const lines = Array.from(written, ([address, item, replaced]) => {
    const bytes = itemBytes(item);
    return { address, bytes, units: writeUnits(bytes, itemBytes(replaced)) };
  });
  const ratio = ratioOf(lines, consumed);
  for (const { address, bytes, units } of lines)
    spent({ address, bytes, readUnits: 0, writeUnits: units * ratio });
}

/** A write whose condition failed costs what the item in its way would; DynamoDB never says so. */
export function chargeRefusal(spent: Spent | undefined, address: string, inTheWay: Item): void {
  spent?.({ address, bytes: 0, readUnits: 0, writeUnits: writeUnits(itemBytes(inTheWay)) });
}

function ratioOf(lines: readonly Line[], consumed: Consumed): number {
  if (consumed === undefined) return 1;
  const charged = [consumed].flat().map(({ CapacityUnits }) => CapacityUnits);
  const isTold = charged.length > 0 && charged.every(Number.isFinite);
  if (!isTold) return 1;
  const estimated = lines.reduce((sum, { units }) => sum + units, 0);
  return charged.reduce((sum: number, units) => sum + (units ?? 0), 0) / estimated;
}

/** Whole items, values and all, in parallel: for what has to be measured. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { startsOf } from './address';
import type { Context } from './context';

type Item = Record<string, AttributeValue>;

/** @param space as `--namespace` has it: `shop` means every version of it; undefined everything */
export async function scanItems(
  { connection, settings, signal }: Context,
  segments: number,
  space: string | undefined,
  onPage: (items: readonly Item[], scanned: number) => void,
): Promise<void> {
  const starts = space === undefined ? [] : startsOf(space);
  const within = starts.length > 0 && {
    FilterExpression: starts.map((_, i) => `begins_with(#pk, :start${i})`).join(' OR '),
    ExpressionAttributeNames: { '#pk': settings.layout.partitionKey },
    ExpressionAttributeValues: Object.fromEntries(starts.map((start, i) => [`:start${i}`, { S: start }])),
  };
  const segment = async (index: number) => {
    let from: Item | undefined;
    do {
      signal.throwIfAborted();
      const input = {
        TableName: settings.table,
        ...within,
        ...(segments > 1 && { Segment: index, TotalSegments: segments }),
        ...(from && { ExclusiveStartKey: from }),
      };
      const page = await connection.send(({ client, sdk }, options) =>
        client.send(new sdk.ScanCommand(input), options),
      );
      onPage(page.Items ?? [], page.ScannedCount ?? 0);
      from = page.LastEvaluatedKey;
    } while (from);
  };
  await Promise.all(Array.from({ length: segments }, (_, index) => segment(index)));
}

/**
 * `createTable: true` with `coherence: 'stream'`: switches the table's stream on. KEYS_ONLY, because every process reads
 * every record, and an address is all that it needs to forget; with NEW_IMAGE each value would travel to each process.
 */
import type { Table } from './table';

/** Any view of a stream that is on already will do. @throws the SDK's error when DynamoDB refuses */
export async function switchStreamOn(table: Table): Promise<void> {
  if (await isStreamOn(table)) return;
  const input = {
    TableName: table.name,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const },
  };
  try {
    await table.administer(({ client, sdk }, options) =>
      client.send(new sdk.UpdateTableCommand(input), options),
    );
  } catch (error) {
    // Another process may have switched it on at the same moment.
    if (!(await isStreamOn(table))) throw error;
  }
}

async function isStreamOn(table: Table): Promise<boolean> {
  const { Table: description } = await table.administer(({ client, sdk }, options) =>
    client.send(new sdk.DescribeTableCommand({ TableName: table.name }), options),
  );
  return description?.StreamSpecification?.StreamEnabled === true;
}

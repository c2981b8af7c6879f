import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { ConversationsTable } from '../database/conversations-table';
import type { StreamRecord } from '../last-message/stream-event';
import type { DemoApp } from './demo-app';

/** All that the table's stream has, as Lambda may bring it once more. */
export async function wholeStream(demoApp: DemoApp): Promise<StreamRecord[]> {
  const client = demoApp.get(DynamoDBStreamsClient);
  const StreamArn = await demoApp.get(ConversationsTable).streamArn();
  const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const records: StreamRecord[] = [];
  for (const { ShardId } of stream?.Shards ?? []) {
    const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(position));
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    records.push(...(page.Records ?? []));
  }
  return records;
}

/**
 * The story without a browser, on instances that start cold, are frozen, and thaw. Each scene checks what it tells; the
 * first one that does not hold ends the demo with exit code 1. With RECORD=1 its figures go into the README.
 */
import { availableParallelism, loadavg } from 'node:os';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createTable } from '../provide-table';
import { TrafficService } from '../traffic-service/traffic-service';
import { coldStarts } from './cold-starts';
import { DynamoDBLink } from './dynamodb-link';
import { keep } from './draw';
import { deadConnections, pastItsLife, refreshInTheMiddle } from './freezing';
import { oneInstance } from './one-instance';
import { recreating } from './recreating';
import type { Stage } from './stage';

const TABLE = 'functions-demo';
const isRecorded = process.env.RECORD === '1';

// Each of the instances would say it again.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function main(): Promise<void> {
  const dynamodb = await startDynamoDB();
  const link = await DynamoDBLink.to(dynamodb.endpoint);
  const traffic = await TrafficService.start();
  try {
    const env = {
      ...(await createTable(TABLE, link.endpoint)),
      CACHE_TIMEOUT: '5s',
      TRAFFIC_URL: traffic.url,
    };
    const stage: Stage = { traffic, link, env };
    console.log(`\nFunctions on an embedded DynamoDB (${dynamodb.engine}).\n`);
    const coldStart = await coldStarts(stage, isRecorded ? 15 : 3);
    const oneInstanceFigures = await oneInstance(stage);
    await pastItsLife(stage);
    await deadConnections(stage);
    await refreshInTheMiddle(stage, TABLE);
    const recreate = await recreating(stage);
    console.log('\nEvery answer was right.\n');
    if (isRecorded) await keep({ machine: machine(), coldStart, oneInstance: oneInstanceFigures, recreate });
  } finally {
    await traffic.close();
    await link.close();
    await dynamodb.stop();
  }
}

function machine(): string {
  const { node } = process.versions;
  return `Node ${node}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(0) ?? '?'}`;
}

// A signal that nobody handles ends this process without its 'exit' event, and instances that are frozen stay.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

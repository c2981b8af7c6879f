/** The two servers a hit is measured against. Both are processes of their own and end with this one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { clientOf } from './client.mjs';

/** An embedded engine with a table. */
export async function startEngine(table) {
  const { endpoint, engine, stop } = await startDynamoDB();
  const client = clientOf(endpoint);
  await createDynamoCache({ table, client, createTable: true }).prepare();
  client.destroy();
  return { name: engine, endpoint, stop };
}

/** A server that answers at once. */
export async function startStub() {
  const child = fork(new URL('stub-server.mjs', import.meta.url));
  const [endpoint] = await once(child, 'message');
  const stop = async () => {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  };
  return { name: 'instant server', endpoint, stop };
}

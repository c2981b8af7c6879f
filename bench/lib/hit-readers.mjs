/** The two ways to read an item that are compared: through the cache, and by a GetItem of one's own. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { recordOf } from './record.mjs';

export const TABLE = 'bench';
const NAMESPACE = 'bench';
const AT_ONCE = 50;

/**
 * A cache with a client of its own and `count` hits in its table: `hit:0`, `hit:1` and so on. Another cache has put them there: who
 * put a value reads it consistently for 5 seconds.
 */
export async function fillCache(client, count) {
  const options = { table: TABLE, client, namespace: NAMESPACE, ttl: '1h', timeout: '10s' };
  // The instant server knows single puts only.
  const filler = createDynamoCache({ ...options, batch: false });
  for (let start = 0; start < count; start += AT_ONCE) {
    const writes = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, i) =>
      filler.set(keyOf(start + i), recordOf(String(start + i))),
    );
    if ((await Promise.all(writes)).includes(false)) throw new Error('the table could not be filled');
  }
  await filler.close();
  return createDynamoCache(options);
}

/** Each reads the item of the caller with that number. A read that is no hit throws: it would spoil the figures. */
export function readersOf(client, cache) {
  const notHit = () => {
    throw new Error('a read was no hit');
  };
  return {
    cache: (caller) => cache.getOrLoad(keyOf(caller), notHit),
    sdk: async (caller) => {
      const Key = { pk: { S: `${NAMESPACE}#${keyOf(caller)}` } };
      const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key }));
      return Item ?? notHit();
    },
  };
}

function keyOf(caller) {
  return `hit:${caller}`;
}

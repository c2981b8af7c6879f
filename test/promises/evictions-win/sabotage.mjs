/**
 * Precautions by which evictions win, each taken out from outside: the published code has no switch for them. The
 * checker has to see that each is needed.
 */
import { DynamoStore } from '../../../dist/dynamodb/dynamo-store.js';

/** A store that has been robbed of a precaution, or a sound one. */
export function createStore(options, sabotage) {
  switch (sabotage) {
    case 'fills without a condition':
    case 'fills without a condition, flights not detached':
      return new UnconditionalStore(options);
    case 'evictions that delete':
      return new ForgetfulStore(options);
    case 'versions that end with their entry': {
      const store = new DynamoStore(options);
      endVersionsEarly(store.table);
      return store;
    }
    default:
      return new DynamoStore(options);
  }
}

/** Takes out what is a matter of the engine. */
export function sabotageEngine({ flights, reader, writer }, sabotage) {
  switch (sabotage) {
    case 'flights joined by key alone':
      replace(flights, 'find', (find) => (key) => find(key, { known: false }));
      break;
    case 'reads joined after they were sent':
      replace(reader.queue, 'read', joiningWhatIsSent);
      break;
    case 'fills however long the load took':
      replace(writer, 'tookTooLong', () => () => false);
      break;
    case 'fills without a condition, flights not detached':
      replace(flights, 'detach', () => () => {});
      break;
  }
}

class UnconditionalStore extends DynamoStore {
  async fill(key, entry, _seen, call) {
    await super.put(key, entry, call);
    return 'filled';
  }
}

class ForgetfulStore extends DynamoStore {
  async evict(key, _tombstone, { signal }) {
    const input = { TableName: this.tableName, Key: { pk: { S: this.pk(key) } } };
    await this.table.administer(({ client, sdk }) =>
      client.send(new sdk.DeleteItemCommand(input), { abortSignal: signal }),
    );
    return true;
  }
}

function endVersionsEarly(table) {
  const early = (item) => ({ ...item, ttl: { N: String(Math.ceil(Number(item.end.N) / 1_000)) } });
  replace(table, 'put', (put) => (item, signal) => put(early(item), signal));
  replace(
    table,
    'putOver',
    (putOver) =>
      (seen, item, ...rest) =>
        putOver(seen, early(item), ...rest),
  );
}

function joiningWhatIsSent(read) {
  const sent = new Map();
  return (key, consistent) => {
    if (!sent.has(key))
      sent.set(
        key,
        read(key, consistent).finally(() => sent.delete(key)),
      );
    return sent.get(key);
  };
}

// A precaution that has got another name must not look like one that nobody needs.
function replace(target, method, sabotaged) {
  if (typeof target[method] !== 'function') throw new Error(`there is no ${method} to take out`);
  target[method] = sabotaged(target[method].bind(target));
}

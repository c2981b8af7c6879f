/**
 * Precautions by which evictions win, each taken out from outside: the published code has no switch for them. The
 * checker has to see that each is needed.
 */
import sdk from '@aws-sdk/client-dynamodb';
import freshness from '../../../.cache/modules/engine/freshness.js';
import stamps from '../../../.cache/modules/engine/stamps.js';

/** Each is given the engine, and the store before it is watched. What it changes in a module, it returns how to undo. */
const SABOTAGES = {
  'fills without a condition': ({ store }) => fillUnconditionally(store),
  'fills without a condition, flights not detached': ({ store, flights }) => {
    fillUnconditionally(store);
    replace(flights, 'detach', () => () => {});
  },
  'evictions that delete': ({ store }) => {
    replace(
      store,
      'evict',
      (evict) => (address, tombstone, call) =>
        address.includes('~stamp:') ? evict(address, tombstone, call) : remove(store.table, address, call),
    );
  },
  'evictions of tags that delete': ({ store }) => {
    replace(
      store,
      'evict',
      (evict) => (address, tombstone, call) =>
        address.includes('~stamp:') ? remove(store.table, address, call) : evict(address, tombstone, call),
    );
  },
  'versions that end with their entry': ({ store: { table } }) => {
    const early = (item) => ({ ...item, ttl: { N: String(Math.ceil(Number(item.end.N) / 1_000)) } });
    replace(
      table,
      'put',
      (put) =>
        (item, ...rest) =>
          put(() => early(item()), ...rest),
    );
    replace(
      table,
      'putMany',
      (putMany) => (items, signal) =>
        putMany(
          items.map((item) => () => early(item())),
          signal,
        ),
    );
    replace(
      table,
      'putOver',
      (putOver) =>
        (seen, item, ...rest) =>
          putOver(seen, early(item), ...rest),
    );
  },
  'fills however long the load took': ({ writer }) => replace(writer, 'tookTooLong', () => () => false),
  'flights joined by key alone': ({ flights }) =>
    replace(flights, 'find', (find) => (address) => find(address, { known: false })),
  'flights joined across generations': () => replace(stamps, 'isSameGenerations', () => () => true),
  'flights not detached': ({ flights }) => replace(flights, 'detach', () => () => {}),
  'flights not detached by tags': ({ flights }) => replace(flights, 'detachStamp', () => () => {}),
  'reads joined after they were sent': ({ reader }) => replace(reader.queue, 'read', joiningWhatIsSent),
  'entries without generations': ({ entries }) =>
    replace(entries, 'make', (make) => (...args) => ({ ...make(...args), stamps: undefined })),
  'generations not compared': () => replace(stamps, 'isValid', () => () => true),
  'generations read after the load': ({ loads, reader }) =>
    replace(loads.shared, 'run', (run) => async (request, ...rest) => {
      const loaded = await run(request, ...rest);
      const generations = await reader.stampsOf(request.target, request.subject);
      const late = stamps.carried(request.target.stamps, generations);
      return { ...loaded, entry: loaded.entry && { ...loaded.entry, stamps: late } };
    }),
  'a memory tier that is not told of evictions': ({ evictor }) =>
    replace(evictor.evictions, 'overtaken', () => () => false),
  'a table that is believed though an eviction is on its way': ({ evictor }) =>
    replace(evictor.late, 'has', () => () => false),
  'lives that do not end': () => replace(freshness, 'freshnessOf', () => () => 'fresh'),
};

/** @returns undoes what would outlive the engine */
export function sabotage(name, store, { loads, entries, reader, writer, evictor }) {
  if (name === undefined) return () => {};
  const undo = SABOTAGES[name]({
    store,
    loads,
    entries,
    reader,
    writer,
    evictor,
    flights: loads.shared.flights,
  });
  return typeof undo === 'function' ? undo : () => {};
}

function fillUnconditionally(store) {
  replace(store, 'fill', () => async (address, entry, _seen, call) => {
    await store.put(address, entry, call);
    return { filled: true };
  });
}

async function remove(table, pk, { signal }) {
  const input = { TableName: table.name, Key: { pk: { S: pk } } };
  await table.administer(({ client }) =>
    client.send(new sdk.DeleteItemCommand(input), { abortSignal: signal }),
  );
  return true;
}

function joiningWhatIsSent(read) {
  const sent = new Map();
  return (key, consistent, payer) => {
    if (!sent.has(key))
      sent.set(
        key,
        read(key, consistent, payer).finally(() => sent.delete(key)),
      );
    return sent.get(key);
  };
}

// A precaution that has got another name must not look like one that nobody needs.
function replace(target, name, sabotaged) {
  const original = target[name];
  if (typeof original !== 'function') throw new Error(`there is no ${name} to take out`);
  target[name] = sabotaged(original.bind(target));
  return () => {
    target[name] = original;
  };
}

/**
 * What a client's requests cost, as DynamoDB says in its answers: capacity units, and the bytes of the bodies both ways.
 * A write whose condition failed does not say; it is charged all the same, and here it is a lease, which is one unit. Who
 * sent a request is told only what it asked for itself.
 */
const READS = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand']);

export class Capacity {
  #spent = { requests: 0, readUnits: 0, writeUnits: 0, bytes: 0 };

  constructor(client) {
    client.middlewareStack.add(this.#countUnits, { step: 'initialize', name: 'countUnits' });
    client.middlewareStack.add(this.#countBytes, { step: 'deserialize', name: 'countBytes' });
  }

  /** What has been spent so far. */
  get spent() {
    return { ...this.#spent };
  }

  #countUnits =
    (next, { commandName }) =>
    async (args) => {
      const kind = READS.has(commandName) ? 'readUnits' : 'writeUnits';
      this.#spent.requests++;
      try {
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        const consumed = [result.output.ConsumedCapacity].flat();
        for (const { CapacityUnits } of consumed) this.#spent[kind] += CapacityUnits;
        if (args.input.ReturnConsumedCapacity === undefined) delete result.output.ConsumedCapacity;
        return result;
      } catch (error) {
        if (error.name === 'ConditionalCheckFailedException') this.#spent.writeUnits++;
        throw error;
      }
    };

  #countBytes = (next) => async (args) => {
    const result = await next(args);
    const received = Number(result.response.headers['content-length']);
    this.#spent.bytes += Buffer.byteLength(args.request.body) + received;
    return result;
  };
}

/** What was spent between two looks at it. */
export function difference(after, before) {
  return Object.fromEntries(Object.keys(before).map((figure) => [figure, after[figure] - before[figure]]));
}

import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';

const READS = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand']);

export interface Units {
  readUnits: number;
  writeUnits: number;
}

interface Output {
  ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  Responses?: Record<string, unknown[]>;
}

interface Input {
  ReturnConsumedCapacity?: string;
  RequestItems?: Record<string, { Keys: unknown[]; ConsistentRead?: boolean }>;
}

/**
 * Adds up what DynamoDB says that a client's requests cost, and keeps it from the client where that did not ask. A
 * write whose condition failed says nothing; what stands in its way here is always one unit.
 */
export class Oracle {
  private readonly charged: Units = { readUnits: 0, writeUnits: 0 };
  private forgotten = 0;

  constructor(client: DynamoDBClient) {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const input = args.input as Input;
          const kind = READS.has(commandName) ? 'readUnits' : 'writeUnits';
          try {
            const result = await next({
              ...args,
              input: { ...input, ReturnConsumedCapacity: 'TOTAL' },
            });
            const output = result.output as Output;
            for (const { CapacityUnits = 0 } of [output.ConsumedCapacity ?? []].flat())
              this.charged[kind] += CapacityUnits;
            if (commandName === 'BatchGetItemCommand') this.forgotten += missingUnits(input, output);
            if (input.ReturnConsumedCapacity === undefined) delete output.ConsumedCapacity;
            return result;
          } catch (error) {
            if ((error as Error).name === 'ConditionalCheckFailedException') this.charged.writeUnits++;
            throw error;
          }
        },
      { step: 'initialize', name: 'oracle' },
    );
  }

  /** As the engine says. */
  get told(): Units {
    return { ...this.charged };
  }

  /** As AWS would charge: DynamoDB Local takes nothing for the keys of a batch that are not there. */
  due(engine: string): Units {
    const { readUnits, writeUnits } = this.charged;
    return { readUnits: readUnits + (engine === 'dynamodb-local' ? this.forgotten : 0), writeUnits };
  }
}

function missingUnits({ RequestItems = {} }: Input, { Responses = {} }: Output): number {
  return Object.entries(RequestItems).reduce((units, [table, { Keys, ConsistentRead = false }]) => {
    const missing = Keys.length - (Responses[table]?.length ?? 0);
    return units + missing * (ConsistentRead ? 1 : 0.5);
  }, 0);
}

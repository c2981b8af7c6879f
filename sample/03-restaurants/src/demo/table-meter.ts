import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface Charge {
  readonly CapacityUnits?: number;
}

/** What a client sends to DynamoDB, and what DynamoDB says it charges for that. */
export class TableMeter {
  requests = 0;
  readUnits = 0;
  writeUnits = 0;

  constructor({ middlewareStack }: Pick<DynamoDBClient, 'middlewareStack'>) {
    middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input;
          const answer = await next({ ...args, input });
          const { ConsumedCapacity = [] } = answer.output as { ConsumedCapacity?: Charge | Charge[] };
          const units = [ConsumedCapacity]
            .flat()
            .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
          this.requests++;
          if (/Get|Query/.test(commandName)) this.readUnits += units;
          else this.writeUnits += units;
          return answer;
        },
      { step: 'initialize' },
    );
  }
}

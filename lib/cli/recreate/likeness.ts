/** How a table differs from what it was: of what DynamoDB tells in the same words before and after. */
import type { CreateTableCommandInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { type TableBlueprint, blueprintOf } from '../table-blueprint';

const TRAITS: Readonly<Record<string, (table: CreateTableCommandInput) => unknown>> = {
  keys: ({ KeySchema }) => KeySchema?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]),
  billing: ({ BillingMode }) => BillingMode,
  stream: ({ StreamSpecification: stream }) => stream?.StreamEnabled && stream.StreamViewType,
  encryption: ({ SSESpecification: encryption }) => encryption?.SSEType,
  indexes: ({ GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] }) =>
    [...global, ...local].map(({ IndexName }) => IndexName).sort(),
};

/** Names of what is different: `['billing', 'stream']`. */
export function differencesFrom({ table }: TableBlueprint, description: TableDescription): string[] {
  const made = blueprintOf({
    description,
    ttl: { status: 'DISABLED', attribute: undefined },
    pointInTimeRecovery: undefined,
    tags: undefined,
  }).table;
  return Object.entries(TRAITS)
    .filter(([, traitOf]) => JSON.stringify(traitOf(made)) !== JSON.stringify(traitOf(table)))
    .map(([name]) => name);
}

/**
 * What it takes to create a table again as it is: everything that CreateTable accepts, and what has to be switched on
 * afterwards.
 */
import type {
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  LocalSecondaryIndex,
  ProvisionedThroughput,
  TableDescription,
} from '@aws-sdk/client-dynamodb';
import { CliError } from './cli-error';
import type { TableSettings } from './table-settings';

export interface TableBlueprint {
  readonly table: CreateTableCommandInput;
  readonly ttlAttribute: string | undefined;
  readonly pointInTimeRecovery: boolean;
}

/** @throws CliError when the table has what could not be given back */
export function blueprintOf({ description, ttl, pointInTimeRecovery, tags }: TableSettings): TableBlueprint {
  const name = description.TableName ?? '';
  if ((description.Replicas ?? []).length > 0)
    throw new CliError(
      `The table ${name} is a global table, and its replicas would be lost.`,
      'Empty it with dynamo-cache flush.',
    );
  const isProvisioned =
    description.BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST' && hasThroughput(description);
  const { SSEDescription: sse, StreamSpecification: stream, TableClassSummary: tableClass } = description;
  const indexes = (description.GlobalSecondaryIndexes ?? []).map((index) =>
    globalIndex(index, isProvisioned),
  );
  const localIndexes = (description.LocalSecondaryIndexes ?? []).map(
    ({ IndexName, KeySchema, Projection }): LocalSecondaryIndex => ({ IndexName, KeySchema, Projection }),
  );
  return {
    table: {
      TableName: name,
      KeySchema: description.KeySchema,
      AttributeDefinitions: description.AttributeDefinitions,
      BillingMode: isProvisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
      ...(isProvisioned && { ProvisionedThroughput: throughput(description.ProvisionedThroughput) }),
      ...(description.OnDemandThroughput && { OnDemandThroughput: description.OnDemandThroughput }),
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      ...(localIndexes.length > 0 && { LocalSecondaryIndexes: localIndexes }),
      ...(stream?.StreamEnabled && { StreamSpecification: stream }),
      ...(sse?.SSEType === 'KMS' && {
        SSESpecification: {
          Enabled: true,
          SSEType: 'KMS' as const,
          ...(sse.KMSMasterKeyArn !== undefined && { KMSMasterKeyId: sse.KMSMasterKeyArn }),
        },
      }),
      ...(tableClass?.TableClass && { TableClass: tableClass.TableClass }),
      ...(tags && tags.length > 0 && { Tags: tags.filter(({ Key }) => !Key?.startsWith('aws:')) }),
    },
    ttlAttribute: ttl.status.startsWith('ENABL') ? ttl.attribute : undefined,
    pointInTimeRecovery: pointInTimeRecovery ?? false,
  };
}

function globalIndex(index: GlobalSecondaryIndexDescription, isProvisioned: boolean): GlobalSecondaryIndex {
  const { IndexName, KeySchema, Projection, ProvisionedThroughput, OnDemandThroughput } = index;
  return {
    IndexName,
    KeySchema,
    Projection,
    ...(isProvisioned && { ProvisionedThroughput: throughput(ProvisionedThroughput) }),
    ...(OnDemandThroughput && { OnDemandThroughput }),
  };
}

// A description has more in it than a request may have.
function throughput(described: Partial<ProvisionedThroughput> | undefined): ProvisionedThroughput {
  const { ReadCapacityUnits = 1, WriteCapacityUnits = 1 } = described ?? {};
  return { ReadCapacityUnits, WriteCapacityUnits };
}

function hasThroughput({ ProvisionedThroughput: units }: TableDescription): boolean {
  return (units?.ReadCapacityUnits ?? 0) > 0;
}

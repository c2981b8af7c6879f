import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { bytesText, countText, factsText } from '../figures';
import { type TableSettings, readTableSettings } from '../table-settings';

export async function run({ connection, output, settings }: Context): Promise<ExitCode> {
  const found = await readTableSettings(connection, settings.table);
  const facts = factsOf(found);
  output.result(facts, () => render(facts));
  return EXIT.ok;
}

type Facts = ReturnType<typeof factsOf>;

function factsOf({ description, ttl, pointInTimeRecovery, tags }: TableSettings) {
  const types = new Map(description.AttributeDefinitions?.map((a) => [a.AttributeName, a.AttributeType]));
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } =
    description.ProvisionedThroughput ?? {};
  const billing =
    description.BillingModeSummary?.BillingMode ?? (read + write > 0 ? 'PROVISIONED' : 'PAY_PER_REQUEST');
  const stream = description.StreamSpecification;
  return {
    table: description.TableName,
    arn: description.TableArn,
    status: description.TableStatus,
    created: description.CreationDateTime,
    keys: (description.KeySchema ?? []).map(({ AttributeName, KeyType }) => ({
      name: AttributeName,
      role: KeyType === 'HASH' ? 'partition key' : 'sort key',
      type: types.get(AttributeName),
    })),
    items: description.ItemCount ?? 0,
    bytes: description.TableSizeBytes ?? 0,
    billing,
    readUnits: billing === 'PROVISIONED' ? read : undefined,
    writeUnits: billing === 'PROVISIONED' ? write : undefined,
    ttl: { status: ttl.status, attribute: ttl.attribute },
    stream: stream?.StreamEnabled
      ? { view: stream.StreamViewType, arn: description.LatestStreamArn }
      : undefined,
    encryption:
      description.SSEDescription?.KMSMasterKeyArn ?? description.SSEDescription?.SSEType ?? 'DynamoDB key',
    pointInTimeRecovery,
    deletionProtection: description.DeletionProtectionEnabled ?? false,
    class: description.TableClassSummary?.TableClass ?? 'STANDARD',
    indexes: [
      ...(description.GlobalSecondaryIndexes ?? []),
      ...(description.LocalSecondaryIndexes ?? []),
    ].map(({ IndexName }) => IndexName),
    tags: tags && Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

function render(facts: Facts): string {
  const onOff = (flag: boolean | undefined) => (flag === undefined ? undefined : flag ? 'on' : 'off');
  const tags = Object.entries(facts.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  const units = facts.readUnits === undefined ? '' : `, ${facts.readUnits} RCU, ${facts.writeUnits ?? 0} WCU`;
  return factsText([
    ['table', facts.table],
    ['arn', facts.arn],
    ['status', facts.status],
    ['created', facts.created?.toISOString()],
    ['keys', facts.keys.map(({ name = '', role, type = '' }) => `${name} (${role}, ${type})`).join(', ')],
    ['items', `${countText(facts.items)} (counted by DynamoDB within the last six hours)`],
    ['size', bytesText(facts.bytes)],
    ['billing', `${facts.billing === 'PROVISIONED' ? 'provisioned' : 'on-demand'}${units}`],
    [
      'ttl',
      facts.ttl.attribute === undefined
        ? facts.ttl.status
        : `${facts.ttl.status} by "${facts.ttl.attribute}"`,
    ],
    ['stream', facts.stream?.view ?? 'off'],
    ['encryption', facts.encryption],
    ['recovery', onOff(facts.pointInTimeRecovery)],
    ['protection', onOff(facts.deletionProtection)],
    ['class', facts.class],
    ['indexes', facts.indexes.length > 0 ? facts.indexes.join(', ') : undefined],
    ['tags', tags.length > 0 ? tags.join(' ') : undefined],
  ]);
}

/** What a table's settings say about how well it suits a cache. */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { keySchema } from '../dynamodb/prepare-table';
import type { KnownSettings } from './doctor/table-trials';
import type { Finding } from './finding';
import type { Settings } from './settings';
import type { TableSettings } from './table-settings';

/** Of what is known: it takes permissions to be told. */
export function checkSettings(
  { description, ttl, pointInTimeRecovery }: KnownSettings,
  settings: Settings,
): Finding[] {
  return [
    description ? checkKeys(description, settings) : unknown('keys', 'DescribeTable'),
    ttl ? checkTtl(ttl, settings) : unknown('ttl', 'DescribeTimeToLive'),
    ...(description ? checkRest(description, pointInTimeRecovery, settings) : UNKNOWN_REST),
  ];
}

function unknown(check: string, action: string): Finding {
  return { check, verdict: 'unknown', message: `not known without dynamodb:${action}` };
}

const UNKNOWN_REST = ['billing', 'stream'].map((check) => unknown(check, 'DescribeTable'));

function checkKeys(description: TableDescription, { table, layout }: Settings): Finding {
  const types = new Map(description.AttributeDefinitions?.map((a) => [a.AttributeName, a.AttributeType]));
  const keys = description.KeySchema ?? [];
  const found = keys.map(
    (key) => `${key.AttributeName ?? ''} (${key.KeyType ?? ''}, ${types.get(key.AttributeName) ?? ''})`,
  );
  const wanted = keySchema(layout).map((key) => `${key.AttributeName ?? ''} (${key.KeyType ?? ''}, S)`);
  if (found.join() === wanted.join()) return { check: 'keys', verdict: 'ok', message: found.join(', ') };
  const message = `its keys are ${found.join(', ')}, and the cache writes ${wanted.join(', ')}`;
  const [hash, range] = keys;
  const allText = keys.every((key) => types.get(key.AttributeName) === 'S');
  const names = [
    `partitionKey=${hash?.AttributeName ?? ''}`,
    ...(range ? [`sortKey=${range.AttributeName ?? ''}`] : []),
  ];
  const fix = allText
    ? `dynamo-cache table doctor --table ${table} --layout ${names.join(',')}   # and the "layout" option in the application`
    : `dynamo-cache table create --table ${table}-strings`;
  return { check: 'keys', verdict: 'wrong', message, fix };
}

function checkTtl(ttl: TableSettings['ttl'], { table, layout }: Settings): Finding {
  const isOn = ttl.status === 'ENABLED' || ttl.status === 'ENABLING';
  if (isOn && ttl.attribute === layout.ttl)
    return { check: 'ttl', verdict: 'ok', message: `on, by "${layout.ttl}", in seconds` };
  if (!isOn) {
    const message =
      ttl.status === 'DISABLING'
        ? 'is being switched off'
        : 'is off: nothing is ever deleted, and storage grows';
    return {
      check: 'ttl',
      verdict: 'wrong',
      message,
      fix: `dynamo-cache table create --table ${table}   # switches it on`,
    };
  }
  const message = `is by the attribute "${ttl.attribute ?? ''}", and the cache writes "${layout.ttl}"`;
  return {
    check: 'ttl',
    verdict: 'wrong',
    message,
    fix: `layout: { ttl: '${ttl.attribute ?? ''}' } in the application, --layout ttl=${ttl.attribute ?? ''} here`,
  };
}

function checkRest(
  description: TableDescription,
  pointInTimeRecovery: boolean | undefined,
  { table }: Settings,
): Finding[] {
  const read = description.ProvisionedThroughput?.ReadCapacityUnits ?? 0;
  const isOnDemand = description.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' || read === 0;
  const stream = description.StreamSpecification;
  const view = stream?.StreamEnabled ? (stream.StreamViewType ?? '') : undefined;
  const findings: Finding[] = [
    isOnDemand
      ? { check: 'billing', verdict: 'ok', message: 'on-demand' }
      : {
          check: 'billing',
          verdict: 'advice',
          message: `provisioned with ${read} RCU: what exceeds it is throttled, and goes to the loaders`,
          fix: `aws dynamodb update-table --table-name ${table} --billing-mode PAY_PER_REQUEST`,
        },
    {
      check: 'stream',
      verdict: 'ok',
      message: view === undefined ? "off; only coherence: 'stream' and tail need one" : `on, ${view}`,
    },
  ];
  if (view?.includes('IMAGE'))
    findings.push({
      check: 'stream view',
      verdict: 'advice',
      message: `with ${view} every value travels to every process that follows; KEYS_ONLY is enough for coherence`,
    });
  if (pointInTimeRecovery)
    findings.push({
      check: 'recovery',
      verdict: 'advice',
      message: 'point-in-time recovery is on: a cache can be loaded again, and backups are billed',
      fix: `aws dynamodb update-continuous-backups --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=false`,
    });
  if ((description.GlobalSecondaryIndexes ?? []).length > 0)
    findings.push({
      check: 'indexes',
      verdict: 'advice',
      message: 'the cache uses no index, and each one is written with every item',
    });
  return findings;
}

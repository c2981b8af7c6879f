/** Looks at some items for times that cannot be meant: DynamoDB's TTL is in seconds, and nothing else is. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FIXED } from '../dynamodb/layout';
import type { TableConnection } from './connection';
import type { Finding } from './finding';
import { countText, isoText } from './figures';
import type { Settings } from './settings';

// Past the year 5000 in seconds; in milliseconds it is 1973.
const MILLISECONDS_FROM = 1e11;
// DynamoDB ignores what ended longer ago.
const FIVE_YEARS_S = 5 * 365 * 24 * 60 * 60;

export async function checkItems(
  connection: TableConnection,
  settings: Settings,
  sample: number,
): Promise<Finding[]> {
  const { table: TableName, layout } = settings;
  const page = await connection.send(({ client, sdk }, options) =>
    client.send(
      new sdk.ScanCommand({
        TableName,
        Limit: sample,
        ProjectionExpression: '#pk, #ttl, #end',
        ExpressionAttributeNames: { '#pk': layout.partitionKey, '#ttl': layout.ttl, '#end': FIXED.endsAt },
      }),
      options,
    ),
  );
  const items = page.Items ?? [];
  if (items.length === 0) return [{ check: 'items', verdict: 'ok', message: 'there are none' }];
  const findings = KINDS.flatMap(({ verdict, problem, isSo, fix }): Finding[] => {
    const found = items.filter((item) => isSo(item[layout.ttl], item[FIXED.endsAt]));
    const example = found[0]?.[layout.partitionKey]?.S;
    if (example === undefined) return [];
    const message = `${countText(found.length)} of ${countText(items.length)} ${problem}, such as ${JSON.stringify(example)}`;
    return [{ check: 'items', verdict, message, ...(fix !== undefined && { fix }) }];
  });
  if (findings.length > 0) return findings;
  return [
    {
      check: 'items',
      verdict: 'ok',
      message: `${countText(items.length)} looked at; their TTLs are seconds`,
    },
  ];
}

const KINDS: readonly {
  readonly verdict: Finding['verdict'];
  readonly problem: string;
  readonly fix?: string;
  readonly isSo: (ttl: AttributeValue | undefined, end: AttributeValue | undefined) => boolean;
}[] = [
  {
    verdict: 'wrong',
    problem:
      'have a TTL in milliseconds, which DynamoDB takes for a date thousands of years away: they are never deleted',
    fix: "write Math.ceil(milliseconds / 1000) where these items are written; dynamo-cache flush removes the cache's own",
    isSo: (ttl) => seconds(ttl) >= MILLISECONDS_FROM,
  },
  {
    verdict: 'wrong',
    problem: 'have a TTL that is no number, which DynamoDB ignores',
    isSo: (ttl) => ttl !== undefined && ttl.N === undefined,
  },
  {
    verdict: 'advice',
    problem: 'have a TTL more than five years past, which DynamoDB ignores',
    isSo: (ttl) => seconds(ttl) < Date.now() / 1_000 - FIVE_YEARS_S,
  },
  {
    verdict: 'wrong',
    problem: `are the cache's and would be deleted before they end`,
    isSo: (ttl, end) =>
      end?.N !== undefined &&
      seconds(ttl) < MILLISECONDS_FROM &&
      seconds(ttl) * 1_000 + 1_000 < Number(end.N),
  },
];

function seconds(attribute: AttributeValue | undefined): number {
  return attribute?.N === undefined ? Number.NaN : Number(attribute.N);
}

/** How far the clocks are apart, by the time that DynamoDB wrote on its last answer. */
export function checkClock(aheadMs: number | undefined): Finding {
  if (aheadMs === undefined)
    return { check: 'clock', verdict: 'unknown', message: 'DynamoDB does not say what time it is' };
  const apartS = Math.round(Math.abs(aheadMs) / 1_000);
  // The answer's time is in whole seconds.
  if (apartS <= 2)
    return { check: 'clock', verdict: 'ok', message: `as DynamoDB's (${isoText(Date.now())})` };
  const message = `is ${apartS} s ${aheadMs > 0 ? 'ahead of' : 'behind'} DynamoDB's: values end too ${aheadMs > 0 ? 'early' : 'late'}`;
  return {
    check: 'clock',
    verdict: apartS >= 60 ? 'wrong' : 'advice',
    message,
    fix: 'sudo timedatectl set-ntp true',
  };
}

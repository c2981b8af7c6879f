import { spaceOf } from '../address';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { bytesText, columnsText, countText } from '../figures';
import { PRICES, dollarsText } from '../prices';
import { Progress } from '../progress';
import { scanItems } from '../item-scan';
import { readSegments } from '../segments';
import { describeTable } from '../table-settings';
import { type Group, Tally } from '../tally';

interface Options {
  readonly segments: string;
}

// DynamoDB bills a hundred bytes an item besides what is in it.
const OVERHEAD_BYTES = 100;
const GIGABYTE = 1024 ** 3;

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, io, output, settings } = context;
  const segments = readSegments(options.segments);
  const { ItemCount: total = 0 } = await describeTable(connection, settings.table);
  const tally = new Tally(settings.layout, Date.now());
  const progress = new Progress({ stream: io.stderr, isShown: !output.isJson, total });
  const space = settings.isNamespaceGiven ? spaceOf(settings) : undefined;
  try {
    await scanItems(context, segments, space, (items, scanned) => {
      for (const item of items) tally.add(item);
      progress.add(scanned, bytesText(tally.bytes));
    });
  } finally {
    progress.clear();
  }
  const { groups, others } = tally.result();
  const { items, bytes } = tally;
  const dollarsAMonth = ((bytes + items * OVERHEAD_BYTES) / GIGABYTE) * PRICES.gigabyteMonth;
  const sums = sumOf(groups);
  output.result({ table: settings.table, items, bytes, entries: sums, dollarsAMonth, groups, others }, () =>
    [
      columnsText(
        [
          HEAD,
          ...groups.map(rowOf),
          ...(groups.length > 1 ? [rowOf({ ...sums, namespace: 'all', method: '' })] : []),
        ],
        [2, 3, 4, 5, 6],
      ),
      '',
      `Besides: ${countText(others.tombstones)} marks of evictions, ${countText(others.stamps)} stamps, ${countText(others.leases)} leases, ${countText(others.locks)} locks, ${countText(others.foreign)} items of others.`,
      `Storage: ${bytesText(bytes)}, ${dollarsText(dollarsAMonth)} a month (Standard, us-east-1).`,
    ].join('\n'),
  );
  return EXIT.ok;
}

const HEAD = ['NAMESPACE', 'METHOD', 'ENTRIES', 'SIZE', 'AVERAGE', 'LARGEST', 'EXPIRED'];

function rowOf({
  namespace,
  method,
  entries,
  bytes,
  largestBytes,
  expired,
}: Omit<Group, 'expiredBytes'>): string[] {
  const share = entries === 0 ? 0 : Math.round((expired / entries) * 100);
  const average = entries === 0 ? 0 : bytes / entries;
  return [
    namespace,
    method,
    countText(entries),
    bytesText(bytes),
    bytesText(average),
    bytesText(largestBytes),
    `${share}%`,
  ];
}

function sumOf(groups: readonly Group[]): Omit<Group, 'namespace' | 'method'> {
  const sum = { entries: 0, bytes: 0, largestBytes: 0, expired: 0, expiredBytes: 0 };
  for (const group of groups) {
    sum.entries += group.entries;
    sum.bytes += group.bytes;
    sum.expired += group.expired;
    sum.expiredBytes += group.expiredBytes;
    sum.largestBytes = Math.max(sum.largestBytes, group.largestBytes);
  }
  return sum;
}

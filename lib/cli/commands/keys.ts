import { addressesOf, readAddress, spaceOf } from '../address';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { type KeyRow, keyRows } from '../key-pages';
import { EXIT, type ExitCode } from '../exit-code';
import { readCount } from '../figures';

interface Options {
  readonly limit: string;
  readonly all?: boolean;
  readonly after?: string;
  readonly expired?: boolean;
}

export async function run(
  context: Context,
  [prefix = '']: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const { output, settings } = context;
  const limit = readCount(options.limit, 'limit') ?? 1;
  const space = spaceOf(settings);
  // The second of these would be digests, of which nobody can tell what they began with.
  const [start = ''] = addressesOf(space).startingWith(prefix);
  const rows = keyRows(context, {
    start,
    after: options.after === undefined ? undefined : readToken(options.after, space),
    expired: options.expired ?? false,
  });
  if (options.all) return printAll(context, rows);
  const page: KeyRow[] = [];
  let hasMore = false;
  for await (const row of rows) {
    hasMore = page.length === limit;
    if (hasMore) break;
    page.push(row);
  }
  const last = page.at(-1);
  const next = hasMore && last ? Buffer.from(last.partitionKey).toString('base64url') : null;
  const told = page.map(({ key, isDigest, endsAtMs }) => ({ key, isDigest, endsAt: new Date(endsAtMs) }));
  output.result({ namespace: space, keys: told, next }, () => page.map(({ key }) => key).join('\n'));
  if (next !== null && !output.isJson) output.note(`There are more: add --after ${next}, or --all.`);
  return EXIT.ok;
}

async function printAll({ output }: Context, rows: AsyncIterable<KeyRow>): Promise<ExitCode> {
  for await (const { key, isDigest, endsAtMs } of rows) {
    output.row({ key, isDigest, endsAt: new Date(endsAtMs) }, () => key);
    await output.drained();
  }
  return EXIT.ok;
}

function readToken(token: string, space: string): string {
  const partitionKey = Buffer.from(token, 'base64url').toString();
  if (readAddress(partitionKey)?.space === space) return partitionKey;
  throw new UsageError(
    `--after: ${JSON.stringify(token)} is no token of the namespace ${space}`,
    'Write what the last page ended with.',
  );
}

/** The options that every command has, and what the environment says where they are missing. */
import { resolveLayout, type ResolvedLayout, type TableLayout } from '../dynamodb/layout';
import { resolveTableName } from '../dynamodb/table-name';
import { InvalidOptionsError } from '../invalid-options-error';
import { Addresses } from '../key/addresses';
import { UsageError } from './cli-error';
import type { CommandOption } from './command';
import type { Io } from './io';

export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  ['--table <name>', "the table's name or ARN (else CACHE_TABLE, else cache-<NODE_ENV>)"],
  ['--namespace <name>', "the cache's namespace; with a version: shop@2 (default: cache)"],
  ['--endpoint <url>', "DynamoDB's endpoint, such as http://127.0.0.1:8000"],
  ['--region <name>', 'the AWS region (else AWS_REGION, else the profile)'],
  ['--profile <name>', 'the profile of the AWS configuration files'],
  ['--layout <names>', 'attribute names: partitionKey=id,sortKey=sk,value=v,ttl=expires'],
  ['--json', 'print results as JSON'],
  ['--no-color', 'no colours (also NO_COLOR); pipes never get any'],
  ['--verbose', 'the whole error, with its stack'],
];

/** As the command line has them. */
export interface GlobalOptions {
  readonly table?: string;
  readonly namespace?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly layout?: string;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly verbose?: boolean;
}

export interface Settings {
  readonly table: string;
  readonly layout: ResolvedLayout;
  /** As it was written, for those who hand it on. */
  readonly layoutOption: TableLayout;
  readonly namespace: string;
  readonly version: string | undefined;
  /** Whether a namespace was named, and not the default taken. */
  readonly isNamespaceGiven: boolean;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/** @throws UsageError */
export function resolveSettings(options: GlobalOptions, env: Io['env']): Settings {
  const { endpoint, region, profile } = options;
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new UsageError(
      `--endpoint: ${JSON.stringify(endpoint)} is no URL`,
      'Write --endpoint http://127.0.0.1:8000',
    );
  return asUsage(() => {
    const layoutOption = parseLayout(options.layout);
    const [namespace, version] = splitOnce(options.namespace ?? 'cache', '@');
    new Addresses(namespace, version);
    return {
      table: resolveTableName(options.table ?? env.CACHE_TABLE),
      layout: resolveLayout(layoutOption),
      layoutOption,
      namespace,
      version,
      isNamespaceGiven: options.namespace !== undefined,
      endpoint,
      region,
      profile,
    };
  });
}

function parseLayout(text: string | undefined): TableLayout {
  if (text === undefined) return {};
  const pairs = text.split(',').map((pair) => {
    const [role, name] = splitOnce(pair.trim(), '=');
    if (name === undefined) throw new UsageError(`--layout: ${JSON.stringify(pair)} is no pair of role=name`);
    return [role, name] as const;
  });
  return Object.fromEntries(pairs);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** What the library says of an option is said of the command line's. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidOptionsError) throw new UsageError(`--${error.message}`);
    if (error instanceof Error && 'code' in error && error.code === 'INVALID_KEY_PART')
      throw new UsageError(`--namespace: ${error.message}`);
    throw error;
  }
}

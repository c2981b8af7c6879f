/** The options that every command has, and what the environment says where they are missing. */
import { resolveLayout, type ResolvedLayout, type TableLayout } from '../dynamodb/layout';
import { resolveTableName } from '../dynamodb/table-name';
import { InvalidOptionsError } from '../invalid-options-error';
import { Addresses } from '../key/addresses';
import { InvalidKeyPartError } from '../key/invalid-key-part-error';
import { UsageError } from './cli-error';
import type { CommandOption } from './command';
import type { Io } from './io';
import { regionOfTable } from './table-reference';

export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  ['--table <name>', "the table's name or ARN (else CACHE_TABLE, else cache-<NODE_ENV>)"],
  ['--namespace <name>', "the cache's namespace; with a version: shop@2 (default: cache)"],
  ['--endpoint <url>', "DynamoDB's endpoint, such as http://127.0.0.1:8000"],
  ['--region <name>', 'the AWS region (else AWS_REGION, else the profile)'],
  ['--profile <name>', 'the profile of the AWS configuration files'],
  [
    '--layout <names>',
    'attribute names: a preset such as key/value/ttl, names such as partitionKey=id,ttl=expires, or both',
  ],
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
  const { endpoint, profile } = options;
  if (endpoint !== undefined) assertEndpoint(endpoint);
  return asUsage(() => {
    const table = resolveTableName(options.table ?? env.CACHE_TABLE);
    const layoutOption = parseLayout(options.layout);
    const [namespace, version] = splitOnce(options.namespace ?? 'cache', '@');
    new Addresses(namespace, version);
    return {
      table,
      layout: resolveLayout(layoutOption),
      layoutOption,
      namespace,
      version,
      isNamespaceGiven: options.namespace !== undefined,
      endpoint,
      region: regionFor(table, options.region),
      profile,
    };
  });
}

function assertEndpoint(endpoint: string): void {
  const isHttp = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  if (isHttp) return;
  throw new UsageError(
    `--endpoint: ${JSON.stringify(endpoint)} is no URL of HTTP`,
    'Write --endpoint http://127.0.0.1:8000',
  );
}

// A table is reached in its own region only, whatever the environment says.
function regionFor(table: string, given: string | undefined): string | undefined {
  const own = regionOfTable(table);
  if (own === undefined || given === undefined || own === given) return own ?? given;
  throw new UsageError(
    `--region: the table is in ${own}, as its ARN says, and not in ${given}`,
    'Leave --region out.',
  );
}

function parseLayout(text: string | undefined): TableLayout {
  if (text === undefined) return {};
  const pairs = text.split(',').map((part, i) => {
    const [role, name] = splitOnce(part.trim(), '=');
    if (name !== undefined) return [role, name] as const;
    if (i === 0 && role.includes('/')) return ['preset', role] as const;
    throw new UsageError(`--layout: ${JSON.stringify(part)} is no pair of role=name, and no preset`);
  });
  return Object.fromEntries(pairs);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * What the library says of an option is said of the command line's.
 *
 * @param what what it is called here: `--kms-key`, `<name>`. @default as the library's own option
 */
export function asUsage<T>(read: () => T, what?: string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidOptionsError)
      throw new UsageError(`${what ?? `--${error.option}`}: ${without(error.option, error)}`);
    if (error instanceof InvalidKeyPartError)
      throw new UsageError(`${what ?? '--namespace'}: ${without('namespace', error)}`);
    throw error;
  }
}

// The library's messages begin with the name of its own option.
function without(option: string, { message }: Error): string {
  return message.startsWith(`${option}: `) ? message.slice(option.length + 2) : message;
}

/** What went wrong, in one line that says what to do. */
import type { TableConnection } from './connection';
import { CliError, InterruptedError, UsageError } from './cli-error';
import { readDenial } from './denial';
import { EXIT } from './exit-code';
import type { Settings } from './settings';
import { nameOfTable } from './table-reference';
import { describeTable } from './table-settings';

export interface Situation {
  readonly settings: Settings | undefined;
  readonly connection: TableConnection | undefined;
  readonly signal: AbortSignal;
}

interface Described {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

export function explain(error: unknown, situation: Situation): CliError {
  if (error instanceof CliError) return error;
  if (situation.signal.aborted) return new InterruptedError();
  const { name, message, code, cause } = (error ?? {}) as Described;
  // What did not reach the table because of something else is explained by that.
  if (code === 'EVICTION_LOST' && cause !== undefined) return explain(cause, situation);
  const text = firstLine(message);
  const told = byName(String(name), text, error, situation) ?? byNetwork(error, situation);
  if (told) return new CliError(told.message, told.hint, told.exitCode, told.code, { cause: error });
  const isOurs = typeof code === 'string' && error instanceof Error && 'option' in error;
  if (isOurs) return new UsageError(text);
  return new CliError(text || String(name), undefined, EXIT.failure, codeOf(name), { cause: error });
}

/**
 * DynamoDB refuses what does not fit a table's keys in many words; the table itself says whether that is it.
 *
 * @returns undefined when it is something else
 */
export async function otherShape(
  failure: CliError,
  { settings, connection }: Situation,
): Promise<CliError | undefined> {
  if (failure.code !== 'ValidationException' || !settings || !connection) return undefined;
  const description = await describeTable(connection, settings.table).catch(() => undefined);
  const found = (description?.KeySchema ?? []).map(({ AttributeName }) => AttributeName ?? '');
  const types = new Map(description?.AttributeDefinitions?.map((a) => [a.AttributeName, a.AttributeType]));
  const { partitionKey, sortKey } = settings.layout;
  const wanted = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
  const fits = found.join() === wanted.join() && found.every((name) => types.get(name) === 'S');
  if (!description || fits) return undefined;
  const keys = found.map((name) => `${name} (${types.get(name) ?? '?'})`).join(', ');
  const message = `The table ${settings.table} has the keys ${keys}, and the cache writes ${wanted.join(', ')} (S).`;
  return new CliError(message, OTHER_SHAPE, EXIT.failure, 'OTHER_SHAPE', { cause: failure.cause });
}

interface Told {
  readonly message: string;
  readonly hint?: string;
  readonly exitCode: CliError['exitCode'];
  readonly code: string;
}

function byName(
  name: string,
  text: string,
  error: unknown,
  { settings, connection }: Situation,
): Told | undefined {
  const table = settings?.table ?? '';
  const failure = (code: string, message: string, hint?: string): Told => ({
    message,
    ...(hint !== undefined && { hint }),
    exitCode: EXIT.failure,
    code,
  });
  switch (name) {
    case 'ResourceNotFoundException':
    case 'TableNotFoundException':
      return {
        message: `There is no table ${table}${placeOf(settings)}.`,
        hint: `Create it: dynamo-cache table create --table ${nameOfTable(table)}. Or is it another --region, --endpoint or --profile?`,
        exitCode: EXIT.absent,
        code: 'NO_TABLE',
      };
    case 'AccessDeniedException': {
      const denied = deniedBy(text, connection?.operationOf(error), table);
      return failure(
        'ACCESS_DENIED',
        `Not permitted: ${denied.action} on ${denied.resource}${denied.principal ? ` by ${denied.principal}` : ''}.`,
        denied.action.startsWith('kms:')
          ? 'dynamo-cache iam --kms-key <arn> prints the policies for a table that is encrypted with a key of your own.'
          : 'dynamo-cache iam prints the policies that the cache needs.',
      );
    }
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return failure('EXPIRED_TOKEN', 'The session of these AWS credentials has expired.', LOG_IN);
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'InvalidClientTokenId':
    case 'MissingAuthenticationTokenException':
    case 'IncompleteSignatureException':
      return failure('BAD_CREDENTIALS', `AWS does not accept these credentials (${name}).`, LOG_IN);
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return failure('NO_CREDENTIALS', `No AWS credentials could be loaded: ${text}.`, LOG_IN);
    case 'ProvisionedThroughputExceededException':
    case 'ThrottlingException':
    case 'RequestLimitExceeded':
      return failure(
        'THROTTLED',
        `DynamoDB throttles the table ${table} (${name}).`,
        'Try again, or raise its throughput.',
      );
    case 'ResourceInUseException':
      return failure(
        'IN_USE',
        `The table ${table} is being changed, or exists already: ${text}`,
        'dynamo-cache table describe',
      );
    case 'TableSchemaError':
      return failure('OTHER_SHAPE', text, OTHER_SHAPE);
    case 'TimeoutError':
    case 'AbortError':
    case 'DeadlineError':
      return failure('NO_ANSWER', `DynamoDB gave no answer in time${placeOf(settings)}.`, ENDPOINT);
    default:
      return /region is missing/i.test(text)
        ? failure('NO_REGION', 'No AWS region is known.', 'Write --region eu-central-1, or set AWS_REGION.')
        : undefined;
  }
}

const LOG_IN =
  'Log in again (aws sso login), choose another --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
const OTHER_SHAPE =
  'Name its attributes (--layout partitionKey=id,sortKey=sk), or use another table; dynamo-cache table doctor looks closer.';
const ENDPOINT = 'Is the endpoint right, and can it be reached from here?';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPROTO',
]);

function byNetwork(error: unknown, { settings }: Situation): Told | undefined {
  const code = networkCode(error);
  if (code !== undefined) {
    const message = `DynamoDB cannot be reached${placeOf(settings)} (${code}).`;
    return { message, hint: ENDPOINT, exitCode: EXIT.failure, code: 'UNREACHABLE' };
  }
  // What answers is no DynamoDB: its answer is no JSON, or no error that the SDK knows.
  const { name, $metadata } = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (name !== 'SyntaxError' && !(name === 'UnknownError' || (name === 'Error' && status !== undefined)))
    return undefined;
  const message = `What answers${placeOf(settings)} is not DynamoDB${status === undefined ? '' : ` (HTTP ${status})`}.`;
  return { message, hint: ENDPOINT, exitCode: EXIT.failure, code: 'NOT_DYNAMODB' };
}

function networkCode(error: unknown): string | undefined {
  const { code, cause, errors = [] } = (error ?? {}) as Described;
  if (typeof code === 'string' && UNREACHABLE.has(code)) return code;
  for (const inner of [cause, ...errors]) {
    const found = inner === undefined ? undefined : networkCode(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

// Operations whose permission has another name.
const PERMISSIONS: Record<string, string> = { BatchExecuteStatement: 'PartiQLDelete' };

function deniedBy(
  text: string,
  operation: string | undefined,
  table: string,
): { action: string; resource: string; principal?: string } {
  const { principal, action, resource = `the table ${table}` } = readDenial(text);
  return {
    action: action ?? `dynamodb:${PERMISSIONS[operation ?? ''] ?? operation ?? '?'}`,
    resource,
    ...(principal !== undefined && { principal }),
  };
}

function placeOf(settings: Settings | undefined): string {
  if (settings?.endpoint !== undefined) return ` at ${withoutCredentials(settings.endpoint)}`;
  return settings?.region === undefined ? '' : ` in ${settings.region}`;
}

function withoutCredentials(endpoint: string): string {
  return endpoint.replace(/\/\/[^/@]*@/, '//');
}

function firstLine(message: unknown): string {
  return typeof message === 'string' ? (message.split('\n', 1)[0] ?? '') : '';
}

function codeOf(name: unknown): string {
  return typeof name === 'string' && name !== 'Error' ? name : 'FAILED';
}

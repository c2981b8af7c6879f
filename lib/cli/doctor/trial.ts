/** Tries one operation, to learn whether these credentials may send it. */
import { OPERATIONS, type Purpose } from '../../infra/operations';
import { readDenial } from '../denial';
import type { Finding } from '../finding';

export interface Trial<T> {
  /** What IAM calls the operation: `GetItem`. */
  readonly action: string;
  /** What fails without it: `lone reads`. */
  readonly use: string;
  readonly send: () => Promise<T>;
  /** Names of errors that DynamoDB answers only to those who are permitted: it judges that first. */
  readonly provenBy?: readonly string[];
  /** Whether any failure but a refusal ends the doctor: nothing else would be answered, either. */
  readonly isFirst?: boolean;
}

export interface Tried<T> {
  readonly finding: Finding;
  readonly answer: T | undefined;
}

/** @throws the SDK's error when there is no table */
export async function tryOut<T>(
  { action, use, send, provenBy = [], isFirst = false }: Trial<T>,
  table: string,
): Promise<Tried<T>> {
  const check = `dynamodb:${action}`;
  const permitted: Finding = { check, verdict: 'ok', message: `permitted (${use})` };
  try {
    const answer = await send();
    const denied = deniedInside(answer);
    if (denied === undefined) return { finding: permitted, answer };
    return { finding: refusal(action, use, denied, table), answer: undefined };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'AccessDeniedException')
      return { finding: refusal(action, use, message, table), answer: undefined };
    if (provenBy.includes(name)) return { finding: permitted, answer: undefined };
    if (isFirst || name === 'ResourceNotFoundException') throw error;
    const why =
      name === 'UnknownOperationException' ? 'there is no such operation here' : `${name}: ${message}`;
    return { finding: untried(action, `could not be tried: ${why}`), answer: undefined };
  }
}

export function untried(action: string, message: string): Finding {
  return { check: `dynamodb:${action}`, verdict: 'unknown', message };
}

/** The command that prints a policy with these actions. */
export function policyCommand(actions: readonly string[], table: string): string {
  const flags = new Set(actions.map((action) => FLAGS[purposeOf(action)]));
  return `dynamo-cache iam ${[...flags].join(' ')} --table ${table}`;
}

const FLAGS = { runtime: '--runtime', setup: '--setup', stream: '--stream', operator: '--operator' } as const;

type Part = keyof typeof FLAGS;

// Who needs it most: an action that a serving cache needs is the cache's, whoever else sends it.
function purposeOf(action: string): Part {
  const found = OPERATIONS.find(({ name, permission = name }) => permission === action);
  const purposes: readonly Purpose[] = found?.purposes ?? [];
  return (['runtime', 'setup', 'stream'] as const).find((part) => purposes.includes(part)) ?? 'operator';
}

function refusal(action: string, use: string, message: string, table: string): Finding {
  const { resource = table } = readDenial(message);
  const isNeeded = purposeOf(action) === 'runtime';
  return {
    check: `dynamodb:${action}`,
    verdict: isNeeded ? 'wrong' : 'advice',
    message: `not permitted on ${resource}: ${use} ${isNeeded ? 'fail' : 'fail with these credentials'}`,
    fix: policyCommand([action], table),
  };
}

// A batch of statements answers for each of them.
function deniedInside(answer: unknown): string | undefined {
  const { Responses } = (answer ?? {}) as { Responses?: unknown };
  if (!Array.isArray(Responses)) return undefined;
  const errors = (Responses as { Error?: { Code?: string; Message?: string } }[]).map(
    ({ Error: error }) => error,
  );
  const denied = errors.find((error) => error?.Code?.startsWith('AccessDenied'));
  return denied && (denied.Message ?? '');
}

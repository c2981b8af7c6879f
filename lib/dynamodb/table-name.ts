import { InvalidOptionsError } from '../invalid-options-error';

// A name by the rules of CreateTable, or the table's ARN, which requests accept in its place.
const NAME = /^[A-Za-z0-9_.-]{3,255}$/;
const ARN = /^arn:[^\s:]+:dynamodb:[^\s:]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;

/**
 * The `table` option, else the environment's CACHE_TABLE, else `cache-<NODE_ENV>`.
 *
 * @throws InvalidOptionsError when that is no name DynamoDB accepts
 */
export function resolveTableName(table: string | undefined): string {
  const name = table ?? process.env.CACHE_TABLE ?? `cache-${process.env.NODE_ENV ?? 'development'}`;
  if (NAME.test(name) || ARN.test(name)) return name;
  throw new InvalidOptionsError(
    table === undefined && process.env.CACHE_TABLE !== undefined ? 'CACHE_TABLE' : 'table',
    `${JSON.stringify(name)} is not a table name: write 3 to 255 letters, digits, dots, dashes or underscores`,
  );
}

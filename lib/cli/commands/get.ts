import { inspect } from 'node:util';
import { AbsentError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';

export async function run({ connection, output }: Context, [key = '']: readonly string[]): Promise<ExitCode> {
  // A value may be undefined, so whether there is one is asked for first.
  const found = await connection.withCache(async (cache) => {
    const values = await cache.getMany<unknown>([key]);
    return values.has(key) ? { value: values.get(key) } : undefined;
  });
  if (!found)
    throw new AbsentError(
      `There is no fresh value of ${JSON.stringify(key)}.`,
      `dynamo-cache inspect '${key}' says why.`,
    );
  output.result(found.value, () => shown(found.value, output.isColourful));
  return EXIT.ok;
}

export function shown(value: unknown, colors: boolean): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, colors });
}

import { inspect } from 'node:util';
import type { DynamoCacheOptions } from '../../core/options';
import { Targets } from '../../engine/targets';
import { AbsentError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { isText } from '../stored-value';

const READ_MS = 30_000;

export async function run(context: Context, [key = '']: readonly string[]): Promise<ExitCode> {
  const { output } = context;
  const found = (await freshValue(context, key)) ?? (await freshText(context, key));
  if (!found)
    throw new AbsentError(
      `There is no fresh value of ${JSON.stringify(key)}.`,
      `dynamo-cache inspect '${key}' says why.`,
    );
  output.result(found.value, () => shown(found.value, output.isColourful));
  return EXIT.ok;
}

/** A value may be undefined, so whether there is one is told apart. */
function freshValue(
  { connection }: Context,
  key: string,
  options: DynamoCacheOptions = {},
): Promise<{ readonly value: unknown } | undefined> {
  return connection.withCache(async (cache) => {
    const values = await cache.getMany<unknown>([key]);
    return values.has(key) ? { value: values.get(key) } : undefined;
  }, options);
}

// Of applications with `codec: 'json'`. Which codec they have is not known here; the item shows it.
async function freshText(context: Context, key: string): ReturnType<typeof freshValue> {
  const { connection, settings } = context;
  const table = await connection.table();
  const { address } = new Targets(settings.namespace, settings.version).of(key);
  const item = await table.get(address, true, AbortSignal.timeout(READ_MS), undefined);
  return item && isText(item, settings.layout) ? freshValue(context, key, { codec: 'json' }) : undefined;
}

export function shown(value: unknown, colors: boolean): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, colors });
}

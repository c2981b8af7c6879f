import { addressesOf } from '../address';
import { registerCache } from '../cache-registry';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { durationText, readTtlMs } from '../figures';
import { asUsage } from '../settings';

interface Options {
  readonly ttl: string;
}

export async function run(
  { connection, output, settings }: Context,
  [name = '']: readonly string[],
  options: Options,
): Promise<ExitCode> {
  asUsage(() => addressesOf(name), '<name>');
  const ttlMs = readTtlMs(options.ttl, 'ttl');
  await registerCache(connection, settings, { name, ttlMs, createdAtMs: Date.now() });
  output.result(
    { name, ttlMs },
    () => `${name} ${output.paint('green', 'registered')}: its values live ${durationText(ttlMs)}.`,
  );
  return EXIT.ok;
}

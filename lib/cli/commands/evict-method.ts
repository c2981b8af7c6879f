import { EVICTIONS } from '../eviction-options';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';

export async function run(
  { connection, output }: Context,
  [method = '']: readonly string[],
): Promise<ExitCode> {
  await connection.withCache((cache) => cache.evictMethod(method), EVICTIONS);
  output.result(
    { method, evicted: true },
    () =>
      `Every result of ${method} ${output.paint('green', 'evicted')}; applications follow within a second.`,
  );
  return EXIT.ok;
}

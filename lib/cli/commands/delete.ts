import { EVICTIONS } from '../eviction-options';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';

export async function run({ connection, output }: Context, keys: readonly string[]): Promise<ExitCode> {
  const evicted = await connection.withCache(
    (cache) => Promise.all(keys.map(async (key) => ({ key, existed: await cache.delete(key) }))),
    EVICTIONS,
  );
  output.result(evicted, () =>
    evicted
      .map(
        ({ key, existed }) =>
          `${key} ${existed ? output.paint('green', 'evicted') : 'was not there; evicted anyway'}.`,
      )
      .join('\n'),
  );
  return EXIT.ok;
}

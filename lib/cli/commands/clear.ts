import { spaceOf } from '../address';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EVICTIONS } from '../eviction-options';
import { EXIT, type ExitCode } from '../exit-code';

interface Options {
  readonly yes?: boolean;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const space = spaceOf(settings);
  await confirm(context, `Evict everything of the namespace ${space} in ${settings.table}?`, options);
  await connection.withCache((cache) => cache.clear(), EVICTIONS);
  output.result(
    { namespace: space, cleared: true },
    () => `${space} ${output.paint('green', 'cleared')}; applications follow within a second.`,
  );
  return EXIT.ok;
}

import { readRegistry, unregisterCache } from '../cache-registry';
import { AbsentError } from '../cli-error';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EVICTIONS } from '../eviction-options';
import { EXIT, type ExitCode } from '../exit-code';

interface Options {
  readonly yes?: boolean;
}

export async function run(
  context: Context,
  [name = '']: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const { names } = await readRegistry(connection, settings);
  if (!names.includes(name))
    throw new AbsentError(
      `There is no cache ${name}.`,
      'For a key: dynamo-cache delete <key>. dynamo-cache cache list shows the caches.',
    );
  await confirm(context, `Evict everything of the cache ${name}, and strike it off the list?`, options);
  // First the values: who lists the caches meanwhile still finds it.
  await connection.withCache((cache) => cache.namespace(name).clear(), EVICTIONS);
  await unregisterCache(connection, settings, name);
  output.result(
    { name, deleted: true },
    () => `${name} ${output.paint('green', 'deleted')}; applications follow within a second.`,
  );
  return EXIT.ok;
}

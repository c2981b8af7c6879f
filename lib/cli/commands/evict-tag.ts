import { EVICTIONS } from '../eviction-options';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';

export async function run({ connection, output }: Context, tags: readonly string[]): Promise<ExitCode> {
  await connection.withCache((cache) => cache.evictTags(...tags), EVICTIONS);
  output.result(
    { tags, evicted: true },
    () => `Everything tagged ${tags.join(' or ')} ${output.paint('green', 'evicted')}.`,
  );
  return EXIT.ok;
}

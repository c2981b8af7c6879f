import { readRegistry } from '../cache-registry';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { columnsText, durationText, isoText } from '../figures';

export async function run({ connection, output, settings }: Context): Promise<ExitCode> {
  const { caches } = await readRegistry(connection, settings);
  output.result(caches, () => {
    if (caches.length === 0) return '';
    const rows = caches.map(({ name, ttlMs, createdAtMs }) => [
      name,
      durationText(ttlMs),
      isoText(createdAtMs),
    ]);
    return columnsText([['NAME', 'TTL', 'CREATED'], ...rows]);
  });
  if (caches.length === 0 && !output.isJson)
    output.note('No cache is registered. dynamo-cache cache create <name> registers one.');
  return EXIT.ok;
}

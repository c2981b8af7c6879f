/** A module of the library that no entry point exports, put together from its source. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const require = createRequire(import.meta.url);

export async function loadModule(name) {
  const file = fileURLToPath(new URL(`../../.cache/bench/${name}.cjs`, import.meta.url));
  const input = fileURLToPath(new URL(`../../lib/${name}.ts`, import.meta.url));
  const bundle = await rolldown({ input, platform: 'node' });
  await bundle.write({ file, format: 'cjs' });
  return require(file);
}

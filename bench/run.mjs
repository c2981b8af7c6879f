/**
 * Runs the benches one after another, each in a process of its own, and redraws their tables:
 * `npm run bench [-- calls hits cost] [-- --quick --out <folder>]`. Without `--out` it replaces results/*.json and the tables
 * of findings.md. The codec's bench has tables of its own: `node bench/codec.mjs`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { out, positionals, quick } from './lib/options.mjs';
import { SECTIONS } from './lib/tables.mjs';

const names = positionals.length > 0 ? positionals : Object.keys(SECTIONS);
const stranger = names.find((name) => !Object.hasOwn(SECTIONS, name));
if (stranger !== undefined) {
  throw new Error(`There is no bench '${stranger}'; there are ${Object.keys(SECTIONS).join(', ')}.`);
}
const flags = [...(quick ? ['--quick'] : []), ...(out === undefined ? [] : ['--out', out])];

for (const name of [...names, 'report']) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [script, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

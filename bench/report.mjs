/**
 * Redraws the tables of findings.md from results/*.json: `node bench/report.mjs`. With `--check` it changes nothing and
 * fails when the tables are not those of the results; with `--out <folder>` it writes that folder's tables.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { areResultsCommitted, isCheck, resultsFolder } from './lib/options.mjs';
import { SECTIONS } from './lib/tables.mjs';

const findings = new URL('findings.md', import.meta.url);
const sections = Object.entries(SECTIONS)
  .map(([name, draw]) => [name, draw, join(resultsFolder, `${name}.json`)])
  .filter(([, , file]) => existsSync(file))
  .map(([name, draw, file]) => [name, draw(JSON.parse(readFileSync(file, 'utf8')))]);

if (areResultsCommitted) {
  const before = readFileSync(findings, 'utf8');
  const after = await pretty(
    sections.reduce((text, [name, tables]) => replaceTables(text, name, tables), before),
  );
  if (!isCheck) writeFileSync(findings, after);
  else if (before !== after)
    throw new Error('findings.md is not what the results say: node bench/report.mjs');
} else {
  writeFileSync(
    join(resultsFolder, 'tables.md'),
    await pretty(sections.map(([, tables]) => tables).join('\n\n')),
  );
}

function replaceTables(text, name, tables) {
  const begin = `<!-- ${name} tables: written by bench/report.mjs -->`;
  const end = `<!-- end of ${name} tables -->`;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`bench/findings.md has lost the marks around the ${name} tables`);
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`;
}

async function pretty(markdown) {
  return format(markdown, { ...(await resolveConfig(findings)), parser: 'markdown' });
}

/** Where measured figures are kept, and the parts of the README that are made of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Savings, tellSavings } from './demo/savings';
import { type Latency, methodOf, tablesOf } from './plot/latency';

const SAMPLE = join(__dirname, '..');
const README = join(SAMPLE, 'README.md');
/** Beside the repository's other documents; in a copy of this sample, choose another place. */
export const RECORDS = join(SAMPLE, '..', '..', 'docs', 'restaurants');

export function recordSavings(savings: Savings): void {
  writeRecord('savings.json', `${JSON.stringify(savings, null, 2)}\n`);
  replaceInReadme('savings', wrapped(tellSavings(savings)));
}

export function recordLatency(
  latency: Latency,
  { svg, png, page }: { readonly svg: string; readonly png: Uint8Array; readonly page: string },
): void {
  writeRecord('latency.json', `${jsonOf(latency)}\n`);
  writeRecord('latency.svg', svg);
  writeRecord('latency.png', png);
  writeRecord('latency.html', page);
  replaceInReadme('latency', `${tablesOf(latency)}\n\n${wrapped(methodOf(latency))}`);
}

/** With each list of durations in one line. */
function jsonOf(latency: Latency): string {
  const json = JSON.stringify(latency, null, 2);
  return json.replace(/\[[\d\s.,]+\]/g, (list) => list.replace(/\s+/g, ''));
}

export function writeRecord(name: string, content: string | Uint8Array): void {
  mkdirSync(RECORDS, { recursive: true });
  writeFileSync(join(RECORDS, name), content);
}

/** Replaces what stands between the marks of that name. */
export function replaceInReadme(name: string, text: string): void {
  const before = readFileSync(README, 'utf8');
  const begin = `<!-- ${name}: written by the sample -->\n`;
  const end = `\n<!-- end of ${name} -->`;
  const [head, rest] = before.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error(`README.md has lost the marks around ${name}.`);
  writeFileSync(README, `${head ?? ''}${begin}\n${text}\n${end}${tail}`);
}

/** Lines as long as the README's others. */
export function wrapped(text: string, width = 120): string {
  return text
    .split(' ')
    .reduce<string[]>((lines, word) => {
      const last = lines.at(-1);
      if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
      return [...lines.slice(0, -1), `${last} ${word}`];
    }, [])
    .join('\n');
}

/** Writes what figures.json says into the README, and draws it: `node dist/demo/draw.js`, or a demo with RECORD=1. */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { coldStartChart } from './chart';
import { type Figures, figuresText } from './figures';

const SAMPLE = resolve(__dirname, '../..');
const CHART = resolve(SAMPLE, '../../docs/charts/functions-cold-start.svg');
const BLOCK = /(?<=<!-- figures -->\n).*(?=<!-- \/figures -->)/s;

export async function keep(figures: Figures): Promise<void> {
  await writeFile(resolve(SAMPLE, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await draw();
}

async function draw(): Promise<void> {
  const figures = JSON.parse(await readFile(resolve(SAMPLE, 'figures.json'), 'utf8')) as Figures;
  await writeFile(CHART, coldStartChart(figures));
  const readme = resolve(SAMPLE, 'README.md');
  const text = await readFile(readme, 'utf8');
  await writeFile(
    readme,
    text.replace(BLOCK, () => `\n${figuresText(figures)}\n\n`),
  );
}

if (require.main === module) void draw();

/**
 * Draws docs/charts/*.svg out of results/*.json: `node bench/charts.mjs`; with `--out <folder>` the charts of that folder's
 * results, into it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barChart } from './lib/bar-chart.mjs';
import { CHARTS } from './lib/charts.mjs';
import { areResultsCommitted, resultsFolder } from './lib/options.mjs';
import { importPeer, installPeers } from './lib/peers.mjs';

installPeers();
const { View, parse } = await importPeer('vega');
const charts = fileURLToPath(new URL('../docs/charts/', import.meta.url));
const folder = areResultsCommitted ? charts : resultsFolder;
mkdirSync(folder, { recursive: true });

for (const [name, chartsOf] of Object.entries(CHARTS)) {
  const results = join(resultsFolder, `${name}.json`);
  if (!existsSync(results)) continue;
  for (const { file, ...chart } of chartsOf(JSON.parse(readFileSync(results, 'utf8')))) {
    const view = new View(parse(barChart(chart)), { renderer: 'none' });
    writeFileSync(join(folder, `${file}.svg`), `${await view.toSVG()}\n`);
    view.finalize();
  }
}

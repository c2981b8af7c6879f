/** What the cache saved, in the words of the README. Figures and words are written together, by `figures`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import type { Session } from './session';

const SAMPLE = join(__dirname, '..', '..');
const FIGURES = join(SAMPLE, 'figures.json');
const README = join(SAMPLE, 'README.md');
const MARKS = ['<!-- figures -->', '<!-- /figures -->'] as const;
// On demand, us-east-1.
const DOLLARS_PER_READ_UNIT = 0.125e-6;
const DOLLARS_PER_WRITE_UNIT = 0.625e-6;

export interface Figures {
  readonly machine: string;
  readonly engine: string;
  readonly uncached: Session;
  /** No list is ever behind an eviction. */
  readonly strict: Session;
  /** Lists may be behind what another process evicted, by a second. */
  readonly lagging: Session;
}

export function machine(): string {
  return `Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} cores`;
}

export function inWords({ machine, engine, uncached, strict, lagging }: Figures): string {
  const spared = Math.round((1 - strict.requests / uncached.requests) * 100);
  return `Two people asked for lists ${strict.visits} times, and wrote ${Math.round(strict.visits / 40)} messages meanwhile. The cache
spared the conversations' table ${spared} % of the requests for them. (${machine}, embedded ${engine}.)

- Without the cache: ${cost(uncached)}.
- With it, strict as it is by default: ${strict.hits} hits, ${strict.stale} stale, ${strict.loads} loads;
  ${cost(strict)}.
- With it and \`CACHE_MAY_LAG=1s\`: ${lagging.hits} hits, ${lagging.stale} stale, ${lagging.loads} loads;
  ${cost(lagging)}.`;
}

function cost(session: Session): string {
  const { requests, readUnits, cacheReadUnits, cacheWriteUnits } = session;
  const ofCache =
    cacheReadUnits > 0 ? `, the cache's table ${cacheReadUnits} read and ${cacheWriteUnits} write units` : '';
  const dollars =
    (readUnits + cacheReadUnits) * DOLLARS_PER_READ_UNIT + cacheWriteUnits * DOLLARS_PER_WRITE_UNIT;
  const perMillion = ((dollars / session.visits) * 1e6).toFixed(2);
  return `${requests} requests for ${readUnits} read units${ofCache}: $${perMillion} for a million
  lists. Half of the lists took at most ${session.medianMs} ms, all of them ${session.totalMs} ms`;
}

export function readFigures(): Figures {
  return JSON.parse(readFileSync(FIGURES, 'utf8')) as Figures;
}

/** The paragraph of the README that figures are in. */
export function readParagraph(): string {
  const [, rest = ''] = readFileSync(README, 'utf8').split(MARKS[0]);
  return (rest.split(MARKS[1])[0] ?? '').trim();
}

export function writeFigures(figures: Figures): void {
  writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
  const readme = readFileSync(README, 'utf8');
  const [before = '', rest = ''] = readme.split(MARKS[0]);
  const [, after = ''] = rest.split(MARKS[1]);
  writeFileSync(README, `${before}${MARKS[0]}\n\n${inWords(figures)}\n\n${MARKS[1]}${after}`);
}

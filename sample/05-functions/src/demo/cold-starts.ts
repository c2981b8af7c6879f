/** A process for each cold start: how long it takes to load the function, and then to the first answer. */
import assert from 'node:assert/strict';
import { LambdaFunction } from '../runtime/lambda-function';
import type { ColdStart, Figures } from './figures';
import { DEPOTS, type Stage, median, ms, roundOf, tell } from './stage';

const [KNOWN = '', ...UNKNOWN] = DEPOTS;

export async function coldStarts({ env }: Stage, rounds: number): Promise<Figures['coldStart']> {
  const first = (module: string, depot: string, cache: RegExp): Promise<ColdStart> =>
    coldStart(new LambdaFunction({ module, env, isQuiet: true }), `depot=${depot}`, cache);
  // Fills the table, and the operating system's cache of files.
  await first('functions/lambda', KNOWN, /^miss/);
  const withoutCache: ColdStart[] = [];
  const misses: ColdStart[] = [];
  const hits: ColdStart[] = [];
  for (const depot of UNKNOWN.slice(0, rounds)) {
    withoutCache.push(await first('demo/uncached-lambda', depot, /^not asked/));
    misses.push(await first('functions/lambda', depot, /^miss, load .* fill$/));
    hits.push(await first('functions/lambda', KNOWN, /^hit in the table$/));
  }
  const figures = { rounds, withoutCache: middle(withoutCache), miss: middle(misses), hit: middle(hits) };
  tell('COLD', `${rounds} processes each. Without the cache: ${text(figures.withoutCache)}.`);
  tell('', `With it: ${text(figures.miss)} where it misses,`);
  tell('', `${text(figures.hit)} where the table has it.`);
  return figures;
}

async function coldStart(asked: LambdaFunction, query: string, expected: RegExp): Promise<ColdStart> {
  try {
    const answer = await asked.ask(query);
    roundOf(answer);
    assert.match(answer.cache, expected, 'what a cold start finds in the cache');
    const initMs = answer.initMs ?? NaN;
    return { initMs, answerMs: answer.ms - initMs };
  } finally {
    await asked.close();
  }
}

function middle(starts: readonly ColdStart[]): ColdStart {
  return {
    initMs: median(starts.map(({ initMs }) => initMs)),
    answerMs: median(starts.map(({ answerMs }) => answerMs)),
  };
}

function text({ initMs, answerMs }: ColdStart): string {
  return `${ms(initMs)} until it is loaded, ${ms(answerMs)} to the first answer`;
}

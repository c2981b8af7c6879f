/** One instance, asked again and again: out of the table, and out of its memory, which spares DynamoDB. */
import assert from 'node:assert/strict';
import { LambdaFunction } from '../runtime/lambda-function';
import type { ServerlessFunction } from '../runtime/serverless-function';
import type { Figures, Reads } from './figures';
import { DEPOTS, type Stage, median, ms, roundOf, tell } from './stage';

const INVOCATIONS = 100;
// As many as it takes to know how long they take.
const WITHOUT_CACHE = 7;
const QUERY = `depot=${DEPOTS.at(-1) ?? ''}`;

export async function oneInstance(stage: Stage): Promise<Figures['oneInstance']> {
  const { env } = stage;
  const uncached = new LambdaFunction({ module: 'demo/uncached-lambda', env });
  // A life that no busy machine outlasts.
  const withMemory = new LambdaFunction({ module: 'functions/lambda', env: { ...env, CACHE_MEMORY: '10m' } });
  const withoutMemory = new LambdaFunction({
    module: 'functions/lambda',
    env: { ...env, CACHE_MEMORY: 'off' },
  });
  try {
    await uncached.ask(QUERY);
    const withoutCacheMs = median(await times(uncached, WITHOUT_CACHE));
    const { traffic } = stage;
    const before = traffic.requests;
    roundOf(await withoutMemory.ask(QUERY));
    const table = await reads(stage, withoutMemory, 'hit in the table');
    const memory = await reads(stage, withMemory, 'hit in memory');
    assert.equal(traffic.requests - before, 1, 'the traffic service is asked once by all of them');
    assert.equal(table.requests, INVOCATIONS, 'without memory each invocation reads');
    assert.equal(memory.requests, 1, 'with memory the first one does');
    tell('MEMORY', `${INVOCATIONS} questions each, one instance: ${ms(withoutCacheMs)} without the cache;`);
    tell(
      '',
      `${ms(table.ms)}, ${table.requests} requests and ${table.readUnits} read units out of the table;`,
    );
    tell('', `${ms(memory.ms)}, ${memory.requests} request and ${memory.readUnits} read units with memory.`);
    return { invocations: INVOCATIONS, withoutCacheMs, table, memory };
  } finally {
    await Promise.all([uncached.close(), withMemory.close(), withoutMemory.close()]);
  }
}

async function reads({ link }: Stage, asked: ServerlessFunction, expected: string): Promise<Reads> {
  const { result, requests, readUnits } = await link.counting(() => times(asked, INVOCATIONS, expected));
  return { ms: median(result), requests, readUnits };
}

/** @param expected what the cache does for all but the first */
async function times(asked: ServerlessFunction, count: number, expected?: string): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const answer = await asked.ask(QUERY);
    roundOf(answer);
    if (expected && i > 0) assert.equal(answer.cache, expected);
    took.push(answer.ms);
  }
  return took;
}

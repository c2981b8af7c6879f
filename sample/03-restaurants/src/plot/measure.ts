import assert from 'node:assert/strict';
import type { Question } from './questions';
import type { Reader, Tier } from './readers';

/** How many of the questions are asked once more, unmeasured, when everything is filled. */
export const WARM_UP = 300;

/** Microseconds, in the order of the questions. */
export type Durations = Record<Tier, number[]>;

/**
 * Asks every reader every question, one at a time: reader after reader for each question, and another one first each
 * time, so that a busy machine slows all of them alike.
 *
 * @throws Error when a tier did not answer by itself, AssertionError when one answered something else
 */
export async function measure({ asks }: Question, readers: readonly Reader[]): Promise<Durations> {
  await warmUp(asks, readers);
  const durations = Object.fromEntries(readers.map(({ tier }) => [tier, []])) as unknown as Durations;
  for (const reader of readers) reader.reset();
  for (const [i, ask] of asks.entries()) {
    for (const { tier, restaurants } of rotated(readers, i)) {
      const began = process.hrtime.bigint();
      await ask(restaurants);
      durations[tier].push(micros(process.hrtime.bigint() - began));
    }
  }
  for (const reader of readers) reader.assertItAnswered(asks.length);
  return durations;
}

/** Fills every tier, and holds that they all say the same. */
async function warmUp(asks: Question['asks'], readers: readonly Reader[]): Promise<void> {
  for (const ask of asks) {
    const answers: object[] = [];
    for (const { restaurants } of readers) answers.push({ ...(await ask(restaurants)), computedAt: '' });
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  }
  for (const ask of asks.slice(0, WARM_UP)) for (const { restaurants } of readers) await ask(restaurants);
}

/** To a tenth, as they are kept: what is drawn is what can be drawn again. */
function micros(nanos: bigint): number {
  return Math.round(Number(nanos) / 100) / 10;
}

function rotated<T>(all: readonly T[], by: number): T[] {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

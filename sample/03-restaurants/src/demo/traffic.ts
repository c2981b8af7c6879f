/** Visits as they come: a few restaurants are asked for again and again, many of them now and then. */
import type { Restaurant } from '../restaurants/restaurant';

const RESTAURANTS = 300;
const KINDS = 40;
const SHARE_OF_LISTS = 0.2;

export function pathOf({ id }: Pick<Restaurant, 'id'>): string {
  return `/restaurants/${id}`;
}

/** @returns paths; the same ones for the same seed */
export function trafficOf(restaurants: readonly Restaurant[], visits: number, seed: number): string[] {
  const random = randomOf(seed);
  const shuffled = [...restaurants].sort((a, b) => rankBy(a, seed) - rankBy(b, seed));
  const summaries = shuffled.slice(0, RESTAURANTS).map(pathOf);
  const lists = [...new Set(shuffled.map(listOf))].slice(0, KINDS);
  return Array.from({ length: visits }, () => zipf(random() < SHARE_OF_LISTS ? lists : summaries, random));
}

/** Numbers from 0 to 1 that follow from the seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function listOf({ cuisine, borough }: Restaurant): string {
  return `/cuisines/${encodeURIComponent(cuisine)}/top?borough=${encodeURIComponent(borough)}`;
}

// The n-th is asked for about 1/n as often as the first.
function zipf<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(all.length ** random()) - 1]!;
}

function rankBy({ id }: Restaurant, seed: number): number {
  return randomOf(Number(id) * 2_654_435_761 + seed)();
}

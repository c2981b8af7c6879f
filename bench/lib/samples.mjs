/**
 * Rounds of samples. What is compared is measured in the same process and in turns, in a seeded order that changes every
 * round, so that a busy neighbour slows all of it down alike.
 */

export function randomOf(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/**
 * @template T
 * @param {Record<string, () => Promise<T>>} runs what takes one sample, by name
 * @param {{ rounds: number, seed: number, warmUp?: boolean }} options a run that has a process of its own warms up in it
 * @returns {Promise<Record<string, T[]>>} the samples of each, a round each
 */
export async function sampleInTurns(runs, { rounds, seed, warmUp = true }) {
  const random = randomOf(seed);
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  if (warmUp) for (const takeSample of Object.values(runs)) await takeSample();
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(runs).map((run) => [random(), run]);
    order.sort(([a], [b]) => a - b);
    for (const [, [name, takeSample]] of order) samples[name].push(await takeSample());
  }
  return samples;
}

/** The median of one figure and the middle half of it. */
export function spreadOf(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (q) => significant(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]);
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** The ratio of two medians, and the middle half of the ratios that the rounds had. */
export function ratioOf(figures, others) {
  const { low, high } = spreadOf(figures.map((figure, round) => figure / others[round]));
  return { ofMedians: significant(spreadOf(figures).median / spreadOf(others).median), low, high };
}

/** CPU time of this process in µs, both its own and the system's on its behalf. */
export function cpuMicros(since) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function significant(figure) {
  return Number(figure.toPrecision(3));
}

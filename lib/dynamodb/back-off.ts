import { setTimeout as wait } from 'node:timers/promises';

const BASE_MS = 10;
const CEILING_MS = 1_000;

/**
 * Waits before attempt number `attempt` (1 is the first repetition): exponential, with full jitter as in Amazon's
 * "Exponential Backoff And Jitter". Rejects when the signal ends it.
 */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  const ceiling = Math.min(CEILING_MS, BASE_MS * 2 ** attempt);
  await wait(Math.random() * ceiling, undefined, { signal });
}

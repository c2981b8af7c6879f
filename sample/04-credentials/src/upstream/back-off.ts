/**
 * Asks again what answers 429: no sooner than its Retry-After, each time later, and never all at the same moment. It ends
 * at the deadline, and before it when the next attempt would come too late.
 */
import { Injectable } from '@nestjs/common';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { ThrottledError } from './throttled-error';

/** Shorter than a lease of the cache (10 s), so that nobody else begins while this one still asks. */
const DEADLINE_MS = 5_000;
const FIRST_WAIT_MS = 100;
const MOST_WAITS = 10;
/** The share of a wait that chance may add. */
const JITTER = 0.5;

@Injectable()
export class BackOff {
  /** @param attempt is given a signal that ends it at the deadline */
  async run<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const beganAt = performance.now();
    const leftMs = () => DEADLINE_MS - (performance.now() - beganAt);
    let throttled: ThrottledError | undefined;
    const policy = retry(
      handleWhen((error) => {
        throttled = error instanceof ThrottledError ? error : undefined;
        return throttled !== undefined && (throttled.retryAfterMs ?? 0) < leftMs();
      }),
      {
        maxAttempts: MOST_WAITS,
        backoff: new DelegateBackoff(({ attempt: nth }: { attempt: number }) =>
          Math.min(waitMs(nth, throttled?.retryAfterMs), Math.max(0, leftMs())),
        ),
      },
    );
    return policy.execute(() => attempt(AbortSignal.timeout(Math.max(1, Math.ceil(leftMs())))));
  }
}

/** @param nth which wait, the first is 1 */
export function waitMs(nth: number, retryAfterMs = 0, random: () => number = Math.random): number {
  return Math.max(retryAfterMs, FIRST_WAIT_MS * 2 ** (nth - 1)) * (1 + JITTER * random());
}

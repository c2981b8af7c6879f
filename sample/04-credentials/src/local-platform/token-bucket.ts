export interface RateLimit {
  /** How many requests may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A rate limit as API gateways have it: a bucket of requests that fills up again at a steady rate. */
export class TokenBucket {
  private level: number;
  private filledAtMs: number;

  constructor(
    private readonly limit: RateLimit,
    private readonly now: () => number,
  ) {
    this.level = limit.burst;
    this.filledAtMs = now();
  }

  /** @returns undefined when the request may pass, else in how many whole seconds the next one may */
  take(): number | undefined {
    const { burst, perSecond } = this.limit;
    const nowMs = this.now();
    this.level = Math.min(burst, this.level + ((nowMs - this.filledAtMs) / 1_000) * perSecond);
    this.filledAtMs = nowMs;
    if (this.level < 1) return Math.ceil((1 - this.level) / perSecond);
    this.level--;
    return undefined;
  }
}

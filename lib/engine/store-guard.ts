/**
 * Everything that goes to the store passes here: under a deadline, and through a circuit breaker, so that a sick
 * DynamoDB costs a caller at most one budget and after some failures in a row nothing at all. While one probe is out,
 * everybody else is refused at once instead of waiting for it.
 */
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  type IBackoff,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import type { Clock } from '../clock';
import { DynamoCacheError } from '../errors';
import type { OnceLog } from '../observability/logger';
import type { Observer } from '../observability/observer';
import { causeOf } from './cause';
import { withDeadline } from './deadline';

export interface GuardOptions {
  /** Budget of one operation, ms. */
  readonly timeoutMs: number;
  /** Failures in a row that open the breaker. */
  readonly failures: number;
  /** How long nothing is sent before one probe goes out, ms. */
  readonly cooldownMs: number;
  readonly clock: Clock;
  /** Loads what operations need, before the first one's budget begins; undefined once it is there. @default nothing */
  readonly connect?: () => Promise<void> | undefined;
  /** What happens without it, for the log. @default callers are served by their loaders */
  readonly otherwise?: string;
}

/**
 * Nothing was sent, because the breaker is open. It never reaches the caller of a cached method: it is what `ping()`
 * throws, and the `cause` of an EvictionLostError.
 *
 * @example
 * try {
 *   await cache.ping();
 * } catch (error) {
 *   if (error instanceof BreakerOpenError) console.warn('DynamoDB is left alone for a while');
 * }
 */
export class BreakerOpenError extends DynamoCacheError {
  readonly code = 'BREAKER_OPEN';

  constructor() {
    super('not sent: the breaker is open');
  }
}

const FAILURE = 'failure:';
const OTHERWISE = 'callers are served by their loaders. Said once until DynamoDB answers again.';

export class StoreGuard {
  private readonly breaker;
  private openedAtMs = 0;

  constructor(
    private readonly options: GuardOptions,
    private readonly observer: Observer,
    private readonly log: OnceLog,
  ) {
    this.breaker = circuitBreaker(handleAll, {
      halfOpenAfter: { next: () => cooldown(options) },
      breaker: new ConsecutiveBreaker(options.failures),
    });
    this.breaker.onReset(() => {
      log.forget((subject) => subject.startsWith(FAILURE));
    });
    this.breaker.onStateChange(() => {
      if (this.state === 'open') this.openedAtMs = options.clock.monotonic();
      observer.event(() => ({ type: 'breaker', state: this.state }));
    });
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.breaker.state === CircuitState.HalfOpen) return 'half-open';
    return this.breaker.state === CircuitState.Closed ? 'closed' : 'open';
  }

  /** For how long nothing will be sent, ms. */
  get blockedForMs(): number {
    if (this.state !== 'open') return 0;
    const openForMs = this.options.clock.monotonic() - this.openedAtMs;
    return Math.max(0, this.options.cooldownMs - openForMs);
  }

  /**
   * @param otherwise what happens without it, for the log. @default what the options say
   * @throws BreakerOpenError when nothing was sent
   * @throws DeadlineError when the budget ran out
   * @throws whatever the operation rejected with
   */
  async run<T>(name: string, operation: (signal: AbortSignal) => Promise<T>, otherwise?: string): Promise<T> {
    if (this.state === 'half-open') throw this.refusal();
    try {
      return await this.breaker.execute(() => this.send(name, operation, otherwise));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.refusal() : error;
    }
  }

  private async send<T>(
    name: string,
    operation: (signal: AbortSignal) => Promise<T>,
    otherwise = this.options.otherwise ?? OTHERWISE,
  ): Promise<T> {
    this.observer.store.operations++;
    try {
      // A budget is for DynamoDB. Loading the AWS SDK may take longer than that on a small machine, such as a Lambda that
      // starts; then the first read of each would be given up before it was sent.
      const connecting = this.options.connect?.();
      if (connecting) await connecting;
      return await withDeadline(this.options.timeoutMs, operation);
    } catch (error) {
      this.observer.store.failures++;
      this.report(name, error, otherwise);
      this.observer.event(() => ({ type: 'error', operation: name, error }));
      throw error;
    }
  }

  private refusal(): BreakerOpenError {
    this.observer.store.refused++;
    return new BreakerOpenError();
  }

  private report(name: string, error: unknown, otherwise: string): void {
    const cause = causeOf(error);
    this.log.warn(`${FAILURE}${name}:${cause.name}`, `${name} failed (${cause.text}); ${otherwise}`);
  }
}

/**
 * A cool-down that either clock can end. The breaker compares `duration` with the wall clock alone, and one that is set
 * back by a day would keep it open for a day.
 */
function cooldown(options: Pick<GuardOptions, 'clock' | 'cooldownMs'>): IBackoff<unknown> {
  const { clock, cooldownMs } = options;
  const sinceMs = clock.monotonic();
  return {
    get duration() {
      return clock.monotonic() - sinceMs < cooldownMs ? cooldownMs : -Infinity;
    },
    next: () => cooldown(options),
  };
}

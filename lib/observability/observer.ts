/** The one place that is told what happens: it counts, measures, and publishes to whoever subscribed. */
import type { Charge, Spent } from './charge';
import { CallMeter } from './call-meter';
import { type CacheEvent, hasSubscribers, publish } from './events';
import type { CacheStats, CallCounts, CallStats, StoreCounts } from './stats';

const MAX_METHODS = 1_000;

/** A call as the observer knows it. */
export interface Subject {
  /** For the log and the events. */
  readonly label: string;
  /** Under which name `stats()` counts it, if it has one. */
  readonly name: string | undefined;
  /** Where the observer counts it, once it has been looked for. */
  meter?: CallMeter | undefined;
}

export class Observer {
  readonly store: StoreCounts = {
    operations: 0,
    failures: 0,
    refused: 0,
    evictions: 0,
    lateEvictions: 0,
    lostEvictions: 0,
  };
  private readonly total = new CallMeter();
  private readonly methods = new Map<string, CallMeter>();

  hit(subject: Subject, source: 'scope' | 'memory' | 'table', durationMs: number): void {
    // Without the closures of the others: this is what most calls come to.
    this.total.hit(source, durationMs);
    this.meterOf(subject)?.hit(source, durationMs);
    if (hasSubscribers()) publish({ type: 'hit', label: subject.label, source });
  }

  /** One that took no time to speak of: a small value that was in this process. */
  quickHit(subject: Subject, source: 'scope' | 'memory'): void {
    this.total.quickHit(source);
    this.meterOf(subject)?.quickHit(source);
    if (hasSubscribers()) publish({ type: 'hit', label: subject.label, source });
  }

  stale(subject: Subject, reason: 'revalidate' | 'error' | 'slow' | 'lease'): void {
    this.count(subject, 'stale');
    if (hasSubscribers()) publish({ type: 'stale', label: subject.label, reason });
  }

  miss(subject: Subject): void {
    this.count(subject, 'misses');
    if (hasSubscribers()) publish({ type: 'miss', label: subject.label });
  }

  join(subject: Subject): void {
    this.count(subject, 'joined');
    if (hasSubscribers()) publish({ type: 'join', label: subject.label });
  }

  /** Counted when it begins: a loader that hangs is seen, too. */
  load(subject: Subject): void {
    this.count(subject, 'loads');
  }

  loaded(subject: Subject, durationMs: number, failed: boolean): void {
    if (failed) this.count(subject, 'loadErrors');
    this.measure(subject, (meter) => {
      meter.loaded(durationMs);
    });
    if (hasSubscribers()) publish({ type: 'load', label: subject.label, durationMs, failed });
  }

  fill(subject: Subject, bytes: number, isFilled: boolean): void {
    this.count(subject, isFilled ? 'fills' : 'fillsDropped');
    if (!hasSubscribers()) return;
    const { label } = subject;
    publish(isFilled ? { type: 'fill', label, bytes } : { type: 'fill-dropped', label });
  }

  uncacheable(subject: Subject): void {
    this.count(subject, 'uncacheable');
    if (hasSubscribers()) publish({ type: 'uncacheable', label: subject.label });
  }

  /** What an operation cost: once in the total, and shared out among the calls that it was for. */
  spend(payers: readonly Subject[], charge: Charge): void {
    this.total.spend(charge, 1);
    for (const payer of payers) this.meterOf(payer)?.spend(charge, 1 / payers.length);
  }

  /** For an operation that is one call's, or nobody's. */
  billTo(...payers: readonly Subject[]): Spent {
    return (charge) => {
      this.spend(payers, charge);
    };
  }

  /** What is no call's: evictions, errors, the breaker, leases. */
  event(build: () => CacheEvent): void {
    if (hasSubscribers()) publish(build());
  }

  snapshot(breaker: CacheStats['breaker']): CacheStats {
    const methods = Object.create(null) as Record<string, CallStats>;
    for (const [name, meter] of this.methods) methods[name] = meter.snapshot();
    return { ...this.total.snapshot(), store: { ...this.store }, breaker, methods };
  }

  private count(subject: Subject, what: keyof CallCounts): void {
    this.measure(subject, ({ counts }) => {
      counts[what]++;
    });
  }

  private measure(subject: Subject, measure: (meter: CallMeter) => void): void {
    measure(this.total);
    const meter = this.meterOf(subject);
    if (meter) measure(meter);
  }

  private meterOf(subject: Subject): CallMeter | undefined {
    if (subject.name === undefined) return undefined;
    return (subject.meter ??= this.meterNamed(subject.name));
  }

  // Names come from code, so they are few; should somebody make one per call, the rest is counted in the total only.
  private meterNamed(name: string): CallMeter | undefined {
    const known = this.methods.get(name);
    if (known || this.methods.size >= MAX_METHODS) return known;
    const meter = new CallMeter();
    this.methods.set(name, meter);
    return meter;
  }
}

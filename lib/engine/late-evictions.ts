/**
 * Evictions that did not reach the table. Until they arrive, this process does not believe the table about their
 * addresses. One task tries them again, some at a time, each until it arrives or is given up: a table that comes back
 * after an hour is not met by all of them at once.
 */
import type { Clock } from '../clock';
import type { Subject } from '../observability/observer';
import type { Background } from './background';

const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000] as const;
const TICK_MS = 500;
const AT_ONCE = 25;
const CAPACITY = 10_000;

/** What is done about one of them. */
export interface LateWork {
  /** Tries again. @throws when it does not arrive */
  readonly send: (address: string, subject: Subject) => Promise<unknown>;
  readonly arrived: (address: string, subject: Subject) => void;
  readonly lost: (subject: Subject) => void;
  /** The process ends before these could be sent. */
  readonly gaveUp: (count: number) => void;
  /** For how long nothing can be sent, ms. */
  readonly blockedForMs: () => number;
}

interface Late {
  readonly subject: Subject;
  /** Where in the order of evictions the last of them began. */
  readonly mark: number;
  attempts: number;
  dueAtMs: number;
}

export class LateEvictions {
  private readonly late = new Map<string, Late>();
  private isTrying = false;
  /** Ends the wait for the next attempts. */
  private readonly closing = new AbortController();
  private closesAtMs = Infinity;

  constructor(
    private readonly background: Background,
    private readonly clock: Clock,
  ) {}

  /** Whether an eviction of this address is still on its way. */
  has(address: string): boolean {
    return this.late.has(address);
  }

  /**
   * @param mark where in the order of evictions it began
   * @returns false when there are too many to try another again
   */
  add(address: string, subject: Subject, mark: number, work: LateWork): boolean {
    const known = this.late.get(address);
    if (this.late.size >= CAPACITY && !known) return false;
    const latest = Math.max(mark, known?.mark ?? 0);
    const dueAtMs = this.clock.monotonic() + RETRY_MS[0];
    this.late.set(address, { subject, mark: latest, attempts: 0, dueAtMs });
    this.isTrying ||= this.background.run(() => this.tryAll(work));
    if (!this.isTrying) this.late.delete(address);
    return this.isTrying;
  }

  /** A write that began at `mark` has reached the table, and stands in the place of those that began before it. */
  settle(address: string, mark: number): void {
    if ((this.late.get(address)?.mark ?? Infinity) <= mark) this.late.delete(address);
  }

  /** The process ends: what is late is tried at once, and given up when nothing can be sent in the time that is left. */
  close(withinMs: number): void {
    const nowMs = this.clock.monotonic();
    this.closesAtMs = nowMs + withinMs;
    for (const late of this.late.values()) Object.assign(late, { attempts: 0, dueAtMs: nowMs });
    this.closing.abort();
  }

  private async tryAll(work: LateWork): Promise<void> {
    this.isTrying = true;
    while (this.late.size > 0) {
      await this.tick();
      if (this.clock.monotonic() + work.blockedForMs() >= this.closesAtMs) {
        this.giveUp(work);
        break;
      }
      const due = [...this.late].filter(([, { dueAtMs }]) => dueAtMs <= this.clock.monotonic());
      for (let start = 0; start < due.length; start += AT_ONCE) {
        const some = due.slice(start, start + AT_ONCE);
        await Promise.all(some.map(([address, late]) => this.tryOne(address, late, work)));
      }
    }
    this.isTrying = false;
  }

  private async tick(): Promise<void> {
    if (this.closing.signal.aborted) return this.clock.wait(TICK_MS);
    try {
      await this.clock.wait(TICK_MS, this.closing.signal);
    } catch {
      // It is time already.
    }
  }

  private giveUp(work: LateWork): void {
    work.gaveUp(this.late.size);
    for (const { subject } of this.late.values()) work.lost(subject);
    this.late.clear();
  }

  private async tryOne(address: string, late: Late, work: LateWork): Promise<void> {
    // Settled meanwhile, or evicted once more, which is tried in its own time.
    const isOver = () => this.late.get(address) !== late;
    if (isOver()) return;
    try {
      await work.send(address, late.subject);
      if (!isOver()) this.late.delete(address);
      work.arrived(address, late.subject);
    } catch {
      if (isOver()) return;
      const waitMs = RETRY_MS[++late.attempts];
      late.dueAtMs = this.clock.monotonic() + (waitMs ?? 0);
      if (waitMs !== undefined) return;
      this.late.delete(address);
      work.lost(late.subject);
    }
  }
}

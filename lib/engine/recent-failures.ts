/** Whose loader has just failed, so that it is left alone for a moment, and whether a stale value stands in meanwhile. */
import type { Clock } from '../clock';
import { RecentAddresses } from './recent-addresses';

export class RecentFailures {
  private readonly stoodInFor: RecentAddresses;
  /** Failed by an error that is the caller's to know: nothing is served in its place. */
  private readonly answered: RecentAddresses;

  constructor(clock: Clock, forMs: number) {
    this.stoodInFor = new RecentAddresses(clock, forMs);
    this.answered = new RecentAddresses(clock, forMs);
  }

  record(address: string, isStoodInFor: boolean): void {
    (isStoodInFor ? this.stoodInFor : this.answered).record(address);
  }

  isRecent(address: string): boolean {
    return this.stoodInFor.isRecent(address) || this.answered.isRecent(address);
  }

  /** Whether a stale value is served without asking the loader again. */
  isStoodInFor(address: string): boolean {
    return this.stoodInFor.isRecent(address);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that all processes of a run share, in which an hour can pass in a second. */
export class FastClock {
  /** What it said last. */
  lastMs = 0;

  /** @param skewMs how far the wall clock of this process is off */
  constructor({ speed, originMs, originNs, skewMs = 0 }) {
    this.speed = speed;
    this.originMs = originMs + skewMs;
    this.originNs = originNs;
  }

  now() {
    this.lastMs = Math.floor(this.originMs + this.monotonic());
    return this.lastMs;
  }

  monotonic() {
    return ((nowNs() - this.originNs) / 1e6) * this.speed;
  }

  wait(ms, signal) {
    return sleep(ms / this.speed, undefined, { ref: false, signal });
  }
}

/** The clock of the history: the same in every process of the machine. */
export function nowNs() {
  return Number(process.hrtime.bigint());
}

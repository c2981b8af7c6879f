/** A clock that all processes of a run share, in which an hour can pass in a second. */
export class FastClock {
  constructor({ speed, originMs, originNs }) {
    this.speed = speed;
    this.originMs = originMs;
    this.originNs = originNs;
  }

  now() {
    return Math.floor(this.originMs + this.monotonic());
  }

  monotonic() {
    return ((nowNs() - this.originNs) / 1e6) * this.speed;
  }
}

/** The clock of the history: the same in every process of the machine. */
export function nowNs() {
  return Number(process.hrtime.bigint());
}

/** Knows how much is still under way, so that a shutdown can wait for it, within a bound. */
export class InFlight {
  private count = 0;
  private readonly waiting = new Set<() => void>();

  enter(): void {
    this.count++;
  }

  leave(): void {
    this.count--;
    if (this.count > 0) return;
    for (const wake of this.waiting) wake();
  }

  async track<T>(work: Promise<T>): Promise<T> {
    this.enter();
    try {
      return await work;
    } finally {
      this.leave();
    }
  }

  /** Resolves to whether everything, work that was begun meanwhile included, ended within the bound. */
  async drain(withinMs: number): Promise<boolean> {
    if (this.count === 0) return true;
    return new Promise((resolve) => {
      const settle = (isIdle: boolean) => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(isIdle);
      };
      const wake = () => {
        // What ends may have begun something else in the same turn.
        setImmediate(() => {
          if (this.count === 0) settle(true);
        });
      };
      const timer = setTimeout(settle, withinMs, false);
      this.waiting.add(wake);
    });
  }
}

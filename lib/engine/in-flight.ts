/** Knows what is still under way, so that a shutdown can wait for it, within a bound. */
export class InFlight {
  private readonly pending = new Set<Promise<unknown>>();

  track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = work.then(
      () => this.pending.delete(settled),
      () => this.pending.delete(settled),
    );
    this.pending.add(settled);
    return work;
  }

  /** Resolves to whether everything, work that was begun meanwhile included, ended within the bound. */
  async drain(withinMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, withinMs, false);
    });
    try {
      return await Promise.race([bound, this.untilIdle()]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async untilIdle(): Promise<true> {
    while (this.pending.size > 0) await Promise.all(this.pending);
    return true;
  }
}

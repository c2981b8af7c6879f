/** The reads that are on their way to the table and back, by address. Each ends, because it has its budget. */
export class ReadsUnderWay {
  private readonly byAddress = new Map<string, Set<Promise<unknown>>>();

  /** @param reading never rejects */
  note(address: string, reading: Promise<unknown>): void {
    const reads = this.byAddress.get(address) ?? new Set();
    this.byAddress.set(address, reads.add(reading));
    void reading.then(() => {
      reads.delete(reading);
      if (reads.size === 0) this.byAddress.delete(address);
    });
  }

  /** Resolves when those that are under way now are over; undefined when there are none. */
  of(address: string): Promise<unknown> | undefined {
    const reads = this.byAddress.get(address);
    return reads && Promise.all(reads);
  }
}

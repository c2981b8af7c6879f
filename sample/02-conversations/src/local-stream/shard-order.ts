/** In which order the shards of a stream are read: a shard after its parent, so that each item's writes come in their order. */
export interface ListedShard {
  readonly id: string;
  readonly parentId: string | undefined;
}

export class ShardOrder {
  private readonly begun = new Set<string>();
  private readonly ended = new Set<string>();

  /** Which of the listed shards may be begun now; nobody is told of one twice. */
  next(listed: readonly ListedShard[]): string[] {
    const ids = new Set(listed.map(({ id }) => id));
    this.forgetTrimmed(ids);
    const ready = listed.filter(({ id, parentId }) => !this.begun.has(id) && this.isBehindUs(parentId, ids));
    for (const { id } of ready) this.begun.add(id);
    return ready.map(({ id }) => id);
  }

  end(id: string): void {
    this.ended.add(id);
  }

  /** Whether the stream goes on behind each shard that has ended. What a shard is split into may be listed later than its end. */
  isComplete(listed: readonly ListedShard[]): boolean {
    const parents = new Set(listed.map(({ parentId }) => parentId));
    return [...this.ended].every((id) => parents.has(id));
  }

  /** A parent that is not listed any more was trimmed, unless it is still being read. */
  private isBehindUs(parentId: string | undefined, ids: ReadonlySet<string>): boolean {
    if (parentId === undefined || this.ended.has(parentId)) return true;
    return !ids.has(parentId) && !this.begun.has(parentId);
  }

  private forgetTrimmed(ids: ReadonlySet<string>): void {
    for (const id of this.ended) {
      if (ids.has(id)) continue;
      this.ended.delete(id);
      this.begun.delete(id);
    }
  }
}

/**
 * Each namespace gets a new generation before anything of it is deleted: whatever was loaded before counts no more from
 * then on, deleted or not, and no load under way can write it back (engine/stamps.ts).
 */
import type { Version } from '../../tiers/entry';
import { addressesOf } from '../address';
import type { TableConnection } from '../connection';
import { stampNamespace } from '../namespace-stamp';

export interface Generation {
  readonly generation: Version;
  /** What was loaded from then on stays. */
  readonly fromMs: number;
}

export class Generations {
  private readonly known: Map<string, Promise<Generation | undefined>>;
  private readonly settled: Record<string, Generation>;

  constructor(
    private readonly connection: TableConnection,
    known: Readonly<Record<string, Generation>>,
  ) {
    this.settled = { ...known };
    this.known = new Map(Object.entries(known).map(([space, one]) => [space, Promise.resolve(one)]));
  }

  /** Gives the namespace its new generation, once. @returns undefined for what cannot be a namespace */
  of(space: string): Promise<Generation | undefined> {
    const known = this.known.get(space);
    if (known) return known;
    const begun = this.begin(space);
    this.known.set(space, begun);
    return begun;
  }

  /** For the file. */
  all(): Readonly<Record<string, Generation>> {
    return this.settled;
  }

  private async begin(space: string): Promise<Generation | undefined> {
    try {
      addressesOf(space);
    } catch {
      return undefined;
    }
    const fromMs = Date.now();
    const one = { generation: await stampNamespace(this.connection, space), fromMs };
    this.settled[space] = one;
    return one;
  }
}

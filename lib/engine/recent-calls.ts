/**
 * The targets of calls with one id, as most calls are, remembered and bounded: to put an address together, and to hash it,
 * takes longer than all else of a hit in memory.
 */
import type { Target } from './target';

const CAPACITY = 1_000;
const MAX_ID_LENGTH = 128;

/** A call's only argument, when a Map tells it from all others just as keys do. */
export type Id = string | number;

/** A method, as far as its calls are remembered. */
export interface Remembering {
  readonly calls: Map<Id, Target>;
}

export class RecentCalls {
  private readonly methods = new Set<Remembering>();
  private size = 0;

  add(method: Remembering, id: Id, target: Target): void {
    if (this.size++ >= CAPACITY) this.forgetAll();
    this.methods.add(method);
    method.calls.set(id, target);
  }

  private forgetAll(): void {
    for (const { calls } of this.methods) calls.clear();
    this.methods.clear();
    this.size = 1;
  }
}

/** The id that a call's arguments are; a Map takes 0 and -0 for one, so no number below 1 is. */
export function idOf(args: readonly unknown[]): Id | undefined {
  const only = args[0];
  if (args.length !== 1) return undefined;
  if (typeof only === 'string') return only.length <= MAX_ID_LENGTH ? only : undefined;
  return typeof only === 'number' && only >= 1 ? only : undefined;
}

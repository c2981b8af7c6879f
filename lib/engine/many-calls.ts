/**
 * Calls with a list: each id has an entry of its own. What is cached is read in one round trip, and the loader is
 * called once, with the ids that are neither cached nor being loaded by somebody else. Ids that the loader has nothing
 * for are `undefined`, and not kept unless that is asked for.
 */
import { DynamoCacheError } from '../errors';
import { callKey } from '../key/call-key';
import { canonicalArguments } from '../key/canonical';
import type { CallOptions } from './call-options';

/** What a method may return for a list of ids: one result an id in their order, results that name their id, or a map. */
export type ManyResults<K, R> = readonly R[] | ReadonlyMap<K, R> | Readonly<Record<string, R>>;

/** How the calls of a function that takes a list of ids are cached. */
export interface ManyOptions<R> extends Pick<
  CallOptions<readonly unknown[], R>,
  'ttl' | 'jitter' | 'staleWhileRevalidate' | 'staleIfError' | 'refreshAhead'
> {
  /** Which id a result is of. Without it an array has to hold one result per id, in the order of the ids. */
  id?: (result: R) => unknown;
  /** What the method returns. @default 'array' */
  as?: 'array' | 'map' | 'record';
  /** Whether ids without a result are remembered, too. @default false */
  cacheMissing?: boolean;
}

/** Out of a cached method for lists: it returned an array whose results cannot be told apart by id. */
export class UnmatchedResultsError extends DynamoCacheError {
  readonly code = 'UNMATCHED_RESULTS';

  constructor(name: string, ids: number, results: number) {
    super(
      `${name} was asked for ${ids} ids and returned ${results} results: return one per id, in their order, or say ` +
        'which id a result is of with { id: (result) => result.id }',
    );
  }
}

/** The results of a loader by id. @throws UnmatchedResultsError */
export function resultsById<K, R>(
  name: string,
  ids: readonly K[],
  results: ManyResults<K, R>,
  { id }: Pick<ManyOptions<R>, 'id'>,
): (id: K) => R | undefined {
  if (results instanceof Map) return (key) => (results as ReadonlyMap<K, R>).get(key);
  if (!Array.isArray(results)) {
    const record = results as Readonly<Record<string, R>>;
    return (key) => (Object.hasOwn(record, String(key)) ? record[String(key)] : undefined);
  }
  const list = results as readonly R[];
  if (!id && list.length !== ids.length) throw new UnmatchedResultsError(name, ids.length, list.length);
  const byId = new Map<string, R>();
  list.forEach((result, i) => byId.set(identity(id ? id(result) : ids[i]), result));
  return (key) => byId.get(identity(key));
}

/** What the method returns to its caller: the order and the duplicates of the ids are kept. */
export function shape<K, R>(
  ids: readonly K[],
  resultOf: (id: K) => R | undefined,
  { as = 'array', id }: Pick<ManyOptions<R>, 'as' | 'id'>,
): ManyResults<K, R | undefined> {
  if (as === 'array') {
    const results = ids.map(resultOf);
    // Results that name their id need no place-holders; an array in the order of the ids does.
    return id ? results.filter((result) => result !== undefined) : results;
  }
  const found = [...new Set(ids)].flatMap((key) => {
    const result = resultOf(key);
    return result === undefined ? [] : [[key, result] as const];
  });
  return as === 'map'
    ? new Map(found)
    : Object.fromEntries(found.map(([key, result]) => [String(key), result]));
}

/** The ids without repetition, and the key of each. @throws NotDataError */
export function keysOf<K>(name: string, ids: readonly K[], rest: readonly unknown[]): Map<K, string> {
  return new Map(ids.map((id) => [id, callKey(name, [id, ...rest])]));
}

function identity(id: unknown): string {
  return canonicalArguments([id]);
}

/** Gathers the ids that are asked for in one turn into one call of the loader. */
export class LoaderBatch<K, R> {
  private waiting: { ids: K[]; results: Promise<(id: K) => R | undefined> } | undefined;

  constructor(private readonly loadMissing: (ids: K[]) => Promise<(id: K) => R | undefined>) {}

  async load(id: K): Promise<R | undefined> {
    this.waiting ??= this.gather();
    const { ids, results } = this.waiting;
    ids.push(id);
    return (await results)(id);
  }

  private gather() {
    const ids: K[] = [];
    const results = Promise.resolve().then(() => {
      this.waiting = undefined;
      return this.loadMissing(ids);
    });
    return { ids, results };
  }
}

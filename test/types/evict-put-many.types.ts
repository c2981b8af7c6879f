/**
 * What the compiler lets through and what it refuses of the decorators that evict, put, and take lists, checked by
 * `npm run types`. Nothing in this file runs.
 */
import { type Observable, of } from 'rxjs';
import { DynamoCacheEvict, DynamoCachePut, DynamoCacheable, DynamoCacheableMany } from '../../lib';

interface Restaurant {
  id: string;
  partial: boolean;
}

declare const restaurant: Restaurant;

// As the design and the README show them.
export class Documented {
  @DynamoCacheable({
    ttl: '1h',
    staleWhileRevalidate: '5m',
    staleIfError: '1d',
    lease: true,
    tags: (id: string) => [`restaurant:${id}`],
    when: (id) => id !== 'draft',
    unless: (s) => s.partial,
  })
  async menu(id: string): Promise<Restaurant> {
    return { ...restaurant, id };
  }

  @DynamoCacheableMany({ ttl: '10m', id: (r: Restaurant) => r.id })
  async findMany(ids: string[]): Promise<Restaurant[]> {
    return ids.map((id) => ({ ...restaurant, id }));
  }

  @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
  async rename(id: string, name: string): Promise<string> {
    return id + name;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
  @DynamoCachePut({ method: 'menu', args: (id: string) => [id] })
  async change(id: string, name: string): Promise<Restaurant> {
    return { ...restaurant, id: id + name };
  }
}

export class Accepted {
  @DynamoCacheable({ ttl: (r: Restaurant) => (r.partial ? false : '1h'), tags: ['restaurants'] })
  async ttl(): Promise<Restaurant> {
    return restaurant;
  }

  @DynamoCacheable({ lease: '20s', loaderTimeout: { soft: '1s', hard: 10_000 }, cacheErrors: () => '30s' })
  async lease(): Promise<Restaurant> {
    return restaurant;
  }

  @DynamoCacheable({ staleIfError: { for: (r: Restaurant) => (r.partial ? false : '1h') } })
  async standsInForAWhile(): Promise<Restaurant> {
    return restaurant;
  }

  @DynamoCacheable({ staleIfError: { for: '1d', when: (error) => error instanceof RangeError } })
  async standsInForSome(): Promise<Restaurant> {
    return restaurant;
  }

  @DynamoCacheable({ staleWhileRevalidate: 0, staleIfError: false, refreshAhead: false, jitter: 0 })
  async switchedOff(): Promise<Restaurant> {
    return restaurant;
  }

  @DynamoCacheableMany({ staleWhileRevalidate: false, staleIfError: 0, refreshAhead: 0, jitter: false })
  async switchedOffMany(ids: string[]): Promise<string[]> {
    return ids;
  }

  @DynamoCacheableMany()
  async bare(ids: string[]): Promise<(Restaurant | null | undefined)[]> {
    return ids.map(() => null);
  }

  @DynamoCacheableMany()
  async readonlyIds(ids: readonly number[], language: string): Promise<readonly string[]> {
    return ids.map((id) => language + String(id));
  }

  @DynamoCacheableMany({ as: 'map' })
  async map(ids: string[]): Promise<Map<string, Restaurant>> {
    return new Map(ids.map((id) => [id, restaurant]));
  }

  @DynamoCacheableMany({ as: 'record' })
  async record(ids: string[]): Promise<Record<string, Restaurant>> {
    return Object.fromEntries(ids.map((id) => [id, restaurant]));
  }

  @DynamoCacheableMany({ as: 'map', ttl: (r: Restaurant) => (r.partial ? '1m' : '1h') })
  async ttlOfMap(ids: string[]): Promise<ReadonlyMap<string, Restaurant>> {
    return new Map(ids.map((id) => [id, restaurant]));
  }

  @DynamoCacheableMany({ id: (r: Restaurant) => r.id })
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- who writes `any` is let through
  async anything(_ids: string[]): Promise<any> {
    return Promise.resolve(restaurant);
  }

  @DynamoCacheEvict({ tags: ['restaurants'], keys: ['index'], everything: false })
  async lists(): Promise<void> {
    return Promise.resolve();
  }

  @DynamoCacheEvict({ keys: (id) => [`restaurant:${id}`], method: 'find', args: (id) => [id], before: true })
  async unannotated(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ tags: ({ id }: Restaurant) => [id] })
  observable(changed: Restaurant): Observable<Restaurant> {
    return of(changed);
  }

  @DynamoCachePut({ method: 'find', unless: (r: Restaurant | undefined) => r === undefined })
  async put(id: string): Promise<Restaurant | undefined> {
    return { ...restaurant, id };
  }
}

export class Refused {
  // @ts-expect-error `tags` takes a number
  @DynamoCacheable({ tags: (id: number) => [`restaurant:${id}`] })
  async tagsOfOthers(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error one tag is a list of one
  @DynamoCacheable({ tags: (id: string) => id })
  async oneTag(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error tags are known before the method runs
  @DynamoCacheable({ tags: async (id: string) => Promise.resolve([id]) })
  async asyncTags(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error `ttl` takes another type
  @DynamoCacheable({ ttl: (length: number) => length })
  async ttl(): Promise<Restaurant> {
    return restaurant;
  }

  // @ts-expect-error for which errors, but not how long
  @DynamoCacheable({ staleIfError: { when: () => true } })
  async staleIfSomeError(): Promise<Restaurant> {
    return restaurant;
  }

  // @ts-expect-error `true` says not how long
  @DynamoCacheable({ staleIfError: true })
  async staleIfError(): Promise<Restaurant> {
    return restaurant;
  }

  // @ts-expect-error `true` says not how much
  @DynamoCacheable({ jitter: true })
  async jitter(): Promise<Restaurant> {
    return restaurant;
  }

  // @ts-expect-error no unit of time
  @DynamoCacheable({ loaderTimeout: { soft: '1 parsec' } })
  async loaderTimeout(): Promise<Restaurant> {
    return restaurant;
  }

  // @ts-expect-error returns no Map
  @DynamoCacheableMany({ as: 'map' })
  async noMap(ids: string[]): Promise<string[]> {
    return ids;
  }

  // @ts-expect-error returns no record
  @DynamoCacheableMany({ as: 'record' })
  async noRecord(ids: string[]): Promise<string[]> {
    return ids;
  }

  // @ts-expect-error returns no array
  @DynamoCacheableMany({ id: (r: Restaurant) => r.id })
  async noArray(ids: string[]): Promise<Map<string, Restaurant>> {
    return new Map(ids.map((id) => [id, restaurant]));
  }

  // @ts-expect-error `id` does not expect null
  @DynamoCacheableMany({ id: (r: Restaurant) => r.id })
  async idOfNull(ids: string[]): Promise<(Restaurant | null)[]> {
    return ids.map(() => null);
  }

  // @ts-expect-error no such shape
  @DynamoCacheableMany({ as: 'set' })
  async noSuchShape(ids: string[]): Promise<string[]> {
    return ids;
  }

  // @ts-expect-error no list of ids
  @DynamoCacheableMany()
  async noList(id: string): Promise<string[]> {
    return [id];
  }

  // @ts-expect-error no ids at all
  @DynamoCacheableMany()
  async noIds(): Promise<string[]> {
    return Promise.resolve([]);
  }

  // @ts-expect-error returns no Promise
  @DynamoCacheableMany()
  sync(ids: string[]): string[] {
    return ids;
  }

  // @ts-expect-error returns no Promise
  @DynamoCacheableMany()
  observable(ids: string[]): Observable<string[]> {
    return of(ids);
  }

  // @ts-expect-error what to evict?
  @DynamoCacheEvict()
  async nothing(): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error `tags` takes a number
  @DynamoCacheEvict({ tags: (id: number) => [`restaurant:${id}`] })
  async evictOfOthers(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error nobody can wait for the eviction
  @DynamoCacheEvict({ everything: true })
  syncEvict(): void {
    return undefined;
  }

  // @ts-expect-error there is no such option
  @DynamoCacheEvict({ tag: 'restaurants' })
  async unknownEvict(): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error put where?
  @DynamoCachePut({ args: (id: string) => [id] })
  async putNowhere(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error `args` takes a number
  @DynamoCachePut({ method: 'find', args: (id: number) => [id] })
  async putOfOthers(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error `unless` does not expect undefined
  @DynamoCachePut({ method: 'find', unless: (r: Restaurant) => r.partial })
  async putUnion(): Promise<Restaurant | undefined> {
    return Promise.resolve(undefined);
  }

  // @ts-expect-error no instance, no application
  @DynamoCachePut({ method: 'find' })
  static async static(): Promise<Restaurant> {
    return restaurant;
  }
}

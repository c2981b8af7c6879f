/**
 * What the compiler lets through and what it refuses, checked by `npm run types`: a line marked `@ts-expect-error` that
 * compiles is an error there. Nothing in this file runs.
 */
import { type Observable, of } from 'rxjs';
import { DynamoCacheable } from '../../lib';

interface Menu {
  id: string;
  partial: boolean;
}

declare const menu: Menu;
declare const maybe: Menu | undefined;

export class Accepted {
  @DynamoCacheable()
  async bare(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  @DynamoCacheable('10m')
  async text(): Promise<Menu> {
    return menu;
  }

  @DynamoCacheable(600_000)
  async milliseconds(): Promise<Menu> {
    return menu;
  }

  // Unannotated, as in the first example of the documentation.
  @DynamoCacheable({ ttl: '1h', when: (id) => id !== 'draft', unless: (s) => s.partial, name: 'menu' })
  async lambdas(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  @DynamoCacheable({ when: (id: string) => id !== 'draft', unless: (s: Menu) => s.partial })
  async annotated(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  @DynamoCacheable({ when: () => true, key: (id: string) => id, unless: () => false })
  async fewerParameters(id: string, page: number): Promise<Menu> {
    return { ...menu, id: `${id} ${page}` };
  }

  @DynamoCacheable({ when: (id: string) => id !== '', key: (id: string, page: number) => [id, page] })
  async eachItsOwnNumber(id: string, page: number): Promise<Menu> {
    return { ...menu, id: `${id} ${page}` };
  }

  @DynamoCacheable({ key: (id: string, page?: number) => [id, page] })
  async optional(id: string, page?: number): Promise<Menu> {
    return { ...menu, id: `${id} ${page ?? 1}` };
  }

  @DynamoCacheable({ key: (...ids: string[]) => ids.toSorted() })
  async rest(...ids: string[]): Promise<string[]> {
    return ids;
  }

  @DynamoCacheable({ when: (id: unknown) => id !== '', unless: (s: object) => 'partial' in s })
  async wider(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  @DynamoCacheable({ unless: (s: Menu | undefined) => s === undefined })
  async union(): Promise<Menu | undefined> {
    return maybe;
  }

  @DynamoCacheable({ unless: (list: readonly Menu[]) => list.length === 0 })
  async list(): Promise<Menu[]> {
    return [menu];
  }

  @DynamoCacheable()
  async nothing(): Promise<void> {
    return Promise.resolve();
  }

  @DynamoCacheable()
  async generic<T extends string>(id: T): Promise<T> {
    return id;
  }

  @DynamoCacheable({ key: (id: string) => id })
  async genericWithKey<T extends string>(id: T): Promise<T> {
    return id;
  }

  overloaded(id: string): Promise<string>;
  overloaded(id: number): Promise<number>;
  @DynamoCacheable('1m')
  async overloaded(id: string | number): Promise<string | number> {
    return Promise.resolve(id);
  }

  @DynamoCacheable({ when: (id: string) => id !== '' })
  async withThis(this: Accepted, id: string): Promise<Menu> {
    return { ...menu, id };
  }

  @DynamoCacheable({ unless: (s: Menu) => s.partial })
  observable(): Observable<Menu> {
    return of(menu);
  }

  @DynamoCacheable()
  inferred() {
    return of(menu);
  }

  @DynamoCacheable()
  either(): Promise<Menu> | Observable<Menu> {
    return of(menu);
  }

  @DynamoCacheable()
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- who writes `any` is let through
  anything(): any {
    return menu;
  }

  @DynamoCacheable()
  protected async protectedOne(): Promise<Menu> {
    return menu;
  }

  @DynamoCacheable()
  private async privateOne(): Promise<Menu> {
    return menu;
  }
}

export class Refused {
  // @ts-expect-error not a Promise
  @DynamoCacheable()
  sync(): Menu {
    return menu;
  }

  // @ts-expect-error nothing to cache
  @DynamoCacheable()
  nothing(): void {
    return undefined;
  }

  // @ts-expect-error only sometimes a Promise, and a cached method always is one
  @DynamoCacheable()
  sometimes(): Promise<Menu> | undefined {
    return undefined;
  }

  // @ts-expect-error only sometimes a Promise
  @DynamoCacheable()
  orPlain(): Promise<Menu> | Menu {
    return menu;
  }

  // @ts-expect-error an iterator cannot be kept
  @DynamoCacheable()
  *generator(): Generator<Menu> {
    yield menu;
  }

  // @ts-expect-error an iterator cannot be kept
  @DynamoCacheable()
  async *asyncGenerator(): AsyncGenerator<Menu> {
    yield Promise.resolve(menu);
  }

  // @ts-expect-error `when` takes a number
  @DynamoCacheable({ when: (id: number) => id > 1 })
  async when(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  // @ts-expect-error `key` takes more than it is given
  @DynamoCacheable({ key: (id: string, page: number) => [id, page] })
  async key(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  // @ts-expect-error `when` does not expect undefined
  @DynamoCacheable({ when: (id: string) => id !== '' })
  async optional(id?: string): Promise<Menu> {
    return { ...menu, id: id ?? '' };
  }

  // @ts-expect-error a promise is always true
  @DynamoCacheable({ when: async (id: string) => Promise.resolve(id !== '') })
  async asyncWhen(id: string): Promise<Menu> {
    return { ...menu, id };
  }

  // @ts-expect-error `unless` takes another type
  @DynamoCacheable({ unless: (length: number) => length === 0 })
  async unless(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error `unless` does not expect undefined
  @DynamoCacheable({ unless: (s: Menu) => s.partial })
  async unlessUnion(): Promise<Menu | undefined> {
    return maybe;
  }

  // @ts-expect-error the same for an Observable
  @DynamoCacheable({ unless: (length: number) => length === 0 })
  unlessObservable(): Observable<Menu> {
    return of(menu);
  }

  // @ts-expect-error no unit of time
  @DynamoCacheable('10 parsecs')
  async text(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error no unit of time
  @DynamoCacheable({ ttl: '10 parsecs' })
  async ttl(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error there is no such option
  @DynamoCacheable({ tll: '10m' })
  async unknown(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error called, not named
  @DynamoCacheable
  async notCalled(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error no instance, no application
  @DynamoCacheable()
  static async static(): Promise<Menu> {
    return menu;
  }

  // @ts-expect-error only methods have a result to cache
  @DynamoCacheable()
  get accessor(): Menu {
    return menu;
  }

  // @ts-expect-error only methods have a result to cache
  @DynamoCacheable()
  property = async () => Promise.resolve(menu);
}

// What the compiler infers for users of the cache. `npm run types` is what fails; at run time these tests are empty.
import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type CacheableMethodDecorator,
  DynamoCache,
  DynamoCacheModule,
  DynamoCacheable,
  type DynamoCacheOptions,
  type Duration,
  type Lock,
  createDynamoCache,
  customType,
  memoize,
} from '../../lib';

interface Menu {
  id: string;
}

declare const cache: DynamoCache;
declare const summary: (id: string, page?: number) => Promise<Menu>;

// Never called: the compiler reads it all the same.
const unused = (body: () => unknown) => body;

describe('getOrLoad', () => {
  it('gives what the loader gives', () => {
    unused(async () => {
      expectTypeOf(await cache.getOrLoad('key', async () => summary('7'))).toEqualTypeOf<Menu>();
      expectTypeOf(await cache.getOrLoad('key', () => 7)).toEqualTypeOf<number>();
      expectTypeOf(await cache.getOrLoad('key', (): Menu | undefined => undefined)).toEqualTypeOf<
        Menu | undefined
      >();
      await cache.getOrLoad('key', () => 7, { ttl: '1h', unless: (n) => n > 7 });
      // @ts-expect-error `unless` takes what the loader gives
      await cache.getOrLoad('key', () => 7, { unless: (text: string) => text === '' });
      // @ts-expect-error no unit of time
      await cache.getOrLoad('key', () => 7, { ttl: '10 parsecs' });
    });
  });

  it('get may find nothing', () => {
    unused(async () => {
      expectTypeOf(await cache.get<Menu>('key')).toEqualTypeOf<Menu | undefined>();
      expectTypeOf(await cache.get('key')).toEqualTypeOf<unknown>();
    });
  });
});

describe('memoize', () => {
  it.each(['of a cache', 'by itself'])('%s keeps the parameters, and promises the result', () => {
    unused(() => {
      expectTypeOf(cache.memoize(summary)).toEqualTypeOf<(id: string, page?: number) => Promise<Menu>>();
      expectTypeOf(memoize(summary)).toEqualTypeOf<(id: string, page?: number) => Promise<Menu>>();
      expectTypeOf(memoize((n: number) => n + 1)).toEqualTypeOf<(n: number) => Promise<number>>();
      expectTypeOf(memoize((...ids: string[]) => ids)).toEqualTypeOf<
        (...ids: string[]) => Promise<string[]>
      >();
    });
  });

  it('hands key, when and unless the types of the function', () => {
    unused(() => {
      memoize(summary, {
        key: (id, page) => {
          expectTypeOf(id).toEqualTypeOf<string>();
          expectTypeOf(page).toEqualTypeOf<number | undefined>();
          return id;
        },
        when: (id) => id.length > 0,
        unless: (menu) => menu.id === '',
      });
      // @ts-expect-error the function takes a string
      memoize(summary, { when: (id: number) => id > 0 });
      // @ts-expect-error no unit of time
      memoize(summary, { ttl: '10 parsecs' });
    });
  });
});

describe('options', () => {
  it('durations are numbers or texts with a unit', () => {
    expectTypeOf<'10m'>().toExtend<Duration>();
    expectTypeOf<'1.5 h'>().toExtend<Duration>();
    expectTypeOf<'10 parsecs'>().not.toExtend<Duration>();
    expectTypeOf<'10'>().not.toExtend<Duration>();
  });

  it('isGlobal belongs to the module, not to a cache without Nest', () => {
    unused(() => {
      DynamoCacheModule.forRoot({ table: 'cache', isGlobal: true });
      DynamoCacheModule.forRootAsync({ isGlobal: true, useFactory: () => ({ table: 'cache' }) });
      // @ts-expect-error without Nest there is nothing to be global in
      createDynamoCache({ isGlobal: true });
      // @ts-expect-error there is no such option
      DynamoCacheModule.forRoot({ tabel: 'cache' });
      // @ts-expect-error the factory's result is checked, too
      DynamoCacheModule.forRootAsync({ useFactory: () => ({ ttl: '10 parsecs' }) });
    });
  });

  it('the options of both are the same', () => {
    expectTypeOf<Parameters<typeof createDynamoCache>[0]>().toEqualTypeOf<DynamoCacheOptions | undefined>();
  });
});

describe('the decorator', () => {
  it('carries the types that its options speak of', () => {
    unused(() => {
      expectTypeOf(
        DynamoCacheable({ key: (id: string) => id, unless: (menu: Menu) => menu.id === '' }),
      ).toEqualTypeOf<CacheableMethodDecorator<[id: string], Menu>>();
    });
  });

  it('leaves the method as it is', () => {
    class Menus {
      @DynamoCacheable()
      async find(id: string, page?: number): Promise<Menu> {
        return Promise.resolve({ id: `${id} ${page ?? 1}` });
      }

      @DynamoCacheable()
      watch(_id: string): Observable<Menu> {
        throw new Error('never subscribed');
      }
    }
    expectTypeOf<Menus['find']>().toEqualTypeOf<(id: string, page?: number) => Promise<Menu>>();
    expectTypeOf<Menus['watch']>().toEqualTypeOf<(id: string) => Observable<Menu>>();
  });
});

describe('counters and locks', () => {
  it('give numbers, and what runs inside', () => {
    unused(async () => {
      expectTypeOf(await cache.increment('n')).toEqualTypeOf<number>();
      expectTypeOf(
        await cache.add('key', 7, { ttl: (n: number) => (n > 7 ? '1m' : false) }),
      ).toEqualTypeOf<boolean>();
      expectTypeOf(await cache.lock('key', { ttl: '1m' })).toEqualTypeOf<Lock>();
      expectTypeOf(await cache.lock('key', { ttl: '1m' }, () => summary('7'))).toEqualTypeOf<Menu>();
      expectTypeOf(
        await cache.lock('key', { ttl: '1m', wait: '5s' }, ({ token }) => token),
      ).toEqualTypeOf<number>();
    });
  });

  it('are refused where they would not work', () => {
    unused(async () => {
      // @ts-expect-error a text does not count
      await cache.increment('n', '1');
      // @ts-expect-error a counter's life does not depend on its number
      await cache.increment('n', 1, { ttl: (n: number) => n });
      // @ts-expect-error a lock that never ends is lost with its holder
      await cache.lock('key', { wait: '5s' });
      // @ts-expect-error what to run comes last
      await cache.lock('key', () => 7);
      // @ts-expect-error no unit of time
      await cache.lock('key', { ttl: '10 parsecs' });
      // @ts-expect-error the function takes what is added
      await cache.add('key', 7, { ttl: (text: string) => (text === '' ? '1m' : '2m') });
    });
  });
});

describe('a table that exists', () => {
  it('has a preset or names, and a codec that there is', () => {
    unused(() => createDynamoCache({ layout: 'key/value/ttl', codec: 'json' }));
    unused(() => createDynamoCache({ layout: { preset: 'pk/sk/ttl', ttl: 'expires' } }));
    // @ts-expect-error no such preset
    unused(() => createDynamoCache({ layout: 'id/value' }));
    // @ts-expect-error no such codec
    unused(() => createDynamoCache({ codec: 'xml' }));
    // @ts-expect-error a typing error
    unused(() => createDynamoCache({ layout: { preset: 'pk/sk/ttl', tll: 'expires' } }));
  });
});

describe('a custom type', () => {
  class Money {
    readonly #isMoney = true;
    private constructor(readonly cents: number) {}
    get valid(): boolean {
      return this.#isMoney;
    }
    static ofCents(cents: number): Money {
      return new Money(cents);
    }
  }
  class Tags extends Set<string> {}

  it('gives the class to serialize, and what that gives to deserialize', () => {
    unused(() => {
      const money = customType({
        type: Money,
        serialize: (price) => {
          expectTypeOf(price).toEqualTypeOf<Money>();
          return { cents: price.cents };
        },
        deserialize: (data) => {
          expectTypeOf(data).toEqualTypeOf<{ cents: number }>();
          return Money.ofCents(data.cents);
        },
      });
      const tags = customType({ type: Tags, serialize: (t) => [...t], deserialize: (t) => new Tags(t) });
      class User {
        name = '';
      }
      createDynamoCache({ types: [User, money, tags] });
      return DynamoCacheModule.forRoot({ types: [tags, money] });
    });
  });

  it('is refused where it would not work', () => {
    // @ts-expect-error deserialize takes what serialize gives
    unused(() => customType({ type: Money, serialize: (m) => m.cents, deserialize: (s: string) => s }));
    // @ts-expect-error and gives an instance
    unused(() => customType({ type: Money, serialize: (m) => m.cents, deserialize: (cents) => cents }));
    unused(() =>
      // @ts-expect-error what a promise would give comes too late
      customType({ type: Money, serialize: (m) => m.cents, deserialize: async (n) => Money.ofCents(n) }),
    );
    // @ts-expect-error of which class?
    unused(() => customType({ serialize: () => 7, deserialize: () => Money.ofCents(7) }));
    // @ts-expect-error half of it
    unused(() => createDynamoCache({ types: [{ type: Money, serialize: () => 7 }] }));
  });
});

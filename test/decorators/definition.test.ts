// What cannot work is refused when the class is defined, with what to write instead.
import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  DynamoCacheEvict,
  DynamoCachePut,
  DynamoCacheable,
  DynamoCacheableMany,
  InvalidOptionsError,
} from '../../lib';

/** The decorator as JavaScript sees it: nothing keeps it from being given anything. */
const decorate = DynamoCacheable as (options?: unknown) => (...place: unknown[]) => void;

function refusalOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('an option that cannot work is refused', () => {
  it.each<[unknown, string | RegExp]>([
    ['10 parsecs', /^@DynamoCacheable: "10 parsecs" is not a duration: write .*'10m'/],
    ['10', /"10" is not a duration/],
    [0, /0 is not a duration: write milliseconds above zero/],
    [-1, /-1 is not a duration/],
    [Number.NaN, /NaN is not a duration/],
    [Number.POSITIVE_INFINITY, /Infinity is not a duration/],
    [null, /^@DynamoCacheable: is no object: write a ttl such as '10m', or { ttl: '10m' }/],
    [true, /^@DynamoCacheable: is no object: write a ttl such as '10m'/],
    [['10m'], /^@DynamoCacheable: is no object/],
    [{ ttl: '10 parsecs' }, /^@DynamoCacheable ttl: "10 parsecs" is not a duration/],
    [{ tll: '10m' }, '@DynamoCacheable tll: there is no such option; did you mean "ttl"?'],
    [{ unles: () => true }, 'did you mean "unless"?'],
    [{ condition: () => true }, /the options are .*ttl.*key.*when.*unless/],
    [{ key: 'id' }, '@DynamoCacheable key: is no function: write key: (id) => id'],
    [{ when: true }, "@DynamoCacheable when: is no function: write when: (id) => id !== 'draft'"],
    [{ unless: 'empty' }, '@DynamoCacheable unless: is no function: write unless: (menu) => menu.isPartial'],
    [{ name: 7 }, "@DynamoCacheable name: is no text: write name: 'menu'"],
    [{ name: '' }, "Write { name: 'menu' }"],
    [
      { tags: 'menu' },
      '@DynamoCacheable tags: is no list of texts and no function: write tags: (id) => [`menu:${id}`]',
    ],
    [{ tags: [7] }, '@DynamoCacheable tags: is no list of texts'],
    [{ staleWhileRevalidate: '5' }, /^@DynamoCacheable staleWhileRevalidate: "5" is not a duration/],
    [{ staleWhileRevalidate: -1 }, /^@DynamoCacheable staleWhileRevalidate: -1 is not a duration/],
    [{ staleIfError: true }, /^@DynamoCacheable staleIfError: a boolean is not a duration/],
    [
      { staleIfError: { for: '1h', when: true } },
      '@DynamoCacheable staleIfError.when: is no function: write when: (error) =>',
    ],
    [{ staleIfError: { for: '1' } }, /^@DynamoCacheable staleIfError\.for: "1" is not a duration/],
    [
      { jitter: true },
      '@DynamoCacheable jitter: true is no share of a life: write a number between 0 and 1, or false',
    ],
    [{ jitter: 1 }, '@DynamoCacheable jitter: 1 is no share of a life: write a number between 0 and 1'],
    [{ refreshAhead: 80 }, '@DynamoCacheable refreshAhead: 80 is no share of a life'],
    [{ lease: 'yes' }, /^@DynamoCacheable lease: "yes" is not a duration/],
    [
      { loaderTimeout: '5s' },
      "@DynamoCacheable loaderTimeout: is no object: write { soft: '1s', hard: '10s' }",
    ],
    [
      { loaderTimeout: { sof: '1s' } },
      '@DynamoCacheable loaderTimeout.sof: there is no such option; did you mean "soft"?',
    ],
    [{ loaderTimeout: { hard: 0 } }, /^@DynamoCacheable loaderTimeout.hard: 0 is not a duration/],
    [
      { loaderTimeout: { soft: 2, hard: 1 } },
      '@DynamoCacheable loaderTimeout.soft: is not shorter than hard',
    ],
    [{ cacheErrors: '30s' }, '@DynamoCacheable cacheErrors: is no function: write cacheErrors: (error) =>'],
  ])('%o', (options, message) => {
    expect(refusalOf(() => decorate(options))).toMatch(message);
  });

  it.each<[unknown, string | RegExp]>([
    ['10m', "@DynamoCacheableMany: is no object: write { ttl: '10m', id: (menu) => menu.id }"],
    [{ ttl: '10' }, /^@DynamoCacheableMany ttl: "10" is not a duration/],
    [{ staleIfError: -1 }, /^@DynamoCacheableMany staleIfError: -1 is not a duration/],
    [{ lease: true }, /^@DynamoCacheableMany lease: there is no such option; the options are .*cacheMissing/],
    [{ ids: 'id' }, '@DynamoCacheableMany ids: there is no such option; did you mean "id"?'],
    [{ id: 'id' }, '@DynamoCacheableMany id: is no function: write id: (menu) => menu.id'],
    [{ as: 'set' }, "@DynamoCacheableMany as: write 'array', 'map' or 'record'"],
    [{ as: 'map', id: () => 1 }, "@DynamoCacheableMany id: belongs to arrays: leave it out with as: 'map'"],
    [{ cacheMissing: 1 }, '@DynamoCacheableMany cacheMissing: write true or false'],
    [{ name: 7 }, "@DynamoCacheableMany name: is no text: write name: 'menu'"],
  ])('@DynamoCacheableMany: %o', (options, message) => {
    expect(refusalOf(() => (DynamoCacheableMany as (options?: unknown) => unknown)(options))).toMatch(
      message,
    );
  });

  it.each<[unknown, string | RegExp]>([
    [undefined, '@DynamoCacheEvict: is no object: write { tags: (id) => [`menu:${id}`] }'],
    ['menus', '@DynamoCacheEvict: is no object'],
    [
      {},
      '@DynamoCacheEvict: evicts nothing: write tags: (id) => [`menu:${id}`], or keys, method or everything: true',
    ],
    [{ before: true }, '@DynamoCacheEvict: evicts nothing'],
    [{ everything: false }, '@DynamoCacheEvict: evicts nothing'],
    [{ tag: ['menus'] }, '@DynamoCacheEvict tag: there is no such option; did you mean "tags"?'],
    [{ allEntries: true }, /the options are tags, keys, method, args, everything, before/],
    [{ tags: 'menus' }, '@DynamoCacheEvict tags: is no list of texts and no function: write tags: (id) =>'],
    [{ tags: [] }, '@DynamoCacheEvict tags: is no list of texts'],
    [{ keys: 'menu:7' }, '@DynamoCacheEvict keys: is no list of texts and no function: write keys: (id) =>'],
    [
      { method: '' },
      "@DynamoCacheEvict method: is no method's name: write method: 'find' for one of this class",
    ],
    [{ method: () => 1 }, "@DynamoCacheEvict method: is no method's name"],
    [{ method: 'find', args: ['7'] }, '@DynamoCacheEvict args: is no function: write args: (id) => [id]'],
    [
      { tags: ['menus'], args: () => [] },
      "@DynamoCacheEvict args: are whose? Write method: 'find' beside it",
    ],
    [{ everything: 'yes' }, '@DynamoCacheEvict everything: write true or false'],
    [{ tags: ['menus'], before: 1 }, '@DynamoCacheEvict before: write true or false'],
  ])('@DynamoCacheEvict: %o', (options, message) => {
    expect(refusalOf(() => (DynamoCacheEvict as (options?: unknown) => unknown)(options))).toMatch(message);
  });

  it.each<[unknown, string | RegExp]>([
    [undefined, "@DynamoCachePut: is no object: write { method: 'find', args: (id) => [id] }"],
    ['find', '@DynamoCachePut: is no object'],
    [{}, "@DynamoCachePut method: is no method's name: write method: 'find' for one of this class"],
    [
      { method: 'find', ttl: '1m' },
      /^@DynamoCachePut ttl: there is no such option; the options are method, args/,
    ],
    [{ method: 'find', args: 'id' }, '@DynamoCachePut args: is no function: write args: (id) => [id]'],
    [{ method: 'find', unless: true }, '@DynamoCachePut unless: is no function: write unless: (menu) =>'],
  ])('@DynamoCachePut: %o', (options, message) => {
    expect(refusalOf(() => (DynamoCachePut as (options?: unknown) => unknown)(options))).toMatch(message);
  });
});

describe('a place that cannot work is refused', () => {
  it('a static method', () => {
    const define = () => {
      class Menus {
        // @ts-expect-error the cache belongs to instances that an application makes
        @DynamoCacheable()
        static async find(): Promise<string> {
          return 'found';
        }
      }
      return Menus;
    };
    expect(refusalOf(define)).toBe(
      '@DynamoCacheable: Menus.find is static: put it on an instance method that returns a Promise or an Observable',
    );
  });

  it('an accessor', () => {
    const define = () => {
      class Menus {
        // @ts-expect-error only methods have a result to cache
        @DynamoCacheable()
        get menu(): string {
          return this.constructor.name;
        }
      }
      return Menus;
    };
    expect(refusalOf(define)).toContain('Menus.menu is no method: put it on an instance method');
  });

  it('a property, even one that holds a function', () => {
    const define = () => {
      class Menus {
        // @ts-expect-error a property exists on instances only, where no decorator of its class can replace it
        @DynamoCacheable()
        find = async () => Promise.resolve('found');
      }
      return Menus;
    };
    expect(refusalOf(define)).toContain('Menus.find is no method');
  });

  it.each([
    ['a generator', function* () {}],
    ['an async generator', async function* () {}],
  ])('%s', (_, value) => {
    class Menus {}
    expect(refusalOf(() => decorate()(Menus.prototype, 'each', { value }))).toContain(
      'Menus.each is a generator',
    );
  });

  it.each([
    ['@DynamoCacheableMany', DynamoCacheableMany({})],
    ['@DynamoCacheEvict', DynamoCacheEvict({ everything: true })],
    ['@DynamoCachePut', DynamoCachePut({ method: 'find' })],
  ])('under its own name: %s', (name, decorator) => {
    class Menus {
      static async find(): Promise<string> {
        return 'found';
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Menus, 'find');
    const place = [Menus, 'find', descriptor] as unknown as [object, string, never];
    expect(
      refusalOf(() => {
        decorator(...place);
      }),
    ).toMatch(new RegExp(`^${name}: Menus.find is static`));
  });

  it("a method under TC39's decorators", () => {
    const context = { kind: 'method', name: 'find', static: false };
    expect(refusalOf(() => decorate()(async () => 'found', context))).toContain(
      'set "experimentalDecorators": true',
    );
  });
});

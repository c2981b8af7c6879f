// What cannot work is refused when the class is defined, with what to write instead.
import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { DynamoCacheable, InvalidOptionsError } from '../../lib';

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
  ])('%o', (options, message) => {
    expect(refusalOf(() => decorate(options))).toMatch(message);
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

  it("a method under TC39's decorators", () => {
    const context = { kind: 'method', name: 'find', static: false };
    expect(refusalOf(() => decorate()(async () => 'found', context))).toContain(
      'set "experimentalDecorators": true',
    );
  });
});

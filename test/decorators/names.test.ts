// The name of a method is half of its key: two methods of one name are refused before they can answer each other's calls.
import 'reflect-metadata';
import { Injectable, Scope, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheable, InvalidOptionsError } from '../../lib';
import { buildModule, rejectionOf, startModule } from '../module/application';

const start = (...providers: Type[]) => startModule({ providers });

async function refusalOf(...providers: Type[]): Promise<string> {
  const module = await buildModule({ providers }).compile();
  const error = await rejectionOf(module.init());
  expect(error).toBeInstanceOf(InvalidOptionsError);
  return error.message;
}

function classNamed(
  name: string,
  options: { name?: string } = {},
): Type<{ find(id: string): Promise<string> }> {
  class Some {
    @DynamoCacheable(options)
    async find(id: string): Promise<string> {
      return `${name} ${id}`;
    }
  }
  Object.defineProperty(Some, 'name', { value: name });
  return Some;
}

describe('at start-up', () => {
  it('two classes of one name are refused, with what to write', async () => {
    expect(await refusalOf(classNamed('Menus'), classNamed('Menus'))).toMatch(
      /two cached methods are called "Menus\.find".*@DynamoCacheable\(\{ name: '…' }\)/,
    );
  });

  it('two methods of one given name are refused', async () => {
    expect(
      await refusalOf(classNamed('One', { name: 'find' }), classNamed('Other', { name: 'find' })),
    ).toContain('two cached methods are called "find"');
  });

  it('a name that meets the default name of another is refused', async () => {
    expect(await refusalOf(classNamed('One'), classNamed('Other', { name: 'One.find' }))).toContain(
      '"One.find"',
    );
  });

  it('request-scoped classes are looked at too', async () => {
    const scoped = [classNamed('Scoped'), classNamed('Scoped')];
    for (const type of scoped) Injectable({ scope: Scope.REQUEST })(type);
    expect(await refusalOf(...scoped)).toContain('"Scoped.find"');
  });

  it.each(['', 'a', 't0'])('a class whose name a bundler has shortened to "%s" is refused', async (name) => {
    expect(await refusalOf(classNamed(name))).toContain("Write { name: 'menu' }");
  });

  it('a method decorated twice is refused', async () => {
    class Doubled {
      @DynamoCacheable('1m')
      @DynamoCacheable('2m')
      async find(id: string): Promise<string> {
        return id;
      }
    }
    expect(await refusalOf(Doubled)).toContain('"Doubled.find"');
  });

  it('two classes of one name are fine when their methods have names of their own', async () => {
    const [one, other] = [classNamed('Menus', { name: 'one' }), classNamed('Menus', { name: 'other' })];
    const module = await start(one, other);
    await module.get(one).find('7');
    await module.get(other).find('7');
    expect(Object.keys(module.get(DynamoCache).stats().methods)).toEqual(['one', 'other']);
  });

  it('one class provided twice is one class', async () => {
    const Menus = classNamed('Menus');
    const module = await startModule({ providers: [Menus, { provide: 'again', useClass: Menus }] });
    await module.get(Menus).find('7');
    await module.get('again').find('7');
    expect(module.get(DynamoCache).stats().methods['Menus.find']).toMatchObject({ loads: 1, hits: 1 });
  });
});

describe('what start-up cannot see', () => {
  it('a class whose name another has already runs uncached', async () => {
    const [known, late] = [classNamed('Menus'), classNamed('Menus')];
    const maker = { provide: 'maker', useFactory: () => (isLate: boolean) => new (isLate ? late : known)() };
    const module = await startModule({ providers: [known, maker] });
    await module.get(known).find('7');
    const { bindEngine } = await import('../../lib/decorators/engine-binding');
    const instance = module.get<(isLate: boolean) => { find(id: string): Promise<string> }>('maker')(true);
    bindEngine(instance, module.get(DynamoCache));
    await instance.find('7');
    expect(module.get(DynamoCache).stats()).toMatchObject({ hits: 0, loads: 1 });
  });
});

describe('symbols', () => {
  const first = Symbol('find');
  const second = Symbol('find');

  it('name methods by their description', async () => {
    class Symbolic {
      @DynamoCacheable()
      async [first](id: string): Promise<string> {
        return id;
      }
    }
    const module = await start(Symbolic);
    expect([await module.get(Symbolic)[first]('7'), await module.get(Symbolic)[first]('7')]).toEqual([
      '7',
      '7',
    ]);
    expect(module.get(DynamoCache).stats().methods['Symbolic.Symbol(find)']).toMatchObject({ hits: 1 });
  });

  it('of one description are refused', async () => {
    class Twins {
      @DynamoCacheable()
      async [first](): Promise<string> {
        return 'first';
      }

      @DynamoCacheable()
      async [second](): Promise<string> {
        return 'second';
      }
    }
    expect(await refusalOf(Twins)).toContain('"Twins.Symbol(find)"');
  });
});

// What start-up finds out about decorators that refer to other methods, and about instances that share entries.
import 'reflect-metadata';
import { Injectable, Module, type Provider, Scope, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  DynamoCache,
  DynamoCacheEvict,
  DynamoCachePut,
  DynamoCacheable,
  DynamoCacheableMany,
  InvalidOptionsError,
} from '../../lib';
import { Log, buildModule, rejectionOf, startModule } from '../module/application';

@Injectable()
class Menus {
  @DynamoCacheable()
  async find(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheableMany({ name: 'menu-lists' })
  async findMany(ids: string[]): Promise<string[]> {
    return ids;
  }

  async plain(id: string): Promise<string> {
    return id;
  }
}

type Decorate = (options: { method: string }) => MethodDecorator;

/** A class whose method evicts, or puts where, another method. */
function referring(method: string, decorate: Decorate, base: Type = Menus) {
  @Injectable()
  class Editor extends base {
    @decorate({ method })
    async edit(id: string): Promise<string> {
      return id;
    }
  }
  return Editor;
}

async function refusalOf(...providers: Provider[]): Promise<Error> {
  const module = await buildModule({ providers }).compile();
  return rejectionOf(module.init());
}

async function warningsOf(...providers: Provider[]): Promise<string[]> {
  const logger = new Log();
  await startModule({ providers, options: { logger } });
  return logger.warnings;
}

class Nothing {}

describe.each<[string, Decorate]>([
  ['@DynamoCacheEvict', DynamoCacheEvict as Decorate],
  ['@DynamoCachePut', DynamoCachePut as Decorate],
])('%s', (name, decorate) => {
  it('of a method that does not exist is refused at start-up, with those that do', async () => {
    const error = await refusalOf(referring('fnd', decorate));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error.message).toBe(
      `${name} method: Editor.edit refers to "fnd", which does not exist: write one of "find", "findMany", ` +
        `or 'Class.method' for one of another class`,
    );
  });

  it('of a method that is not cached is refused', async () => {
    const error = await refusalOf(referring('plain', decorate));
    expect(error.message).toContain(
      'Editor.edit refers to "plain", which is not cached: write one of "find"',
    );
  });

  it('of a method of a class that has none cached is refused with what to do', async () => {
    const error = await refusalOf(referring('find', decorate, Nothing));
    expect(error.message).toContain('which does not exist: write a method with @DynamoCacheable, or');
  });

  it('is looked at on request-scoped classes and on what a factory made, too', async () => {
    const Scoped = referring('fnd', decorate);
    Injectable({ scope: Scope.REQUEST })(Scoped);
    expect((await refusalOf(Scoped)).message).toContain('"fnd"');
    const Made = referring('fnd', decorate, Nothing);
    expect((await refusalOf({ provide: 'made', useFactory: () => new Made() })).message).toContain('"fnd"');
  });

  it.each(['find', 'findMany', 'menu-lists', 'Menus.find'])('of %s is fine', async (method) => {
    expect(await warningsOf(Menus, referring(method, decorate, Base))).toEqual([]);
  });

  it('of a method of another class that this application does not have is warned about once', async () => {
    const Editor = referring('Prices.find', decorate);
    const warnings = await warningsOf(Editor, { provide: 'again', useClass: Editor });
    expect(warnings).toEqual([
      `${name} on Editor.edit refers to "Prices.find", and this application has no cached method of that name. ` +
        'If no other one on the same table has it, nothing will be found there.',
    ]);
  });

  it('of a function that was memoized under a name is fine', async () => {
    @Injectable()
    class Memoizing {
      constructor(cache: DynamoCache) {
        cache.memoize(async (id: string) => Promise.resolve(id), { name: 'prices' });
      }
    }
    expect(await warningsOf(Memoizing, referring('prices', decorate))).toEqual([]);
  });
});

/** The cached methods of Menus, under names of their own. */
class Base {
  @DynamoCacheable()
  async find(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheableMany()
  async findMany(ids: string[]): Promise<string[]> {
    return ids;
  }
}

describe('instances of one class that a factory made', () => {
  class Api {
    constructor(readonly region = 'eu') {}

    @DynamoCacheable()
    async prices(id: string): Promise<string> {
      return `${this.region} ${id}`;
    }
  }
  class Editor {
    @DynamoCacheEvict({ everything: true })
    async edit(): Promise<string> {
      return 'edited';
    }
  }
  const made = (provide: string, make: () => object) => ({ provide, useFactory: make });
  const message = (count: number) =>
    `${count} instances of Api share the entries of its cached methods, and answer each other's calls. Where they ` +
    'differ, make what differs an argument, or give each a class of its own: class Other extends Api {}.';

  it('are warned about, because they would answer each other', async () => {
    expect(
      await warningsOf(
        made('eu', () => new Api('eu')),
        made('us', () => new Api('us')),
      ),
    ).toEqual([message(2)]);
  });

  it('are warned about beside one that Nest made, and as values', async () => {
    class NoRegion {}
    const injected = { provide: Api, useClass: Api };
    expect(
      await warningsOf(
        injected,
        { provide: String, useValue: 'eu' },
        NoRegion,
        made('us', () => new Api('us')),
      ),
    ).toEqual([message(2)]);
    const values = ['eu', 'us', 'ch'].map((region) => ({ provide: region, useValue: new Api(region) }));
    expect(await warningsOf(...values)).toEqual([message(3)]);
  });

  it.each<[string, Provider[]]>([
    ['one of them', [made('eu', () => new Api('eu'))]],
    ['one under two tokens', [made('eu', () => new Api('eu')), { provide: 'us', useExisting: 'eu' }]],
    [
      'each of a class of its own',
      [made('eu', () => new Api()), made('us', () => new (class Overseas extends Api {})())],
    ],
    ['methods that are not cached', [made('one', () => new Editor()), made('other', () => new Editor())]],
    [
      'classes that Nest makes',
      [Menus, { provide: 'again', useClass: Menus }, { provide: 'x', useExisting: Menus }],
    ],
  ])('are not warned about: %s', async (_, providers) => {
    expect(await warningsOf(...providers)).toEqual([]);
  });

  it('are not warned about when Nest makes one in each of two modules', async () => {
    @Module({ providers: [Menus] })
    class One {}
    @Module({ providers: [Menus, { provide: 'alias', useExisting: Menus }] })
    class Other {}
    const logger = new Log();
    await startModule({ imports: [One, Other], options: { logger } });
    expect(logger.warnings).toEqual([]);
  });
});

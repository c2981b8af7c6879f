// However an instance comes into the world, it has the cache of the application that made it, or none.
import 'reflect-metadata';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, type HostComponentInfo, ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheModule, DynamoCacheable, DynamoStore } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { buildModule, startModule, started } from '../module/application';

/** Loads of each class, by name; the tests look at one class each. */
const loads: Record<string, number> = {};

class Greeter {
  greeting = 'hello';

  @DynamoCacheable('10m')
  async greet(name: string): Promise<string> {
    const { name: owner } = this.constructor;
    loads[owner] = (loads[owner] ?? 0) + 1;
    return `${this.greeting} ${name}`;
  }
}

const twice = async (greeter: Greeter) => [await greeter.greet('anna'), await greeter.greet('anna')];

describe('an instance of a provider', () => {
  it('request-scoped: each instance shares the entries', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest extends Greeter {}
    const module = await startModule({ providers: [PerRequest] });
    const one = await module.resolve(PerRequest);
    const other = await module.resolve(PerRequest);
    expect(one).not.toBe(other);
    await one.greet('anna');
    await other.greet('anna');
    expect(loads.PerRequest).toBe(1);
  });

  it('durable: each tenant shares the entries', async () => {
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class PerTenant extends Greeter {}
    const tenants = new Map(['a', 'b'].map((tenant) => [tenant, ContextIdFactory.create()]));
    ContextIdFactory.apply({
      attach: (contextId, { tenant }: { tenant: string }) => ({
        payload: { tenant },
        resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tenants.get(tenant)! : contextId),
      }),
    });
    const module = await startModule({ providers: [PerTenant] });
    const instances = await Promise.all(
      ['a', 'a', 'b'].map(async (tenant) => {
        const contextId = ContextIdFactory.getByRequest({ tenant });
        module.registerRequestByContextId({ tenant }, contextId);
        return module.resolve(PerTenant, contextId);
      }),
    );
    ContextIdFactory.apply({ attach: (contextId) => () => contextId });
    for (const instance of instances) await instance.greet('anna');
    expect(loads.PerTenant).toBe(1);
  });

  it('transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient extends Greeter {}
    @Injectable()
    class Consumer {
      constructor(readonly greeter: Transient) {}
    }
    const module = await startModule({ providers: [Transient, Consumer] });
    await module.get(Consumer).greeter.greet('anna');
    await (await module.resolve(Transient)).greet('anna');
    expect(loads.Transient).toBe(1);
  });

  it('that is frozen', async () => {
    @Injectable()
    class Frozen extends Greeter {
      constructor() {
        super();
        Object.freeze(this);
      }
    }
    const module = await startModule({ providers: [Frozen] });
    await twice(module.get(Frozen));
    expect(loads.Frozen).toBe(1);
  });

  it('looks untouched', async () => {
    @Injectable()
    class Untouched extends Greeter {}
    const module = await startModule({ providers: [Untouched] });
    expect(Reflect.ownKeys(module.get(Untouched))).toEqual(['greeting']);
    expect(JSON.stringify(module.get(Untouched))).toBe('{"greeting":"hello"}');
  });

  it('in a module that does not import the cache', async () => {
    @Injectable()
    class Elsewhere extends Greeter {}
    @Module({ providers: [Elsewhere] })
    class ElsewhereModule {}
    const module = await startModule({ imports: [ElsewhereModule] });
    await twice(module.get(Elsewhere, { strict: false }));
    expect(loads.Elsewhere).toBe(1);
  });
});

describe('an instance that a factory made', () => {
  it('once', async () => {
    class Made extends Greeter {}
    const module = await startModule({ providers: [{ provide: 'made', useFactory: () => new Made() }] });
    await twice(module.get('made'));
    expect(loads.Made).toBe(1);
  });

  it('later', async () => {
    class MadeLate extends Greeter {}
    const useFactory = async () => Promise.resolve(new MadeLate());
    const module = await startModule({ providers: [{ provide: MadeLate, useFactory }] });
    await twice(module.get(MadeLate));
    expect(loads.MadeLate).toBe(1);
  });

  it('for each request', async () => {
    class MadePerRequest extends Greeter {}
    const module = await startModule({
      providers: [{ provide: 'made', useFactory: () => new MadePerRequest(), scope: Scope.REQUEST }],
    });
    await twice(await module.resolve('made'));
    await twice(await module.resolve('made'));
    expect(loads.MadePerRequest).toBe(1);
  });

  it('for each consumer', async () => {
    class MadePerConsumer extends Greeter {}
    @Injectable()
    class Consumer {
      constructor(@Inject('made') readonly greeter: MadePerConsumer) {}
    }
    const module = await startModule({
      providers: [
        Consumer,
        { provide: 'made', useFactory: () => new MadePerConsumer(), scope: Scope.TRANSIENT },
      ],
    });
    await twice(module.get(Consumer).greeter);
    await twice(await module.resolve('made'));
    expect(loads.MadePerConsumer).toBe(1);
  });

  it('as a value', async () => {
    class Value extends Greeter {}
    const module = await startModule({ providers: [{ provide: 'value', useValue: new Value() }] });
    await twice(module.get('value'));
    expect(loads.Value).toBe(1);
  });

  it('as a value that one application after the other is given', async () => {
    class Shared extends Greeter {}
    const providers = [{ provide: 'value', useValue: new Shared() }];
    const first = await startModule({ providers });
    await first.get<Shared>('value').greet('anna');
    await first.close();

    const second = await startModule({ providers });
    await second.get<Shared>('value').greet('anna');
    expect(loads.Shared).toBe(2);
    expect(second.get(DynamoCache).stats().methods['Shared.greet']).toMatchObject({ fills: 1 });
  });
});

describe('inheritance', () => {
  it('two classes that inherit one method do not share its entries', async () => {
    @Injectable()
    class Basel extends Greeter {
      override greeting = 'sali';
    }
    @Injectable()
    class Bern extends Greeter {
      override greeting = 'hoi';
    }
    const module = await startModule({ providers: [Basel, Bern] });
    expect(await twice(module.get(Basel))).toEqual(['sali anna', 'sali anna']);
    expect(await twice(module.get(Bern))).toEqual(['hoi anna', 'hoi anna']);
    expect([loads.Basel, loads.Bern]).toEqual([1, 1]);
  });

  it('a method that overrides a cached one is cached only if it says so', async () => {
    @Injectable()
    class Loud extends Greeter {
      calls = 0;
      override async greet(name: string): Promise<string> {
        this.calls++;
        return (await super.greet(name)).toUpperCase();
      }
    }
    const module = await startModule({ providers: [Loud] });
    expect(await twice(module.get(Loud))).toEqual(['HELLO ANNA', 'HELLO ANNA']);
    expect([module.get(Loud).calls, loads.Loud]).toEqual([2, 1]);
  });

  it('two cached methods, one overriding the other, do not share entries', async () => {
    @Injectable()
    class Louder extends Greeter {
      @DynamoCacheable('10m')
      override async greet(name: string): Promise<string> {
        return (await super.greet(name)).toUpperCase();
      }
    }
    const module = await startModule({ providers: [Louder] });
    expect(await twice(module.get(Louder))).toEqual(['HELLO ANNA', 'HELLO ANNA']);
  });
});

describe('replacements', () => {
  it('useClass: the class that runs names the entries', async () => {
    class Real extends Greeter {}
    class Fake extends Real {}
    const module = await startModule({ providers: [{ provide: Real, useClass: Fake }] });
    await twice(module.get(Real));
    expect(module.get(DynamoCache).stats().methods).toHaveProperty(['Fake.greet']);
  });

  it('overrideProvider: the replacement runs, cached if its methods are', async () => {
    @Injectable()
    class Replaced extends Greeter {}
    class Replacement {
      @DynamoCacheable()
      async greet(name: string): Promise<string> {
        loads.Replacement = (loads.Replacement ?? 0) + 1;
        return `replaced ${name}`;
      }
    }
    const module = await started(
      buildModule({ providers: [Replaced] })
        .overrideProvider(Replaced)
        .useClass(Replacement),
    );
    expect(await twice(module.get(Replaced))).toEqual(['replaced anna', 'replaced anna']);
    expect(loads).toMatchObject({ Replacement: 1 });
  });
});

describe('an instance without an application', () => {
  it('made with `new` runs uncached', async () => {
    class Bare extends Greeter {}
    expect(await twice(new Bare())).toEqual(['hello anna', 'hello anna']);
    expect(loads.Bare).toBe(2);
  });

  it('in an application without the module runs uncached', async () => {
    @Injectable()
    class Cacheless extends Greeter {}
    const module = await started(Test.createTestingModule({ providers: [Cacheless] }));
    await twice(module.get(Cacheless));
    expect(loads.Cacheless).toBe(2);
  });

  it('made by the application, outside of its providers, is cached', async () => {
    class Outside extends Greeter {}
    @Injectable()
    class Maker {
      constructor(readonly moduleRef: ModuleRef) {}
    }
    const module = await startModule({ providers: [Maker] });
    await twice(await module.get(Maker).moduleRef.create(Outside));
    expect(loads.Outside).toBe(1);
  });

  it('a method that lost its instance fails or runs as it would without the decorator', async () => {
    class Detached {
      @DynamoCacheable()
      async id(id: string): Promise<string> {
        return id;
      }
    }
    const { id } = new Detached();
    expect(await id('7')).toBe('7');
    const { greet } = new Greeter();
    await expect(greet('anna')).rejects.toThrow(TypeError);
  });
});

describe('several applications in one process', () => {
  @Injectable()
  class Counter {
    count = 0;

    @DynamoCacheable()
    async next(_id: string): Promise<number> {
      return ++this.count;
    }
  }

  it('use the cache of their own', async () => {
    const [one, other] = [
      await startModule({ providers: [Counter] }),
      await startModule({ providers: [Counter] }),
    ];
    for (const app of [one, other]) {
      expect([await app.get(Counter).next('a'), await app.get(Counter).next('a')]).toEqual([1, 1]);
      expect(app.get(DynamoCache).stats().methods['Counter.next']).toMatchObject({ loads: 1, hits: 1 });
    }
  });

  it('share what the table has, when it is the same', async () => {
    const store = new InMemoryStore();
    const [one, other] = [
      await startModule({ providers: [Counter], store }),
      await startModule({ providers: [Counter], store }),
    ];
    await one.get(Counter).next('a');
    expect([await other.get(Counter).next('a'), other.get(Counter).count]).toEqual([1, 0]);
  });

  it('go on when one of them closes', async () => {
    const [one, other] = [
      await startModule({ providers: [Counter] }),
      await startModule({ providers: [Counter] }),
    ];
    await one.close();
    expect([await other.get(Counter).next('a'), await other.get(Counter).next('a')]).toEqual([1, 1]);
  });
});

describe('two DynamoCacheModules in one application', () => {
  it('each serve the providers of the module that imports them, names included', async () => {
    const area = () => {
      @Injectable()
      class Area extends Greeter {
        constructor(readonly cache: DynamoCache) {
          super();
        }
      }
      @Module({ imports: [DynamoCacheModule.forRoot()], providers: [Area] })
      class AreaModule {}
      return { Area, AreaModule };
    };
    const [north, south] = [area(), area()];
    const module = await started(
      Test.createTestingModule({ imports: [north.AreaModule, south.AreaModule] })
        .overrideProvider(DynamoStore)
        .useFactory({ factory: () => new InMemoryStore() }),
    );
    const areas = [north, south].map(({ Area }) => module.get(Area, { strict: false }));
    for (const area of areas) await twice(area);
    expect(areas[0]!.cache).not.toBe(areas[1]!.cache);
    expect(areas.map(({ cache }) => cache.stats())).toMatchObject([
      { loads: 1, hits: 1 },
      { loads: 1, hits: 1 },
    ]);
  });
});

// What @DynamoCacheEvict evicts, when, and what becomes of the method that it stands on.
import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import {
  EMPTY,
  NEVER,
  Observable,
  Subject,
  concat,
  firstValueFrom,
  lastValueFrom,
  of,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { delay, map } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import {
  DynamoCache,
  DynamoCacheEvict,
  type DynamoCacheOptions,
  DynamoCacheable,
  EvictionLostError,
  callKey,
} from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { Log, startModule } from '../module/application';

/** Lets each eviction wait until the test says so, or fail. */
class HeldStore extends InMemoryStore {
  readonly evicted: string[] = [];
  held: Promise<void> | undefined;
  isSick = false;

  override async evict(...args: Parameters<InMemoryStore['evict']>): Promise<boolean> {
    await this.held;
    if (this.isSick) throw new Error('sick');
    this.evicted.push(args[0]);
    return super.evict(...args);
  }
}

@Injectable()
class Others {
  loads = 0;

  @DynamoCacheable()
  async find(id: string): Promise<string> {
    return `other ${id} ${++this.loads}`;
  }
}

@Injectable()
class Menus {
  readonly calls: string[] = [];
  loads = 0;
  source: Observable<string> = EMPTY;

  @DynamoCacheable({ tags: (id: string) => [`menu:${id}`, 'menus'] })
  async find(id: string, page = 1): Promise<string> {
    return `menu ${id} ${page} ${++this.loads}`;
  }

  @DynamoCacheable({ key: (id: string) => id.toLowerCase() })
  async byName(id: string, _trace: string): Promise<string> {
    return `${id} ${++this.loads}`;
  }

  @DynamoCacheable({ name: 'the-summary' })
  async summary(id: string): Promise<string> {
    return `summary ${id} ${++this.loads}`;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  async rename(id: string): Promise<string> {
    this.calls.push(`rename ${id}`);
    return `renamed ${id}`;
  }

  @DynamoCacheEvict({ tags: ['menus'] })
  async importAll(): Promise<void> {
    this.calls.push('importAll');
  }

  @DynamoCacheEvict({ keys: (id: string) => [`menu:${id}`, callKey('Menus.find', [id])] })
  async renameByKeys(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ keys: ['menus:index'] })
  async reindex(): Promise<void> {
    this.calls.push('reindex');
  }

  @DynamoCacheEvict({ method: 'find', args: (id: string) => [id, 2] })
  async changeSecondPage(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'find' })
  async changeAll(): Promise<void> {
    this.calls.push('changeAll');
  }

  @DynamoCacheEvict({ method: 'byName', args: (id: string) => [id, 'whatever'] })
  async changeByName(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'summary', args: (id: string) => [id] })
  async changeSummary(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'the-summary' })
  async changeSummaries(): Promise<void> {
    this.calls.push('changeSummaries');
  }

  @DynamoCacheEvict({ method: 'Others.find', args: (id: string) => [id] })
  async changeOther(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'Others.find' })
  async changeOthers(): Promise<void> {
    this.calls.push('changeOthers');
  }

  @DynamoCacheEvict({ everything: true })
  async reset(): Promise<void> {
    this.calls.push('reset');
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  async fails(id: string): Promise<string> {
    throw new Error(`no ${id}`);
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  throwsAtOnce(id: string): Promise<string> {
    throw new Error(`no ${id}`);
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`], before: true })
  async failsLater(id: string): Promise<string> {
    this.calls.push('failsLater');
    throw new Error(`no ${id}`);
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`], before: true })
  declaredBefore(id: string): Promise<string> {
    this.calls.push('declaredBefore');
    return Promise.resolve(id);
  }

  // What the compiler infers it does not write down.
  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`], before: true })
  inferredBefore(id: string) {
    this.calls.push('inferredBefore');
    return Promise.resolve(id);
  }

  // @ts-expect-error a synchronous method cannot wait; here to see what it does when nobody compiles it
  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`], before: true })
  throwsBefore(id: string): string {
    throw new Error(`no ${id}`);
  }

  // @ts-expect-error a synchronous method cannot wait
  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  sync(id: string): string {
    return `sync ${id}`;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  @DynamoCacheEvict({ method: 'summary' })
  @DynamoCacheEvict({ keys: ['menus:index'], before: true })
  async several(id: string): Promise<string> {
    this.calls.push('several');
    return id;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  watch(_id: string): Observable<string> {
    this.calls.push('watch');
    return this.source;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`], before: true })
  watchBefore(_id: string): Observable<string> {
    this.calls.push('watchBefore');
    return this.source;
  }

  @DynamoCacheEvict({
    tags: () => {
      throw new Error('no tags');
    },
    method: 'find',
  })
  async tagless(_id = '7'): Promise<string> {
    return 'done';
  }

  @DynamoCacheEvict({ tags: (id: string) => `menu:${id}` as never })
  async textForTags(_id: string): Promise<string> {
    return 'done';
  }

  @DynamoCacheEvict({ method: 'find', args: (id: unknown) => [id] })
  async anything(_id: unknown): Promise<string> {
    return 'done';
  }
}

async function start(options: DynamoCacheOptions = {}) {
  const logger = new Log();
  const store = new HeldStore();
  const module = await startModule({
    providers: [Menus, Others],
    store,
    // Lost evictions are tried again for minutes, and the end of a test is not to wait for them.
    options: { logger, requestScope: false, drainTimeout: 1, ...options },
  });
  return {
    menus: module.get(Menus),
    others: module.get(Others),
    cache: module.get(DynamoCache),
    store,
    logger,
  };
}

type Started = Awaited<ReturnType<typeof start>>;

/** Whether the next call of each is a hit. */
async function isKept({ menus }: Pick<Started, 'menus'>, ...ids: string[]): Promise<boolean[]> {
  const kept = [];
  for (const id of ids) {
    const { loads } = menus;
    await menus.find(id);
    kept.push(menus.loads === loads);
  }
  return kept;
}

describe('evicts', () => {
  it('by tags of the arguments, and nothing else', async () => {
    const app = await start();
    await isKept(app, '7', '8');
    expect(await app.menus.rename('7')).toBe('renamed 7');
    expect(await isKept(app, '7', '8')).toEqual([false, true]);
  });

  it('by a list of tags', async () => {
    const app = await start();
    await isKept(app, '7', '8');
    await app.menus.importAll();
    expect(await isKept(app, '7', '8')).toEqual([false, false]);
  });

  it('by keys of the arguments', async () => {
    const app = await start();
    await app.cache.set('menu:7', 'kept');
    await isKept(app, '7', '8');
    await app.menus.renameByKeys('7');
    expect(await app.cache.get('menu:7')).toBeUndefined();
    expect(await isKept(app, '7', '8')).toEqual([false, true]);
  });

  it('by a list of keys', async () => {
    const { menus, cache } = await start();
    await cache.set('menus:index', ['7']);
    await menus.reindex();
    expect(await cache.get('menus:index')).toBeUndefined();
  });

  it('one call of a method', async () => {
    const { menus } = await start();
    for (const page of [1, 2]) await menus.find('7', page);
    await menus.changeSecondPage('7');
    await menus.find('7', 1);
    expect(menus.loads).toBe(2);
    await menus.find('7', 2);
    expect(menus.loads).toBe(3);
  });

  it('every call of a method, and of no other', async () => {
    const app = await start();
    await app.menus.summary('7');
    await isKept(app, '7', '8');
    await app.menus.changeAll();
    expect(await isKept(app, '7', '8')).toEqual([false, false]);
    expect(await app.menus.summary('7')).toBe('summary 7 1');
  });

  it('a call under the key that its own `key` makes', async () => {
    const { menus } = await start();
    await menus.byName('SOUP', 'trace');
    await menus.changeByName('soup');
    expect(await menus.byName('soup', 'trace')).toBe('soup 2');
  });

  it('a method whose name was set, by either name', async () => {
    const { menus } = await start();
    await menus.summary('7');
    await menus.changeSummary('7');
    expect(await menus.summary('7')).toBe('summary 7 2');
    await menus.changeSummaries();
    expect(await menus.summary('7')).toBe('summary 7 3');
  });

  it('calls of another class', async () => {
    const { menus, others } = await start();
    for (const id of ['7', '8']) await others.find(id);
    await menus.changeOther('7');
    expect([await others.find('7'), await others.find('8')]).toEqual(['other 7 3', 'other 8 2']);
    await menus.changeOthers();
    expect(await others.find('8')).toBe('other 8 4');
  });

  it('everything', async () => {
    const app = await start();
    await app.cache.set('menu:7', 'kept');
    await isKept(app, '7');
    await app.others.find('7');
    await app.menus.reset();
    expect(await app.cache.get('menu:7')).toBeUndefined();
    expect(await isKept(app, '7')).toEqual([false]);
    expect(await app.others.find('7')).toBe('other 7 2');
  });

  it('by several decorators on one method', async () => {
    const app = await start();
    await app.cache.set('menus:index', ['7']);
    await isKept(app, '7');
    await app.menus.summary('7');
    expect(await app.menus.several('7')).toBe('7');
    expect(app.menus.calls).toEqual(['several']);
    expect(await app.cache.get('menus:index')).toBeUndefined();
    expect(await isKept(app, '7')).toEqual([false]);
    expect(await app.menus.summary('7')).toBe('summary 7 4');
  });

  it('what the class that runs calls its own, when it has inherited the method', async () => {
    @Injectable()
    class Basel extends Menus {
      // Not cached itself, but what it calls is.
      override async find(id: string): Promise<string> {
        return super.find(id);
      }
    }
    const module = await startModule({ providers: [Basel, Others], options: { requestScope: false } });
    const menus = module.get(Basel);
    await isKept({ menus }, '7');
    await menus.changeAll();
    expect(await isKept({ menus }, '7')).toEqual([false]);
  });
});

describe('a method that fails', () => {
  it.each(['fails', 'throwsAtOnce'] as const)('evicts nothing: %s', async (method) => {
    const app = await start();
    await isKept(app, '7');
    await expect((async () => app.menus[method]('7'))()).rejects.toThrow('no 7');
    expect([await isKept(app, '7'), app.store.evicted]).toEqual([[true], []]);
  });

  it('has evicted with `before`', async () => {
    const app = await start();
    await isKept(app, '7');
    await expect(app.menus.failsLater('7')).rejects.toThrow('no 7');
    expect(await isKept(app, '7')).toEqual([false]);
  });

  it('at once, with `before`, has evicted, and leaves no rejection behind', async () => {
    const app = await start({ strict: true });
    app.store.isSick = true;
    expect(() => app.menus.throwsBefore('7')).toThrow('no 7');
    await new Promise(setImmediate);
  });
});

describe('the method', () => {
  it('resolves when the evictions have been acknowledged', async () => {
    const { menus, store } = await start();
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const order: string[] = [];
    const renamed = menus.rename('7').then(() => order.push('resolved'));
    await expect.poll(() => menus.calls).toEqual(['rename 7']);
    await new Promise(setImmediate);
    order.push('acknowledged');
    release();
    await renamed;
    expect([order, store.evicted]).toEqual([
      ['acknowledged', 'resolved'],
      [expect.stringContaining('menu:7')],
    ]);
  });

  it.each(['declaredBefore', 'failsLater'] as const)(
    'begins when they have been acknowledged, with `before`: %s',
    async (method) => {
      const { menus, store } = await start();
      let release = (): void => undefined;
      store.held = new Promise((resolve) => (release = resolve));
      const called = menus[method]('7').catch(() => undefined);
      await new Promise(setImmediate);
      expect(menus.calls).toEqual([]);
      release();
      await called;
      expect(menus.calls).toEqual([method]);
    },
  );

  it('that may return anything begins at once, and resolves when they have been acknowledged', async () => {
    const { menus, store } = await start();
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const order: string[] = [];
    const called = menus.inferredBefore('7').then((result) => order.push(result));
    await new Promise(setImmediate);
    expect(menus.calls).toEqual(['inferredBefore']);
    order.push('acknowledged');
    release();
    await called;
    expect(order).toEqual(['acknowledged', '7']);
  });

  it('that is synchronous stays so, and what it evicts is not served from then on', async () => {
    const app = await start();
    await isKept(app, '7');
    expect(app.menus.sync('7')).toBe('sync 7');
    expect(await isKept(app, '7')).toEqual([false]);
  });

  it('of an instance without an application just runs', async () => {
    const menus = new Menus();
    menus.source = of('value');
    expect(await menus.rename('7')).toBe('renamed 7');
    await expect(menus.failsLater('7')).rejects.toThrow('no 7');
    expect(await lastValueFrom(menus.watch('7'))).toBe('value');
    expect(await lastValueFrom(menus.watchBefore('7'))).toBe('value');
    expect(menus.sync('7')).toBe('sync 7');
  });

  it('of an instance that a factory made evicts, too, though none of its methods is cached', async () => {
    class Editor {
      @DynamoCacheEvict({ method: 'Others.find' })
      async edit(): Promise<string> {
        return 'edited';
      }
    }
    const module = await startModule({
      providers: [Others, { provide: 'editor', useFactory: () => new Editor() }],
      options: { requestScope: false },
    });
    await module.get(Others).find('7');
    await module.get<Editor>('editor').edit();
    expect(await module.get(Others).find('7')).toBe('other 7 2');
  });
});

describe('an Observable', () => {
  const all = <T>(source: Observable<T>) => lastValueFrom(source.pipe(toArray()));

  it('emits its last value when the eviction has been acknowledged', async () => {
    const { menus, store } = await start();
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const source = new Subject<string>();
    menus.source = source;
    const heard: string[] = [];
    const completed = new Promise<void>((complete) => {
      menus.watch('7').subscribe({ next: (value) => heard.push(value), complete });
    });
    for (const value of ['first', 'second', 'last']) source.next(value);
    source.complete();
    await new Promise(setImmediate);
    expect(heard).toEqual(['first', 'second']);
    release();
    await completed;
    expect(heard).toEqual(['first', 'second', 'last']);
  });

  it.each<[string, Observable<string>, string[]]>([
    ['values', of('one', 'two').pipe(delay(1)), ['one', 'two']],
    ['one value', of('one'), ['one']],
    ['undefined', of(undefined as unknown as string), [undefined as unknown as string]],
    ['none', EMPTY, []],
  ])('of %s keeps them, and evicts', async (_, source, values) => {
    const app = await start();
    app.menus.source = source;
    await isKept(app, '7');
    expect(await all(app.menus.watch('7'))).toEqual(values);
    expect(await isKept(app, '7')).toEqual([false]);
  });

  it('that fails passes its values and its error on, and evicts nothing', async () => {
    const app = await start();
    app.menus.source = concat(
      of('one'),
      throwError(() => new Error('no feed')),
    );
    await isKept(app, '7');
    const heard: string[] = [];
    await expect(
      new Promise((_resolve, reject) => {
        app.menus.watch('7').subscribe({ next: (value) => heard.push(value), error: reject });
      }),
    ).rejects.toThrow('no feed');
    expect([heard, await isKept(app, '7')]).toEqual([['one'], [true]]);
  });

  it.each([
    ['at once', of('one', 'two')],
    ['one by one, and never ends', concat(timer(1), timer(1), NEVER).pipe(map(() => 'one'))],
  ])('whose first value is enough for the subscriber evicts: %s', async (_, source) => {
    const app = await start();
    app.menus.source = source;
    await isKept(app, '7');
    expect(await firstValueFrom(app.menus.watch('7'))).toBe('one');
    expect(await isKept(app, '7')).toEqual([false]);
  });

  it('that emits in one go is stopped when the subscriber leaves', async () => {
    const { menus } = await start();
    let emitted = 0;
    menus.source = new Observable((subscriber) => {
      while (!subscriber.closed && emitted < 1_000) subscriber.next(String(++emitted));
    });
    expect(await firstValueFrom(menus.watch('7'))).toBe('1');
    expect(emitted).toBeLessThan(5);
  });

  it('that is given up before its first value evicts nothing', async () => {
    const app = await start();
    app.menus.source = NEVER;
    await isKept(app, '7');
    app.menus.watch('7').subscribe().unsubscribe();
    expect(await isKept(app, '7')).toEqual([true]);
  });

  it('evicts at each subscription, and not before', async () => {
    const { menus, store } = await start();
    menus.source = of('one');
    const watched = menus.watch('7');
    await new Promise(setImmediate);
    expect(store.evicted).toHaveLength(0);
    await all(watched);
    await all(watched);
    expect(store.evicted).toHaveLength(2);
  });

  it('evicts ahead of the method, with `before`, when it is subscribed to', async () => {
    const { menus, store } = await start();
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    menus.source = of('one');
    const watched = menus.watchBefore('7');
    await new Promise(setImmediate);
    expect([menus.calls, store.evicted]).toEqual([[], []]);
    const values = all(watched);
    await new Promise(setImmediate);
    expect(menus.calls).toEqual([]);
    release();
    expect([await values, menus.calls, store.evicted.length]).toEqual([['one'], ['watchBefore'], 1]);
  });
});

describe('an eviction that is lost', () => {
  it('because the table is away leaves the result as it is', async () => {
    const { menus, store, logger } = await start();
    store.isSick = true;
    expect(await menus.rename('7')).toBe('renamed 7');
    expect(logger.errors).toEqual([expect.stringContaining('did not reach the table')]);
  });

  it('because the table is away is thrown with `strict`, after the method and before it', async () => {
    const { menus, store } = await start({ strict: true });
    store.isSick = true;
    await expect(menus.rename('7')).rejects.toBeInstanceOf(EvictionLostError);
    expect(menus.calls).toEqual(['rename 7']);
    await expect(menus.declaredBefore('7')).rejects.toBeInstanceOf(EvictionLostError);
    expect(menus.calls).toEqual(['rename 7']);
  });

  it.each(['tagless', 'textForTags'] as const)(
    'because of what was written leaves the result as it is, and is said once: %s',
    async (method) => {
      const { menus, logger } = await start();
      expect([await menus[method]('7'), await menus[method]('7')]).toEqual(['done', 'done']);
      expect(logger.errors).toEqual([
        expect.stringMatching(new RegExp(`^A call of Menus.${method} did not evict what its "tags" says`)),
      ]);
    },
  );

  it('does not keep the others from being made', async () => {
    const app = await start();
    await isKept(app, '7');
    await app.menus.tagless();
    expect(await isKept(app, '7')).toEqual([false]);
  });

  it('because of what was written is thrown with `strict`', async () => {
    const { menus } = await start({ strict: true });
    await expect(menus.tagless()).rejects.toThrow('no tags');
  });

  it('because arguments are not data is named with its path', async () => {
    const { menus, logger } = await start();
    expect(await menus.anything(() => 1)).toBe('done');
    expect(logger.errors).toEqual([expect.stringMatching(/its "method" says.*\[0\]/)]);
  });
});

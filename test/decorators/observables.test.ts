// An Observable is cached as its last value, and looks the same on a hit as on a miss.
import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { EMPTY, Observable, Subject, firstValueFrom, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { delay } from 'rxjs/operators';
import { expect, it } from 'vitest';
import { DynamoCache, DynamoCacheable } from '../../lib';
import { startModule } from '../module/application';

class Prices extends Observable<number> {}

@Injectable()
class Feed {
  loads = 0;

  @DynamoCacheable()
  declared(id: string): Observable<string> {
    this.loads++;
    return of(`${id} early`, `${id} last`).pipe(delay(1));
  }

  @DynamoCacheable()
  derived(): Prices {
    this.loads++;
    return new Prices((subscriber) => {
      subscriber.next(7);
      subscriber.complete();
    });
  }

  // What the compiler infers it does not write down.
  @DynamoCacheable()
  inferred(id: string) {
    this.loads++;
    return of(`${id} early`, `${id} last`);
  }

  @DynamoCacheable()
  inferredPromise(id: string) {
    this.loads++;
    return Promise.resolve(id);
  }

  @DynamoCacheable()
  fails(): Observable<string> {
    this.loads++;
    return throwError(() => new Error('no feed'));
  }

  @DynamoCacheable()
  empty(): Observable<string> {
    this.loads++;
    return EMPTY;
  }

  @DynamoCacheable()
  nothing(value: undefined | null | false): Observable<unknown> {
    this.loads++;
    return of(value);
  }

  @DynamoCacheable({ when: (id) => id !== 'draft', unless: (text) => text.endsWith('partial') })
  chosen(id: string): Observable<string> {
    this.loads++;
    return of(id);
  }

  readonly source = new Subject<string>();

  @DynamoCacheable()
  slow(): Observable<string> {
    this.loads++;
    return this.source;
  }
}

async function start() {
  const module = await startModule({ providers: [Feed] });
  return { feed: module.get(Feed), cache: module.get(DynamoCache) };
}

const all = <T>(source: Observable<T>) => lastValueFrom(source.pipe(toArray()));

it('a declared one is cached from its first call on', async () => {
  const { feed } = await start();
  expect([await all(feed.declared('7')), await all(feed.declared('7'))]).toEqual([['7 last'], ['7 last']]);
  expect(feed.loads).toBe(1);
});

it('a class that extends Observable is one', async () => {
  const { feed } = await start();
  expect([await all(feed.derived()), await all(feed.derived()), feed.loads]).toEqual([[7], [7], 1]);
});

it('an inferred one is let through the first time, and cached later', async () => {
  const { feed } = await start();
  expect(await all(feed.inferred('7'))).toEqual(['7 early', '7 last']);
  expect([await all(feed.inferred('7')), await all(feed.inferred('7'))]).toEqual([['7 last'], ['7 last']]);
  expect(feed.loads).toBe(2);
});

it('an inferred promise is let through the first time, and cached later', async () => {
  const { feed } = await start();
  for (let i = 0; i < 3; i++) expect(await feed.inferredPromise('7')).toBe('7');
  expect(feed.loads).toBe(2);
});

it('its error passes, and is not kept', async () => {
  const { feed } = await start();
  await expect(firstValueFrom(feed.fails())).rejects.toThrow('no feed');
  await expect(firstValueFrom(feed.fails())).rejects.toThrow('no feed');
  expect(feed.loads).toBe(2);
});

it('an empty one completes empty, and nothing is kept', async () => {
  const { feed, cache } = await start();
  expect([await all(feed.empty()), await all(feed.empty()), feed.loads]).toEqual([[], [], 2]);
  expect(cache.stats().fills).toBe(0);
});

it.each([undefined, null, false] as const)('a last value of %o is kept', async (value) => {
  const { feed } = await start();
  expect([await all(feed.nothing(value)), await all(feed.nothing(value))]).toEqual([[value], [value]]);
  expect(feed.loads).toBe(1);
});

it('when and unless are asked', async () => {
  const { feed } = await start();
  for (const id of ['draft', 'draft', 'is partial', 'is partial', 'whole', 'whole']) {
    expect(await all(feed.chosen(id))).toEqual([id]);
  }
  expect(feed.loads).toBe(5);
});

it('nothing happens before somebody subscribes, and each subscription is a call', async () => {
  const { feed, cache } = await start();
  const declared = feed.declared('7');
  await Promise.resolve();
  expect([feed.loads, cache.stats().misses]).toEqual([0, 0]);
  await all(declared);
  await all(declared);
  expect([feed.loads, cache.stats().hits]).toEqual([1, 1]);
});

it('concurrent subscribers share one load', async () => {
  const { feed } = await start();
  const both = Promise.all([all(feed.slow()), all(feed.slow())]);
  await expect.poll(() => feed.source.observed).toBe(true);
  feed.source.next('early');
  feed.source.next('last');
  feed.source.complete();
  expect([await both, feed.loads]).toEqual([[['last'], ['last']], 1]);
});

it('who unsubscribes hears no more', async () => {
  const { feed } = await start();
  const heard: string[] = [];
  const subscription = feed.slow().subscribe((value) => heard.push(value));
  await expect.poll(() => feed.source.observed).toBe(true);
  subscription.unsubscribe();
  feed.source.next('last');
  feed.source.complete();
  await new Promise(setImmediate);
  expect(heard).toEqual([]);
});

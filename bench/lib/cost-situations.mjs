/**
 * The operations whose cost is measured. Each is a function that makes its situation, which is not measured, and returns
 * the call that is. `here` is the process that is looked at and remembers nothing; `there` is another one.
 */
import { AsyncResource } from 'node:async_hooks';
import { once } from 'node:events';

export const TOGETHER = 100;
// Stamps of methods and namespaces are remembered for one second.
const NEXT_SECOND_MS = 1_000;

let ids = 0;
const newId = () => `id-${String(ids++).padStart(5, '0')}`;

/** The id of a value that `there` has cached, while `here` has just read the stamps of the method. */
async function cached({ here, there }, method) {
  const id = newId();
  await there.methods[method](id);
  await here.methods[method](newId());
  return id;
}

async function hit(situation, method) {
  const id = await cached(situation, method);
  return () => situation.here.methods[method](id);
}

async function hundred({ here, there }) {
  const hundredIds = Array.from({ length: TOGETHER }, newId);
  await Promise.all(hundredIds.map((id) => there.methods.menu(id)));
  await here.methods.menu(newId());
  return () => Promise.all(hundredIds.map((id) => here.methods.menu(id)));
}

async function inTheNextSecond(situation, make) {
  const call = await make(situation);
  situation.clock.advance(NEXT_SECOND_MS);
  return call;
}

async function miss({ here }) {
  await here.methods.menu(newId());
  return () => here.methods.menu(newId());
}

async function put(situation) {
  const id = await cached(situation, 'menu');
  const { cache, load } = situation.here;
  return async () => cache.putCall('menu', {}, [id], await load());
}

export const SITUATIONS = {
  hit: (situation) => hit(situation, 'menu'),
  'hit, the first of a second': (situation) => inTheNextSecond(situation, SITUATIONS.hit),
  'hit, again in the same request': async (situation) => {
    const again = await hit(situation, 'menu');
    return situation.here.cache.runInScope(async () => {
      await again();
      return AsyncResource.bind(again);
    });
  },
  'hit, less than 5 s after a put here': async (situation) => {
    const id = await cached(situation, 'menu');
    const { cache, load, methods } = situation.here;
    await cache.putCall('menu', {}, [id], await load());
    return () => methods.menu(id);
  },
  'hit, with a tag': (situation) => hit(situation, 'tagged'),
  'hit, with 3 tags': (situation) => hit(situation, 'taggedThrice'),
  '100 hits at once': hundred,
  '100 hits at once, the first of a second': (situation) => inTheNextSecond(situation, hundred),
  miss,
  'miss, the first of a second': (situation) => inTheNextSecond(situation, miss),
  'miss, because the tag was evicted': async (situation) => {
    const id = await cached(situation, 'tagged');
    await situation.there.cache.evictTags(`restaurant:${id}`);
    return () => situation.here.methods.tagged(id);
  },
  'stale, and the refresh behind it': async (situation) => {
    const { here, clock } = situation;
    const id = await cached(situation, 'stale');
    clock.advance(120_000);
    await here.methods.stale(newId());
    return async () => {
      await here.methods.stale(id);
      await here.cache.close(); // waits for the refresh
    };
  },
  'miss, with a lease': async ({ here }) => {
    await here.methods.leased(newId());
    return () => here.methods.leased(newId());
  },
  'miss, the lease is lost': async ({ here, there }) => {
    await here.methods.leased(newId());
    const id = newId();
    const others = there.methods.slowlyLeased(id);
    await once(there.loading, 'load');
    return () => Promise.all([here.methods.slowlyLeased(id), others]);
  },
  put,
  'eviction of a key': async (situation) => {
    const id = await cached(situation, 'menu');
    return () => situation.here.cache.evictCall('menu', {}, [id]);
  },
  'eviction of a tag': async (situation) => {
    const id = await cached(situation, 'tagged');
    return () => situation.here.cache.evictTags(`restaurant:${id}`);
  },
  'eviction of a method': async (situation) => {
    await cached(situation, 'menu');
    return () => situation.here.cache.evictMethod('menu');
  },
  clear: async (situation) => {
    await cached(situation, 'menu');
    return () => situation.here.cache.clear();
  },
};

async function bareHit(bare, load) {
  const id = newId();
  await bare.getOrLoad(id, load);
  return () => bare.getOrLoad(id, load);
}

/** The same on the bare cache, where it has such a thing. */
export const BARE_SITUATIONS = {
  hit: bareHit,
  '100 hits at once': async (bare, load) => {
    const hundredIds = Array.from({ length: TOGETHER }, newId);
    await Promise.all(hundredIds.map((id) => bare.getOrLoad(id, load)));
    return () => bare.getMany(hundredIds);
  },
  miss: async (bare, load) => () => bare.getOrLoad(newId(), load),
  put: async (bare, load) => {
    const id = newId();
    await bare.getOrLoad(id, load);
    return async () => bare.set(id, await load());
  },
  'eviction of a key': async (bare, load) => {
    const id = newId();
    await bare.getOrLoad(id, load);
    return () => bare.delete(id);
  },
};

/** Caches whose hits in memory are compared: each makes a function of an id that answers with a cached value. */
import 'reflect-metadata';
import { importPeer } from './peers.mjs';

/** Ours, through the decorator, in a Nest application, on a store that is asked once an id. */
async function decorated(value, memory) {
  const { Test } = await import('@nestjs/testing');
  const { DynamoCacheModule, DynamoCacheable, DynamoStore } = await import('nestjs-dynamo-cache');
  const { InMemoryStore } = await import('nestjs-dynamo-cache/testing');
  const Restaurants = classOf(value, DynamoCacheable('1h'));
  const options = {
    table: 'bench',
    client: { region: 'us-east-1' },
    ttl: '1h',
    memory: { ttl: '1h', ...memory },
  };
  const app = await Test.createTestingModule({
    imports: [DynamoCacheModule.forRoot(options)],
    providers: [Restaurants],
  })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore())
    .compile();
  await app.init();
  const restaurants = app.get(Restaurants);
  return (id) => restaurants.summary(id);
}

function classOf(value, decorate) {
  class Restaurants {
    async summary() {
      return value;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Restaurants.prototype, 'summary');
  const replaced = decorate(Restaurants.prototype, 'summary', descriptor) ?? descriptor;
  Object.defineProperty(Restaurants.prototype, 'summary', replaced);
  return Restaurants;
}

export const CACHES = {
  '@DynamoCacheable': (value) => decorated(value, {}),
  '@DynamoCacheable, isolate: false': (value) => decorated(value, { isolate: false }),
  async 'bentocache getOrSet'(value) {
    const { BentoCache, bentostore } = await importPeer('bentocache');
    const { memoryDriver } = await importPeer('bentocache/drivers/memory');
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: 1_000 }));
    const cache = new BentoCache({ default: 'memory', stores: { memory: store } });
    return (id) => cache.getOrSet({ key: `summary:${id}`, ttl: '1h', factory: async () => value });
  },
  async 'cacheable getOrSet'(value) {
    const { Cacheable } = await importPeer('cacheable');
    const cache = new Cacheable({ ttl: '1h' });
    return (id) => cache.getOrSet(`summary:${id}`, async () => value);
  },
  async 'cacheable wrap'(value) {
    const { Cacheable } = await importPeer('cacheable');
    const cache = new Cacheable({ ttl: '1h' });
    return cache.wrap(async () => value, { ttl: '1h', keyPrefix: 'summary' });
  },
  async 'type-cacheable @Cacheable'(value) {
    const { Cacheable } = await importPeer('@type-cacheable/core');
    const { useAdapter } = await importPeer('@type-cacheable/lru-cache-adapter');
    const { LRUCache } = await importPeer('lru-cache');
    useAdapter(new LRUCache({ max: 1_000 }));
    const restaurants = new (classOf(value, Cacheable({ ttlSeconds: 3_600 })))();
    return (id) => restaurants.summary(id);
  },
};

/** Without an installation of bench/peers only these can be measured. */
export const OURS = ['@DynamoCacheable', '@DynamoCacheable, isolate: false'];

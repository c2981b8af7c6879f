/**
 * What every store owes the engine, as cases that any test runner can run:
 *
 * for (const { name, run } of storeContract(makeStore)) it(name, run);
 */
import assert from 'node:assert/strict';
import { Addresses } from '../key/addresses';
import {
  type Entry,
  type Stored,
  type Tombstone,
  type Version,
  newTombstone,
  newVersion,
} from '../tiers/entry';
import type { EntryStore, StoreCall } from '../tiers/entry-store';

/** What `storeContract` is given for each case. */
export interface StoreUnderTest {
  readonly store: EntryStore;
  /** Called after the case, whether it passed or not. */
  dispose?(): Promise<void>;
}

/** One case of `storeContract`: a name for the test runner, and a function that rejects when the case fails. */
export interface StoreContractCase {
  readonly name: string;
  run(): Promise<void>;
}

type Check = (store: EntryStore) => Promise<void>;

/**
 * The cases that every store has to pass.
 *
 * @param make a store with nothing in it, for one case
 * @example
 * for (const { name, run } of storeContract(() => ({ store: makeStore() }))) it(name, run);
 */
export function storeContract(make: () => Promise<StoreUnderTest> | StoreUnderTest): StoreContractCase[] {
  return Object.entries(CHECKS).map(([name, check]) => ({
    name,
    async run() {
      const underTest = await make();
      try {
        await check(underTest.store);
      } finally {
        await underTest.dispose?.();
      }
    },
  }));
}

const CHECKS: Record<string, Check> = {
  'answers every key that is asked for': async (store) => {
    await store.put('a', entry('1'), call());
    const found = await store.read(['a', 'b'], consistent());
    assert.deepEqual([...found.keys()].sort(), ['a', 'b']);
    assert.equal(found.get('a')?.state, 'entry');
    assert.deepEqual(found.get('b'), { state: 'empty', version: undefined });
  },

  'reads 100 keys at once, and a key asked for twice': async (store) => {
    const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
    await Promise.all(keys.slice(0, 100).map((key) => store.put(key, entry(key), call())));
    const found = new Map<string, Stored>();
    for (let i = 0; i < keys.length; i += 100) {
      const asked = keys.slice(i, i + 100);
      for (const [key, stored] of await store.read(asked, consistent())) {
        found.set(key, stored);
      }
    }
    assert.equal(found.size, 250);
    assert.equal([...found.values()].filter(({ state }) => state === 'entry').length, 100);
    assert.equal((await store.read(['k1', 'k1'], consistent())).size, 1);
  },

  'returns an entry as it was written': async (store) => {
    const written = { ...entry('x'), bytes: Uint8Array.from({ length: 256 }, (_, i) => i) };
    await store.put('a', written, call());
    const stored = await readOne(store, 'a');
    assert.equal(stored.state, 'entry');
    assert.deepEqual(
      { ...stored.entry, bytes: [...stored.entry.bytes] },
      { ...written, bytes: [...written.bytes] },
    );
  },

  'fills where nothing stands': async (store) => {
    assert.equal(await fill(store, 'a', entry('1'), undefined), 'filled');
    assert.equal(text(await readOne(store, 'a')), '1');
  },

  'does not fill over an entry that the reader did not see': async (store) => {
    await store.put('a', entry('new'), call());
    assert.equal(await fill(store, 'a', entry('old'), undefined), 'overtaken');
    assert.equal(text(await readOne(store, 'a')), 'new');
  },

  'fills over the version that the reader saw': async (store) => {
    const first = entry('1');
    await store.put('a', first, call());
    assert.equal(await fill(store, 'a', entry('2'), first.version), 'filled');
    assert.equal(text(await readOne(store, 'a')), '2');
  },

  'does not fill over another version than the reader saw': async (store) => {
    const first = entry('1');
    await store.put('a', first, call());
    await store.put('a', entry('2'), call());
    assert.equal(await fill(store, 'a', entry('3'), first.version), 'overtaken');
    assert.equal(text(await readOne(store, 'a')), '2');
  },

  'does not fill where the version that the reader saw is gone': async (store) => {
    assert.equal(await fill(store, 'a', entry('1'), newVersion()), 'overtaken');
    assert.equal((await readOne(store, 'a')).state, 'empty');
  },

  'takes its own fill for its own when it is sent again': async (store) => {
    const mine = entry('1');
    await store.fill('a', mine, undefined, call());
    assert.equal(await fill(store, 'a', mine, undefined), 'filled');
  },

  'lets one of many concurrent fills win': async (store) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => fill(store, 'a', entry(String(i)), undefined)),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'filled').length, 1);
  },

  'leaves a tombstone that a fill from before the eviction trips over': async (store) => {
    await store.evict('a', tombstone(), call());
    assert.equal(await fill(store, 'a', entry('old'), undefined), 'overtaken');
    assert.equal((await readOne(store, 'a')).state, 'empty');
  },

  'lets a reader of the tombstone fill': async (store) => {
    const mark = tombstone();
    await store.evict('a', mark, call());
    const seen = await readOne(store, 'a');
    assert.equal(seen.version, mark.version);
    assert.equal(await fill(store, 'a', entry('1'), seen.version), 'filled');
  },

  'says whether there was an entry to evict': async (store) => {
    assert.equal(await store.evict('a', tombstone(), call()), false);
    await store.put('a', entry('1'), call());
    assert.equal(await store.evict('a', tombstone(), call()), true);
    assert.equal(await store.evict('a', tombstone(), call()), false);
  },

  'does not take an entry that has ended for one to evict': async (store) => {
    const now = Date.now();
    await store.put('a', { ...entry('1'), freshUntilMs: now - 1, endsAtMs: now - 1 }, call());
    assert.equal(await store.evict('a', tombstone(), call()), false);
  },

  'puts over anything': async (store) => {
    await store.evict('a', tombstone(), call());
    await store.put('a', entry('1'), call());
    await store.put('a', entry('2'), call());
    assert.equal(text(await readOne(store, 'a')), '2');
  },

  'evicts all keys of a prefix and leaves the others': async (store) => {
    await Promise.all(['a:1', 'a:2', 'b:1'].map((key) => store.put(key, entry(key), call())));
    await store.evictAll(['a:'], tombstone);
    const found = await store.read(['a:1', 'a:2', 'b:1'], consistent());
    assert.deepEqual(
      [...found.values()].map(({ state }) => state),
      ['empty', 'empty', 'entry'],
    );
  },

  'leaves tombstones when it evicts all': async (store) => {
    const old = entry('1');
    await store.put('a', old, call());
    await store.evictAll([''], tombstone);
    assert.equal(await fill(store, 'a', entry('2'), old.version), 'overtaken');
    assert.equal(await fill(store, 'a', entry('2'), undefined), 'overtaken');
  },

  'tells which entries it has evicted, once they are': async (store) => {
    await Promise.all(['a:1', 'a:2', 'b:1'].map((key) => store.put(key, entry(key), call())));
    await store.evict('a:3', tombstone(), call());
    const told: string[] = [];
    await store.evictAll(['a:'], tombstone, async (addresses) => {
      told.push(...addresses);
      const found = await store.read(addresses, consistent());
      assert.ok([...found.values()].every(({ state }) => state === 'empty'));
    });
    assert.deepEqual(told.sort(), ['a:1', 'a:2']);
  },

  'leaves leases and locks alone when it evicts all': async (store) => {
    const addresses = new Addresses('contract');
    const held = [addresses.lease('a'), addresses.lock('a')];
    await Promise.all(held.map((address) => store.put(address, entry('held'), call())));
    await store.evictAll(addresses.startingWith(''), tombstone);
    const found = await store.read(held, consistent());
    assert.ok([...found.values()].every(({ state }) => state === 'entry'));
  },

  'evicts more keys than one request holds': async (store) => {
    const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => store.put(key, entry(key), call())));
    await store.evictAll([''], tombstone);
    const found = await store.read(keys, consistent());
    assert.ok([...found.values()].every(({ state }) => state === 'empty'));
  },

  'keeps any address apart from any other': async (store) => {
    const namespace = new Addresses('contract');
    const keys = [
      '',
      ' ',
      '#',
      'a#b',
      '~',
      '~~',
      '~sha256:0',
      '__proto__',
      'é',
      'e\u0301',
      '\ud800',
      '\udc00',
    ];
    const addresses = [...keys, 'x'.repeat(5_000), 'x'.repeat(5_001)].map((key) => namespace.entry(key));
    await Promise.all(addresses.map((address, i) => store.put(address, entry(String(i)), call())));
    const found = await store.read(addresses, consistent());
    assert.deepEqual(
      addresses.map((address) => text(found.get(address))),
      addresses.map((_, i) => String(i)),
    );
  },

  'keeps the stamps of an entry': async (store) => {
    const stamps = new Map([
      ['t:restaurant:7', newVersion()],
      ['t:__proto__', ''],
    ]);
    await store.put('a', { ...entry('1'), stamps }, call());
    const stored = await readOne(store, 'a');
    assert.deepEqual(stored.state === 'entry' && stored.entry.stamps, stamps);
  },

  'says what stood in the way of a fill, if it can': async (store) => {
    const standing = entry('new');
    await store.put('a', standing, call());
    const outcome = await store.fill('a', entry('old'), undefined, call());
    assert.equal(outcome.filled, false);
    assert.ok(outcome.standing === undefined || outcome.standing.version === standing.version);
  },

  'stops when its signal says so': async (store) => {
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(store.read(['a'], { signal }));
    await assert.rejects(store.fill('a', entry('1'), undefined, { signal }));
    assert.equal((await readOne(store, 'a')).state, 'empty');
  },
};

function entry(content: string): Entry {
  const now = Date.now();
  const endsAtMs = now + 60_000;
  const bytes = new TextEncoder().encode(content);
  return { bytes, version: newVersion(), loadedAtMs: now, freshUntilMs: endsAtMs, endsAtMs };
}

async function fill(store: EntryStore, address: string, entry: Entry, seen: Version | undefined) {
  const { filled } = await store.fill(address, entry, seen, call());
  return filled ? 'filled' : 'overtaken';
}

function tombstone(): Tombstone {
  return newTombstone(Date.now());
}

function call(): StoreCall {
  return { signal: AbortSignal.timeout(10_000) };
}

function consistent(): StoreCall {
  return { ...call(), consistent: true };
}

async function readOne(store: EntryStore, key: string): Promise<Stored> {
  const stored = (await store.read([key], consistent())).get(key);
  assert.ok(stored);
  return stored;
}

function text(stored: Stored | undefined): string | undefined {
  return stored?.state === 'entry' ? new TextDecoder().decode(stored.entry.bytes) : undefined;
}

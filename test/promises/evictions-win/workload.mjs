/** What one process does with the cache until it is told to stop, and the events that the history is made of. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import addresses from '../../../.cache/modules/key/addresses.js';
import evictor from '../../../.cache/modules/engine/evictor.js';
import { nowNs } from './fast-clock.mjs';
import { failureOf } from './witness.mjs';

const MAX_EVENTS = 250_000;
// Without consistent reads other processes remember the generation of a namespace for so long.
const COARSE_NS = 1e9;

const { entry, stamp } = Object.fromEntries(
  ['entry', 'stamp'].map((name) => [name, (of) => new addresses.Addresses('cache')[name](of)]),
);

export class Workload {
  counts = { tagEvictions: 0, clears: 0, lostEvictions: 0, retriedEvictions: 0 };
  #stopping = new AbortController();
  #events = { reads: [], overwrites: [] };
  #count = 0;
  /** Evictions that have not reached the table, by address. */
  #lost = new Map();

  /** @param profile see Profile in fleet.ts */
  constructor({ worker, cache, witness, truth, profile, consistentRead }) {
    Object.assign(this, { worker, cache, witness, truth, profile, consistentRead });
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Ends when `stop` is called; loaders under way are cut short. */
  async lane(random) {
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#count < MAX_EVENTS) {
      const scene = this.#scene(random);
      await this[random.weighted(scene.operations)](scene, random);
      await sleep(random.between(0, this.profile.pauseMs));
    }
  }

  stop() {
    this.#stopping.abort();
  }

  /** What happened since the last time. */
  takeEvents() {
    const events = this.#events;
    this.#events = { reads: [], overwrites: [] };
    return events;
  }

  /** An eviction that was lost counts as acknowledged once another of the same address has arrived. */
  watchStore(store) {
    const evict = store.evict.bind(store);
    store.evict = async (address, ...rest) => {
      const sentAt = nowNs();
      const existed = await evict(address, ...rest);
      const arrived = this.#lost.get(address)?.filter(({ endedAt }) => endedAt < sentAt) ?? [];
      for (const { changes, calledAt } of arrived) this.#overwrote('delete', changes, calledAt);
      const waiting = this.#lost.get(address)?.filter((lost) => !arrived.includes(lost));
      if (waiting) this.#lost.set(address, waiting);
      this.counts.retriedEvictions += arrived.length;
      return existed;
    };
  }

  read({ key, traits, shortShare }, random, scope = undefined) {
    const { tags, lease, staleWhileRevalidate, staleIfError, failShare = 0, cacheErrorsMs } = traits;
    const loader = async () => {
      const version = await this.truth.current(key);
      await this.#pause(random.between(0, this.profile.loadMs));
      const given = this.#give(version, 'load');
      if (random.chance(failShare)) throw failureOf(given);
      return given;
    };
    const options = {
      ttl: this.#ttl(shortShare, random),
      ...{ lease, staleWhileRevalidate, staleIfError },
      ...(tags && { tags }),
      ...(cacheErrorsMs && { cacheErrors: () => `${cacheErrorsMs}ms` }),
    };
    const call = () => this.cache.getOrLoad(key, loader, options);
    return this.#see(key, scope, traits, call);
  }

  get({ key, traits }, _random, scope = undefined) {
    return this.#see(key, scope, traits, () => this.cache.get(key));
  }

  async evict({ key }) {
    const changes = [[key, await this.truth.commit(key)]];
    await this.#overwrite('delete', changes, entry(key), () => this.cache.delete(key));
  }

  async set({ key, traits: { tags }, shortShare }, random) {
    const version = await this.truth.commit(key);
    const value = this.#give(version, 'set');
    const options = { ttl: this.#ttl(shortShare, random), ...(tags && { tags }) };
    await this.#overwrite('set', [[key, version]], entry(key), () => this.cache.set(key, value, options));
  }

  async tags(scene, random) {
    const { tags } = scene.traits;
    if (!tags) return this.evict(scene);
    const tag = tags[Math.floor(random.between(0, tags.length))];
    const changes = await this.truth.commitAll(this.#numbers((traits) => traits.tags?.includes(tag)));
    await this.#overwrite('tags', changes, stamp(`t:${tag}`), () => this.cache.evictTags(tag));
    this.counts.tagEvictions++;
  }

  async clear() {
    const changes = await this.truth.commitAll(this.#numbers(() => true));
    await this.#overwrite('clear', changes, stamp('*'), () => this.cache.clear());
    this.counts.clears++;
  }

  scope(scene, random) {
    const operations = { read: 12, get: 4, evict: 3, tags: 2, set: 1 };
    return this.cache.runInScope(async () => {
      const scope = { openedAt: nowNs() };
      for (let i = 0; i < 5; i++) await this[random.weighted(operations)](scene, random, scope);
    });
  }

  async #see(key, scope, { staleWhileRevalidate = 0, staleIfError = 0 }, body) {
    const mayBeMs = {
      revalidate: staleWhileRevalidate,
      error: staleIfError,
      slow: staleIfError,
      lease: Math.max(staleWhileRevalidate, staleIfError),
    };
    const read = await this.witness.read(scope, mayBeMs, body);
    if (!read) return;
    this.#count++;
    this.#events.reads.push({ worker: this.worker, key, ...read });
  }

  async #overwrite(kind, changes, address, body) {
    const calledAt = nowNs();
    try {
      const isDone = await body();
      // A put that could not be kept has evicted.
      this.#overwrote(kind === 'set' && !isDone ? 'delete' : kind, changes, calledAt);
    } catch (error) {
      if (!(error instanceof evictor.EvictionLostError)) throw error;
      this.#overwrote(kind, changes, calledAt, { isLost: true });
      this.counts.lostEvictions++;
      const lost = { changes, calledAt, endedAt: nowNs() };
      this.#lost.set(address, [...(this.#lost.get(address) ?? []), lost]);
    }
  }

  #overwrote(kind, changes, calledAt, rest = {}) {
    const ackedAt = nowNs();
    const late = kind === 'clear' && !this.consistentRead ? { followedWithinNs: COARSE_NS } : {};
    for (const [key, version] of changes) {
      this.#count++;
      const event = { kind, worker: this.worker, key, calledAt, ackedAt, version, ...late, ...rest };
      this.#events.overwrites.push(event);
    }
  }

  /** A value that says which it is. */
  #give(version, origin) {
    return { id: `${this.worker}.${++this.#count}`, version, origin };
  }

  /** A key, and what is to be done with it at this moment: keys live through the phases one after another. */
  #scene(random) {
    const { keys, periodMs, phases } = this.profile;
    const number = Math.floor(random.between(0, keys.length));
    const moment = nowNs() / 1e6 + (number / keys.length) * periodMs;
    const phase = phases.find(({ untilMs }) => moment % periodMs < untilMs);
    return {
      key: `menu:${number}:${Math.floor(moment / periodMs)}`,
      traits: keys[number],
      ...phase,
      ...(keys[number].isShortLived && { shortShare: 1 }),
    };
  }

  #numbers(isMeant) {
    return this.profile.keys.flatMap((traits, number) => (isMeant(traits) ? [number] : []));
  }

  #ttl(shortShare, random) {
    const { ttlMs, shortTtlMs } = this.profile;
    return `${random.chance(shortShare) ? Math.ceil(random.between(0, shortTtlMs)) : ttlMs}ms`;
  }

  async #pause(ms) {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** What one process does with the cache until it is told to stop, and the events that the history is made of. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowNs } from './fast-clock.mjs';

const MAX_EVENTS = 250_000;

export class Workload {
  #stopping = new AbortController();
  #events = { reads: [], overwrites: [] };
  #count = 0;

  /** @param profile see Profile in fleet.ts */
  constructor({ worker, cache, truth, profile }) {
    Object.assign(this, { worker, cache, truth, profile });
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

  async read({ key, shortShare }, random, scopedAt = undefined) {
    const loader = async () => {
      const version = await this.truth.current(key);
      await this.#pause(random.between(0, this.profile.loadMs));
      return { version, origin: 'load' };
    };
    const calledAt = nowNs();
    const value = await this.cache.getOrLoad(key, loader, { ttl: this.#ttl(shortShare, random) });
    this.#saw(key, calledAt, value, scopedAt);
  }

  async get({ key }) {
    const calledAt = nowNs();
    const value = await this.cache.get(key);
    if (value) this.#saw(key, calledAt, value);
  }

  async evict({ key }) {
    const version = await this.truth.commit(key);
    const calledAt = nowNs();
    await this.cache.delete(key);
    this.#overwrote('delete', key, calledAt, version);
  }

  async set({ key, shortShare }, random) {
    const version = await this.truth.commit(key);
    const calledAt = nowNs();
    await this.cache.set(key, { version, origin: 'set' }, { ttl: this.#ttl(shortShare, random) });
    this.#overwrote('set', key, calledAt, version);
  }

  scope(scene, random) {
    return this.cache.runInScope(async () => {
      const scopedAt = nowNs();
      for (let i = 0; i < 4; i++) {
        if (random.chance(0.2)) await this.evict(scene);
        else await this.read(scene, random, scopedAt);
      }
    });
  }

  #saw(key, calledAt, { version, origin }, scopedAt) {
    this.#count++;
    this.#events.reads.push({ worker: this.worker, key, calledAt, scopedAt, version, origin });
  }

  #overwrote(kind, key, calledAt, version) {
    this.#count++;
    this.#events.overwrites.push({ kind, worker: this.worker, key, calledAt, ackedAt: nowNs(), version });
  }

  /** A key, and what is to be done with it at this moment: keys live through the phases one after another. */
  #scene(random) {
    const { keys, periodMs, phases } = this.profile;
    const number = Math.floor(random.between(0, keys));
    const moment = nowNs() / 1e6 + (number / keys) * periodMs;
    const phase = phases.find(({ untilMs }) => moment % periodMs < untilMs);
    return { key: `menu:${number}:${Math.floor(moment / periodMs)}`, ...phase };
  }

  #ttl(shortShare, random) {
    const { ttlMs, shortTtlMs } = this.profile;
    return `${random.chance(shortShare) ? Math.ceil(random.between(0, shortTtlMs)) : ttlMs}ms`;
  }

  async #pause(ms) {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

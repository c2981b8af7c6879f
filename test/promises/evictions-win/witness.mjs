/**
 * Sees what a call cannot know of itself: where its value came from, how old that was when it was served, and whether
 * it joined a load without having been able to read. It listens to the published events, to the store and to the
 * flights, and changes nothing.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import events from '../../../.cache/modules/observability/events.js';
import outcomes from '../../../.cache/modules/engine/outcome.js';
import { nowNs } from './fast-clock.mjs';

const MAX_LIVES = 50_000;

export class Witness {
  counts = { leasesTaken: 0, leasesLost: 0, blindJoins: 0, errorHits: 0 };
  #calls = new AsyncLocalStorage();
  /** Until when each value is fresh. */
  #lives = new Map();

  constructor({ clock, codec, memoryMs }) {
    this.clock = clock;
    this.codec = codec;
    this.memoryNs = memoryMs === undefined ? undefined : memoryMs * 1e6;
    this.stop = events.onCacheEvent((event) => this.#note(event));
  }

  /**
   * Resolves to what a read was given, and what is known of it.
   *
   * @param scope when the request scope it runs in was opened; what is joined blindly in it is remembered in it, too
   * @param mayBeMs how long past its life a value may be served, by the reason
   */
  async read(scope, mayBeMs, body) {
    const scopedAt = scope?.openedAt;
    const call = { calledAt: nowNs(), scopedAt, scope };
    const given = await this.#calls.run(call, () => givenBy(body));
    if (!given) return undefined;
    const { id, version, origin, failed } = given;
    if (failed && call.source) this.counts.errorHits++;
    const life = this.#lives.get(id);
    const age = call.servedAtMs !== undefined &&
      life !== undefined && { pastLifeMs: call.servedAtMs - life, mayBeMs: mayBeMs[call.reason] ?? 0 };
    return {
      calledAt: call.calledAt,
      scopedAt,
      version,
      origin,
      blindSince: scope?.blindSince ?? call.blindSince,
      ...(this.#isFromMemory(call) && { memoryNs: this.memoryNs }),
      ...(age && { age }),
    };
  }

  /** Notes the life of each value that passes. */
  watchStore(store) {
    const watch = (name, note) => {
      const operation = store[name].bind(store);
      store[name] = async (...args) => {
        if (name !== 'read') note(args);
        const answer = await operation(...args);
        if (name === 'read') note([...answer.values()]);
        return answer;
      };
    };
    watch('read', (all) => all.forEach(({ entry }) => this.#learn(entry)));
    watch('fill', ([, entry]) => this.#learn(entry));
    watch('put', ([, entry]) => this.#learn(entry));
    watch('putMany', ([entries]) => entries.forEach((entry) => this.#learn(entry)));
  }

  /** Notes who joins which load blindly. */
  watchFlights(flights) {
    const began = new WeakMap();
    const { find, start } = flights;
    flights.start = (...args) => {
      const since = this.#shownSince();
      const flight = start.apply(flights, args);
      began.set(flight, since);
      return flight;
    };
    flights.find = (address, seen) => {
      const flight = find.call(flights, address, seen);
      const call = this.#calls.getStore();
      if (flight && call && !seen.known) {
        this.counts.blindJoins++;
        const knower = call.scope ?? call;
        knower.blindSince = Math.min(knower.blindSince ?? Infinity, began.get(flight));
      }
      return flight;
    };
  }

  #note(event) {
    if (event.type === 'lease') this.counts[event.outcome === 'taken' ? 'leasesTaken' : 'leasesLost']++;
    const call = this.#calls.getStore();
    if (!call || (event.type !== 'hit' && event.type !== 'stale')) return;
    call.source = event.source;
    call.reason = event.reason;
    // The library reads the clock and serves in one turn, so this is what it decided by.
    call.servedAtMs = this.clock.lastMs;
  }

  #learn(entry) {
    if (!entry || entry.bytes.byteLength <= 1) return;
    const { id } = givenIn(outcomes.decodeOutcome(entry.bytes, this.codec)) ?? {};
    if (id === undefined) return;
    this.#lives.set(id, entry.freshUntilMs);
    if (this.#lives.size > MAX_LIVES) this.#lives.delete(this.#lives.keys().next().value);
  }

  // What a scope remembers may have come out of the memory tier, and so may the version by which a flight is joined.
  #isFromMemory({ source, scopedAt }) {
    return (
      this.memoryNs !== undefined && (source === 'memory' || (scopedAt !== undefined && source !== 'table'))
    );
  }

  #shownSince() {
    const { calledAt = Infinity, scopedAt = calledAt } = this.#calls.getStore() ?? {};
    return Math.min(nowNs(), scopedAt - (this.memoryNs ?? 0));
  }
}

/** An error that a loader throws and a reader recognises, also when the cache has kept it. */
export function failureOf(given) {
  return new Error(JSON.stringify({ ...given, failed: true }));
}

async function givenBy(body) {
  try {
    return await body();
  } catch (error) {
    const given = givenIn({ failed: true, error });
    if (!given) throw error;
    return given;
  }
}

function givenIn({ failed, error, value }) {
  if (!failed) return value;
  return error.message?.startsWith('{') ? JSON.parse(error.message) : undefined;
}

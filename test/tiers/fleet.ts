/** Processes that share a table, each with tiers of its own or shared ones. */
import { Keyv } from 'keyv';
import type { DynamoCacheOptions } from '../../lib/core';
import { composeStore } from '../../lib/core/compose-store';
import { resolveOptions } from '../../lib/core/resolve-options';
import { DynamoCache } from '../../lib/engine/dynamo-cache';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import type { Stored } from '../../lib/tiers/entry';
import type { EntryStore, StoreCall } from '../../lib/tiers/entry-store';

/** A table that tells what was read of it, and lets a test hold an answer back. */
export class Table extends InMemoryStore {
  /** What was read, the namespace left out. */
  readonly reads: string[][] = [];
  /** Runs when a read has been answered, before the reader hears of it. */
  afterRead: (() => Promise<void>) | undefined;

  override async read(addresses: readonly string[], call: StoreCall): Promise<Map<string, Stored>> {
    this.reads.push(addresses.map((address) => address.replace(/^cache#/, '')));
    const found = await super.read(addresses, call);
    await this.afterRead?.();
    return found;
  }

  /** What was read since the last time. */
  takeReads(): string[] {
    return this.reads.splice(0).flat().sort();
  }
}

export interface Fleet {
  readonly clock: ManualClock;
  readonly table: Table;
  /** What all of them have said. */
  readonly said: string[];
  /** Another process. */
  start(options?: DynamoCacheOptions): DynamoCache;
  /** Its store alone. */
  store(options?: DynamoCacheOptions): EntryStore;
}

export function buildFleet(shared: DynamoCacheOptions = {}): Fleet {
  const clock = new ManualClock();
  const table = new Table(shared.clock ?? clock);
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const resolve = (options: DynamoCacheOptions) =>
    resolveOptions({ table: 'menus', clock, logger: { warn: say, error: say }, ...shared, ...options });
  const store = (options: DynamoCacheOptions = {}) => composeStore(table, resolve(options));
  const start = (options: DynamoCacheOptions = {}) =>
    new DynamoCache(store(options), resolve(options).engine);
  return { clock, table, said, start, store };
}

/** A Keyv over a Map; several of one Map are several connections to one server. */
export function mapKeyv(map: Map<string, unknown> = new Map<string, unknown>()): Keyv {
  return new Keyv({ store: map });
}

/** A Keyv whose operations are replaced. */
export function brokenKeyv(broken: Partial<Record<'get' | 'set' | 'delete', () => Promise<unknown>>>) {
  const calls = { get: 0, set: 0, delete: 0 };
  const keyv = mapKeyv();
  const operation = (name: 'get' | 'set' | 'delete') => {
    const works = keyv[name].bind(keyv) as (...args: unknown[]) => Promise<unknown>;
    return (...args: unknown[]) => {
      calls[name]++;
      return broken[name]?.() ?? works(...args);
    };
  };
  return {
    calls,
    keyv: { get: operation('get'), set: operation('set'), delete: operation('delete') },
  };
}

export const never = () => new Promise<never>(() => undefined);

import type { RingKey } from './seal';

/** A ring of keys: the newest one seals, all of them open. */
export interface KeySet {
  readonly newest: RingKey;
  readonly byId: ReadonlyMap<string, RingKey>;
}

export function keySetOf(keys: readonly [RingKey, ...RingKey[]]): KeySet {
  return { newest: keys[0], byId: new Map(keys.map((key) => [key.id, key])) };
}

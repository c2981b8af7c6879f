/**
 * Items of programs in other languages: a key, a JSON text, and seconds in the TTL attribute or nothing there. They
 * have no version, so what they hold is their version: whoever replaces one demands that it still holds that.
 */
import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { packJson } from '../codec/json-codec';
import type { Entry, Stored, Version } from '../tiers/entry';
import type { Item } from './item';
import { FIXED, type ResolvedLayout } from './layout';

const TIMES = [FIXED.loadedAt, FIXED.freshUntil, FIXED.endsAt];
const PREFIX = 'foreign:';

/** Whether a version is the digest of another program's item. Those of our own writes hold no colon. */
export function isForeignVersion(version: Version | undefined): version is Version {
  return version?.startsWith(PREFIX) === true;
}

/** Whether an item is not of this cache: it has no version, or, as after an UpdateItem into a tombstone, not our times. */
export function isForeignItem(item: Item, layout: ResolvedLayout): boolean {
  if (typeof item[FIXED.version]?.S !== 'string') return true;
  return item[layout.value]?.S !== undefined && TIMES.some((name) => item[name] === undefined);
}

/** @param undatedLifeMs how long an item without an end is fresh, from each time it is read */
export function unpackForeign(
  item: Item,
  layout: ResolvedLayout,
  nowMs: number,
  undatedLifeMs: number,
): Stored {
  const version = versionOf(item, layout);
  const text = item[layout.value]?.S;
  const endsAtMs = endOf(item[layout.ttl], nowMs + undatedLifeMs);
  if (typeof text !== 'string' || endsAtMs === undefined) return { state: 'empty', version };
  // Nobody knows when it was loaded; it is as young as this reading of it, so that nobody refreshes it early.
  const entry: Entry = {
    bytes: packJson(text),
    version,
    loadedAtMs: nowMs,
    freshUntilMs: endsAtMs,
    endsAtMs,
  };
  return { state: 'entry', version, entry };
}

function versionOf(item: Item, layout: ResolvedLayout): Version {
  const hash = createHash('sha256');
  for (const name of [FIXED.version, layout.value, layout.ttl]) {
    const [type = '', content = ''] = Object.entries(item[name] ?? {})[0] ?? [];
    const isScalar = type === 'S' || type === 'N' || type === 'B';
    const bytes = isScalar ? Buffer.from(content as string) : Buffer.alloc(0);
    hash.update(`${type}:${bytes.byteLength}:`).update(bytes);
  }
  return PREFIX + hash.digest('base64url').slice(0, 24);
}

/** @returns undefined when the attribute is no number of seconds */
function endOf(attribute: AttributeValue | undefined, otherwise: number): number | undefined {
  if (attribute === undefined || attribute.NULL === true) return otherwise;
  const endsAtMs = Number(attribute.N) * 1_000;
  return endsAtMs >= 0 && endsAtMs <= Number.MAX_SAFE_INTEGER ? Math.round(endsAtMs) : undefined;
}

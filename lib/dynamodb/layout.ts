import { InvalidOptionsError } from '../invalid-options-error';

/** The attribute names of a table, so that a table which exists already can be used. */
export interface TableLayout {
  /** The partition key, a String. @default 'pk' */
  partitionKey?: string;
  /** The sort key, a String, when the table has one; every cache item gets the same value there. @default none */
  sortKey?: string;
  /** The attribute of the encoded value, a Binary. @default 'v' */
  value?: string;
  /** DynamoDB's TTL attribute, a Number of seconds. @default 'ttl' */
  ttl?: string;
}

export interface ResolvedLayout {
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
  readonly value: string;
  readonly ttl: string;
}

/** What every cache item has in the sort key of a table that has one. */
export const SORT_KEY_VALUE = 'entry';

/** Attributes whose names are fixed. They are short because names are billed. */
export const FIXED = {
  version: 'ver',
  loadedAt: 'at',
  freshUntil: 'fresh',
  endsAt: 'end',
  stamps: 'stamps',
  chunks: 'n',
  chunksOf: 'of',
} as const;

const DEFAULTS: ResolvedLayout = { partitionKey: 'pk', sortKey: undefined, value: 'v', ttl: 'ttl' };

/** @throws InvalidOptionsError when a name is empty, used twice, one of the fixed ones, or for nothing that there is */
export function resolveLayout(layout: TableLayout = {}): ResolvedLayout {
  // A name that is undefined, such as a variable of the environment that is not set, leaves the default.
  const given = Object.entries(layout).filter(([, name]) => name !== undefined);
  const resolved: ResolvedLayout = { ...DEFAULTS, ...Object.fromEntries(given) };
  const taken = new Set<string>(Object.values(FIXED));
  for (const [role, name] of Object.entries(resolved) as [string, unknown][]) {
    if (name === undefined) continue;
    if (!(role in DEFAULTS)) {
      const roles = Object.keys(DEFAULTS).join(', ');
      throw new InvalidOptionsError(`layout.${role}`, `there is no such attribute; the names are ${roles}`);
    }
    if (typeof name !== 'string' || name === '' || Buffer.byteLength(name) > 255) {
      throw new InvalidOptionsError(`layout.${role}`, 'write the name of an attribute, 1 to 255 bytes long');
    }
    if (taken.has(name)) {
      throw new InvalidOptionsError(
        `layout.${role}`,
        `"${name}" names another attribute of the item; the fixed ones are ${Object.values(FIXED).join(', ')}`,
      );
    }
    taken.add(name);
  }
  return resolved;
}

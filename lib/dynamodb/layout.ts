import { InvalidOptionsError } from '../invalid-options-error';

/** The attribute names of a table that many have already. */
export type LayoutPreset = 'pk/sk/ttl' | 'id/cached_value/expires_at' | 'key/value/ttl';

/** The attribute names of a table, so that a table which exists already can be used. */
export interface TableLayout {
  /** Names to begin with; those beside it take their place. @default none */
  preset?: LayoutPreset;
  /** The partition key, a String. @default 'pk' */
  partitionKey?: string;
  /** The sort key, a String, when the table has one; every cache item gets the same value there. @default none */
  sortKey?: string;
  /** The attribute of the encoded value, a Binary, or a String with `codec: 'json'`. @default 'v' */
  value?: string;
  /** DynamoDB's TTL attribute, a Number of seconds. @default 'ttl' */
  ttl?: string;
}

export interface ResolvedLayout {
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
  readonly value: string;
  readonly ttl: string;
  /** Whether values are texts, which other programs read and write, too: `codec: 'json'`. */
  readonly holdsText: boolean;
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

type Names = Omit<ResolvedLayout, 'holdsText'>;

const DEFAULTS: Names = { partitionKey: 'pk', sortKey: undefined, value: 'v', ttl: 'ttl' };

const PRESETS: Readonly<Record<LayoutPreset, Names>> = {
  'pk/sk/ttl': { ...DEFAULTS, sortKey: 'sk' },
  'id/cached_value/expires_at': {
    partitionKey: 'id',
    sortKey: undefined,
    value: 'cached_value',
    ttl: 'expires_at',
  },
  'key/value/ttl': { partitionKey: 'key', sortKey: undefined, value: 'value', ttl: 'ttl' },
};

/**
 * @param holdsText whether the cache's codec makes texts
 * @throws InvalidOptionsError when a name is empty, used twice, one of the fixed ones, or for nothing that there is
 */
export function resolveLayout(layout: LayoutPreset | TableLayout = {}, holdsText = false): ResolvedLayout {
  if (typeof layout === 'string') return { ...presetOf(layout, 'layout'), holdsText };
  const { preset, ...names } = layout;
  const base = preset === undefined ? DEFAULTS : presetOf(preset, 'layout.preset');
  // A name that is undefined, such as a variable of the environment that is not set, leaves the default.
  const given = Object.entries(names as Record<string, unknown>).filter(([, name]) => name !== undefined);
  const resolved: Names = { ...base, ...Object.fromEntries(given) };
  assertNames(resolved);
  return { ...resolved, holdsText };
}

function presetOf(preset: string, option: string): Names {
  if (Object.hasOwn(PRESETS, preset)) return PRESETS[preset as LayoutPreset];
  const known = Object.keys(PRESETS).map((name) => `'${name}'`);
  throw new InvalidOptionsError(
    option,
    `there is no such preset; the presets are ${known.join(', ')}. Other names are written { partitionKey, sortKey, value, ttl }`,
  );
}

function assertNames(names: Names): void {
  const taken = new Set<string>(Object.values(FIXED));
  for (const [role, name] of Object.entries(names) as [string, unknown][]) {
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
}

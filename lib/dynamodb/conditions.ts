/**
 * What a fill demands of the item it replaces: that it is still the one which the reader saw. `OR #ver = :own` is added
 * by whoever sends it, for a write that meets itself after a lost response.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Version } from '../tiers/entry';
import type { Item } from './item';
import { FIXED, type ResolvedLayout } from './layout';

export interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

/** That this version stands, or none that a reader could have named. */
export function versionStands(seen: Version | undefined, layout: ResolvedLayout): Condition {
  if (seen !== undefined) return { expression: '#ver = :seen', names: {}, values: { ':seen': { S: seen } } };
  // Among texts of other programs, an item without a version is a value, and has come since.
  if (layout.holdsText) {
    return { expression: 'attribute_not_exists(#pk)', names: { '#pk': layout.partitionKey }, values: {} };
  }
  return {
    expression: 'attribute_not_exists(#ver) OR NOT attribute_type(#ver, :string)',
    names: {},
    values: { ':string': { S: 'S' } },
  };
}

/** That an item of another program is as it was read: its value, its end, and what it has for a version. */
export function itemStands(item: Item, layout: ResolvedLayout): Condition {
  const compared = { '#ver': FIXED.version, '#value': layout.value, '#ttl': layout.ttl };
  const values: Record<string, AttributeValue> = {};
  const terms = Object.entries(compared).map(([alias, name]) => {
    const attribute = item[name];
    if (attribute === undefined) return `attribute_not_exists(${alias})`;
    const placeholder = alias.replace('#', ':');
    values[placeholder] = attribute;
    return `${alias} = ${placeholder}`;
  });
  const expression = `(attribute_exists(#pk) AND ${terms.join(' AND ')})`;
  return { expression, names: { ...compared, '#pk': layout.partitionKey }, values };
}

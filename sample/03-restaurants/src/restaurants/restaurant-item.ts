/**
 * A restaurant as an item of the table. One item holds all of it, since its few inspections are always read with it.
 *
 * PK `RESTAURANT#<id>`, SK `RESTAURANT`; GSI1PK `KIND#<borough>#<cuisine>`, GSI1SK `SCORE#<average>#<id>`: the index
 * holds each kind in the order of its scores, and of each restaurant only what lists show.
 */
import type { Borough, Inspection, Kind, Listed, Restaurant } from './restaurant';

export const INDEX = 'GSI1';
/** What the index repeats, besides the keys. */
export const LISTED_ATTRIBUTES = ['id', 'name', 'address', 'averageScore'] as const;

export interface RestaurantItem extends Listed {
  readonly PK: string;
  readonly SK: string;
  readonly GSI1PK: string;
  readonly GSI1SK: string;
  readonly borough: Borough;
  readonly cuisine: string;
  readonly inspections: readonly { readonly date: string; readonly grade: string; readonly score: number }[];
}

export function keyOf(id: string): Pick<RestaurantItem, 'PK' | 'SK'> {
  return { PK: `RESTAURANT#${id}`, SK: 'RESTAURANT' };
}

export function kindKey({ borough, cuisine }: Kind): string {
  return `KIND#${borough}#${cuisine}`;
}

export function toItem(restaurant: Restaurant): RestaurantItem {
  const { id, averageScore, inspections } = restaurant;
  return {
    ...restaurant,
    ...keyOf(id),
    GSI1PK: kindKey(restaurant),
    // Texts are ordered character by character, so the number has a fixed width.
    GSI1SK: `SCORE#${averageScore.toFixed(2).padStart(7, '0')}#${id}`,
    inspections: inspections.map(({ date, ...rest }) => ({ ...rest, date: date.toISOString().slice(0, 10) })),
  };
}

export function fromItem({ PK: _, SK: _s, GSI1PK: _p, GSI1SK: _k, ...item }: RestaurantItem): Restaurant {
  const inspections = item.inspections.map(({ date, ...rest }): Inspection => ({
    ...rest,
    date: new Date(date),
  }));
  return { ...item, inspections };
}

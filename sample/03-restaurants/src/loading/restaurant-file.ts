import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Inspection, Restaurant } from '../restaurants/restaurant';

// The quickstart's: the same data is not kept twice.
const FILE = join(__dirname, '..', '..', '..', '01-quickstart', 'data', 'restaurants.jsonl.gz');

export interface RestaurantFile {
  /** Of its bytes: a load goes on only with the file that it began with. */
  readonly digest: string;
  readonly restaurants: readonly Restaurant[];
}

interface Line extends Omit<Restaurant, 'inspections' | 'address' | 'averageScore'> {
  readonly building: string;
  readonly street: string;
  readonly inspections: readonly (Omit<Inspection, 'date'> & { readonly date: string })[];
}

export async function readRestaurants(file = process.env.RESTAURANTS_FILE ?? FILE): Promise<RestaurantFile> {
  const bytes = await readFile(file);
  const lines = gunzipSync(bytes).toString().trim().split('\n');
  return {
    digest: createHash('sha256').update(bytes).digest('hex'),
    restaurants: lines.map(parse),
  };
}

function parse(line: string): Restaurant {
  const { id, name, cuisine, borough, building, street, inspections: all } = JSON.parse(line) as Line;
  // A score of -1 stands for none.
  const inspections = all
    .filter(({ score }) => score >= 0)
    .map(({ date, grade, score }) => ({ date: new Date(date), grade, score }));
  const total = inspections.reduce((sum, { score }) => sum + score, 0);
  return {
    id,
    name,
    cuisine,
    borough,
    address: `${building} ${street}`.trim(),
    averageScore: Math.round((total / inspections.length) * 100) / 100,
    inspections,
  };
}

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { noteScan } from '../report/request-work';
import type { Inspection, Restaurant } from './restaurant';

const FILE = join(__dirname, '..', '..', 'data', 'restaurants.jsonl.gz');

type Line = Omit<Restaurant, 'inspections'> & {
  inspections: readonly (Omit<Inspection, 'date'> & { date: string })[];
};

/** A data source that is slow the honest way: each question unpacks, parses and reads all of it. */
@Injectable()
export class RestaurantRepository {
  async *scan(): AsyncGenerator<Restaurant> {
    noteScan();
    const lines = createInterface({ input: createReadStream(FILE).pipe(createGunzip()) });
    for await (const line of lines) yield parse(line);
  }
}

function parse(line: string): Restaurant {
  const { inspections, ...restaurant } = JSON.parse(line) as Line;
  return {
    ...restaurant,
    // A score of -1 stands for none.
    inspections: inspections
      .filter(({ score }) => score >= 0)
      .map(({ date, ...rest }) => ({ ...rest, date: new Date(date) })),
  };
}

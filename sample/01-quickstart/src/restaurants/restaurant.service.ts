import { Injectable, NotFoundException } from '@nestjs/common';
import { DynamoCacheable } from 'nestjs-dynamo-cache';
import type {
  Borough,
  BoroughSummary,
  Inspection,
  LatestInspections,
  Restaurant,
  TopRestaurants,
} from './restaurant';
import { RestaurantRepository } from './restaurant.repository';

@Injectable()
export class RestaurantService {
  constructor(private readonly restaurants: RestaurantRepository) {}

  @DynamoCacheable('10m')
  async summary(borough: Borough): Promise<BoroughSummary> {
    let restaurants = 0;
    const inspections: Inspection[] = [];
    for await (const restaurant of this.restaurants.scan()) {
      if (restaurant.borough !== borough) continue;
      restaurants++;
      inspections.push(...restaurant.inspections);
    }
    return {
      borough,
      restaurants,
      averageScore: averageScore(inspections),
      latestInspection: latest(inspections).date,
      shareOfA: shareOfAByYear(inspections),
      computedAt: new Date(),
    };
  }

  @DynamoCacheable('1h')
  async top(borough: Borough, cuisine: string): Promise<TopRestaurants> {
    const found: Restaurant[] = [];
    for await (const restaurant of this.restaurants.scan()) {
      const matches = restaurant.borough === borough && restaurant.cuisine === cuisine;
      if (matches && restaurant.inspections.length > 0) found.push(restaurant);
    }
    // An error is never cached: it reaches the caller as it is.
    if (found.length === 0) throw new NotFoundException(`Nobody serves '${cuisine}' in ${borough}.`);
    const best = found
      .map(({ name, street, inspections }) => ({
        name,
        street,
        averageScore: averageScore(inspections),
        lastInspected: latest(inspections).date,
      }))
      .sort((a, b) => a.averageScore - b.averageScore || a.name.localeCompare(b.name));
    return { best: best.slice(0, 10), computedAt: new Date() };
  }

  /** A list that has to be nearly live: a second old at most. */
  @DynamoCacheable('1s')
  async latestInspections(): Promise<LatestInspections> {
    const inspections: LatestInspections['inspections'][number][] = [];
    for await (const { name, borough, inspections: all } of this.restaurants.scan()) {
      inspections.push(...all.map((inspection) => ({ ...inspection, restaurant: name, borough })));
    }
    inspections.sort((a, b) => b.date.getTime() - a.date.getTime());
    return { inspections: inspections.slice(0, 10), computedAt: new Date() };
  }
}

function averageScore(inspections: readonly Inspection[]): number {
  const total = inspections.reduce((sum, { score }) => sum + score, 0);
  return rounded(total / inspections.length);
}

function latest(inspections: readonly Inspection[]): Inspection {
  return inspections.reduce((a, b) => (a.date > b.date ? a : b));
}

function shareOfAByYear(inspections: readonly Inspection[]): Map<number, number> {
  const years = [...new Set(inspections.map(({ date }) => date.getUTCFullYear()))].sort();
  return new Map(
    years.map((year) => {
      const grades = inspections.filter(({ date }) => date.getUTCFullYear() === year);
      return [year, rounded(grades.filter(({ grade }) => grade === 'A').length / grades.length)];
    }),
  );
}

function rounded(figure: number): number {
  return Math.round(figure * 100) / 100;
}

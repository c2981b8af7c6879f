import { Injectable, NotFoundException } from '@nestjs/common';
import { DynamoCacheable } from 'nestjs-dynamo-cache';
import { Borough, type Inspection, type RestaurantSummary, type TopRestaurants } from './restaurant';
import { RestaurantRepository } from './restaurant.repository';

const LONGEST_LIST = 10;

@Injectable()
export class RestaurantService {
  constructor(private readonly restaurants: RestaurantRepository) {}

  /** A restaurant, and where it stands among its kind: two requests, one of which reads the whole kind. */
  @DynamoCacheable('1h')
  async summary(id: string): Promise<RestaurantSummary> {
    const restaurant = await this.restaurants.find(id);
    // An error is never cached: it reaches the caller as it is.
    if (!restaurant) throw new NotFoundException(`There is no restaurant '${id}'.`);
    const { inspections, ...rest } = restaurant;
    const scores = await this.restaurants.scores(restaurant);
    return {
      ...rest,
      inspections: inspections.length,
      latest: latest(inspections),
      rank: 1 + scores.filter((score) => score < restaurant.averageScore).length,
      of: scores.length,
      averageOfKind: average(scores),
      computedAt: new Date(),
    };
  }

  /** The best kitchens of a cuisine, in a borough or in the whole city: one request a borough. */
  @DynamoCacheable('1h')
  async top(cuisine: string, borough?: Borough): Promise<TopRestaurants> {
    const boroughs = borough ? [borough] : Object.values(Borough);
    const lists = await Promise.all(
      boroughs.map((one) => this.restaurants.best({ borough: one, cuisine }, LONGEST_LIST)),
    );
    const best = lists
      .flat()
      .sort((a, b) => a.averageScore - b.averageScore || a.id.localeCompare(b.id))
      .slice(0, LONGEST_LIST);
    if (best.length === 0) {
      throw new NotFoundException(`Nobody serves '${cuisine}' in ${borough ?? 'New York'}.`);
    }
    return { best, computedAt: new Date() };
  }
}

function latest(inspections: readonly Inspection[]): Inspection {
  return inspections.reduce((a, b) => (a.date > b.date ? a : b));
}

function average(figures: readonly number[]): number {
  return Math.round((figures.reduce((sum, figure) => sum + figure, 0) / figures.length) * 100) / 100;
}

import { randomOf } from '../demo/traffic';
import type { Restaurant } from '../restaurants/restaurant';
import type { RestaurantService } from '../restaurants/restaurant.service';

/** What is asked of every tier, by the same names in the same order. */
export interface Question {
  readonly title: string;
  readonly asks: readonly ((restaurants: RestaurantService) => Promise<object>)[];
}

/** @param reads how often each question is asked of each tier */
export function questionsOf(restaurants: readonly Restaurant[], reads: number, seed: number): Question[] {
  const random = randomOf(seed);
  const some = Array.from({ length: reads }, () => restaurants[Math.floor(random() * restaurants.length)]!);
  return [
    {
      title: 'A summary: an item, and all of its kind by the index',
      asks: some.map(
        ({ id }) =>
          (service) =>
            service.summary(id),
      ),
    },
    {
      title: 'A top list: ten items, by the index',
      asks: some.map(
        ({ cuisine, borough }) =>
          (service) =>
            service.top(cuisine, borough),
      ),
    },
  ];
}

import { recordOf } from './record.mjs';

/** What is cached. Each has a name, which the bench changes to see who notices. */
export const VALUES = {
  small: { id: 7, name: 'Ada', active: true },
  '3 KB': menuOf(26),
};

function menuOf(dishes) {
  return {
    name: 'menu',
    owner: recordOf('7').address,
    updatedAt: '2026-01-01T00:00:00.000Z',
    dishes: Array.from({ length: dishes }, (_, i) => ({
      id: i,
      name: `Dish number ${i}`,
      price: 9.5 + i / 10,
      isVegan: i % 3 === 0,
      allergens: ['gluten', 'milk', 'nuts'],
    })),
  };
}

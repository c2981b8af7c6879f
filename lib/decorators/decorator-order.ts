/** In which order the decorators stand on a method. What stands below one that caches runs only when the method does. */
import { prototypesOf } from './cached-methods';

const orders = new WeakMap<object, Map<string | symbol, string[]>>();

/** Decorators are applied from the one nearest to the method upwards. */
export function recordDecorator(prototype: object, propertyKey: string | symbol, decorator: string): void {
  let order = orders.get(prototype);
  if (!order) orders.set(prototype, (order = new Map<string | symbol, string[]>()));
  order.set(propertyKey, [...(order.get(propertyKey) ?? []), decorator]);
}

/** What cannot work in the order of a class's decorators, one line each. */
export function* wrongOrders(instance: object): Generator<string> {
  for (const prototype of prototypesOf(instance)) {
    for (const [propertyKey, decorators] of orders.get(prototype) ?? []) {
      const place = `${prototype.constructor.name}.${String(propertyKey)}`;
      const highest = decorators.findLastIndex(isCaching);
      for (const below of decorators.slice(0, Math.max(0, highest)).filter((name) => !isCaching(name))) {
        yield (
          `${below} on ${place} stands below ${decorators[highest] ?? ''}, and does nothing when the result is cached: ` +
          'put it above.'
        );
      }
    }
  }
}

function isCaching(decorator: string): boolean {
  return decorator.startsWith('@DynamoCacheable');
}

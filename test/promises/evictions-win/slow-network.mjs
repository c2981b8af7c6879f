/** Puts a store at the end of a slow line: requests and answers overtake each other more often. */
import { setTimeout as sleep } from 'node:timers/promises';

const OPERATIONS = ['read', 'fill', 'put', 'putMany', 'evict'];

/** @param maxMs the longest time that a request or an answer is on its way */
export function slowDown(store, maxMs, random) {
  for (const name of OPERATIONS) {
    const operation = store[name].bind(store);
    store[name] = async (...args) => {
      await sleep(random.between(0, maxMs));
      const answer = await operation(...args);
      await sleep(random.between(0, maxMs));
      return answer;
    };
  }
}

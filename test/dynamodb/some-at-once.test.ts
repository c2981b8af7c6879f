import { describe, expect, it } from 'vitest';
import { someAtOnce } from '../../lib/dynamodb/some-at-once';
import { deferred } from '../engine/deferred';

const { signal } = new AbortController();

describe('some at once', () => {
  it('runs over all items, and never over more than the limit at the same time', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await someAtOnce([1, 2, 3, 4, 5, 6, 7], 3, signal, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    });
    expect([begun, most]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3]);
  });

  it('begins no more when one has failed, and tells those under way to stop', async () => {
    const failing = deferred();
    const begun: number[] = [];
    const stopped: unknown[] = [];
    const all = someAtOnce([1, 2, 3, 4, 5], 2, signal, async (item, signal) => {
      begun.push(item);
      if (item === 2) await failing.promise;
      await new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(item);
          reject(signal.reason as Error);
        });
      });
    });
    failing.reject(new Error('sick'));
    await expect(all).rejects.toThrow('sick');
    expect([begun, stopped]).toEqual([[1, 2], [1]]);
  });

  it('stops with the signal of its caller', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    const begun: number[] = [];
    const run = async (item: number) => void begun.push(item);
    await expect(someAtOnce([1, 2], 2, aborted, run)).rejects.toThrow('enough');
    expect(begun).toEqual([]);
  });
});

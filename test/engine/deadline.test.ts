import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadlineError, withDeadline } from '../../lib/engine/deadline';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an operation under a deadline', () => {
  it('is given up when the budget is spent, whether it listens or not', async () => {
    const seen = vi.fn();
    const call = withDeadline(100, (signal) => {
      signal.addEventListener('abort', () => {
        seen(signal.reason);
      });
      return new Promise(() => {});
    });
    const given = expect(call).rejects.toMatchObject({
      code: 'DEADLINE',
      budgetMs: 100,
      name: 'DeadlineError',
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(seen).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await given;
    expect(seen).toHaveBeenCalledExactlyOnceWith(expect.any(DeadlineError));
  });

  it.each([
    ['resolves', () => Promise.resolve(1)],
    ['rejects', () => Promise.reject(new Error('sick'))],
  ])('that %s in time leaves no timer', async (_, operation) => {
    await withDeadline<unknown>(100, operation).catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that throws instead of rejecting leaves no timer either', async () => {
    const call = withDeadline(100, () => {
      throw new Error('sick');
    });
    await expect(call).rejects.toThrow('sick');
    expect(vi.getTimerCount()).toBe(0);
  });
});

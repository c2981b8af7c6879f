import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeadlineError } from '../../lib/engine/deadline';
import { BreakerOpenError, type GuardOptions, StoreGuard } from '../../lib/engine/store-guard';
import { OnceLog } from '../../lib/observability/logger';
import { Observer } from '../../lib/observability/observer';
import { ManualClock } from '../../lib/testing';
import { DAY, Lines, SECOND } from './build-cache';
import { deferred } from './deferred';

function build(options: Partial<GuardOptions> = {}) {
  const clock = new ManualClock();
  const lines = new Lines();
  const observer = new Observer();
  const counts = observer.store;
  const guard = new StoreGuard(
    { timeoutMs: 5 * SECOND, failures: 3, cooldownMs: 10 * SECOND, clock, ...options },
    observer,
    new OnceLog(lines),
  );
  const fail = (error: unknown = new Error('sick')) =>
    guard.run('read', () => Promise.reject(error)).catch((thrown: unknown) => thrown);
  return { guard, clock, lines, counts, fail };
}

const open = async ({ fail }: ReturnType<typeof build>) => {
  for (let i = 0; i < 3; i++) await fail();
};

afterEach(() => {
  vi.useRealTimers();
});

describe('what operations need', () => {
  it('is loaded before the budget begins, however long that takes', async () => {
    vi.useFakeTimers();
    const loading = deferred<undefined>();
    const { guard } = build({ timeoutMs: 100, connect: () => loading.promise });
    const answer = deferred<string>();
    const operation = vi.fn((_signal: AbortSignal) => answer.promise);
    const run = guard.run('read', operation);

    await vi.advanceTimersByTimeAsync(10_000);
    expect(operation).not.toHaveBeenCalled();
    loading.resolve(undefined);
    await vi.advanceTimersByTimeAsync(99);
    expect(operation.mock.calls[0]?.[0].aborted).toBe(false);
    answer.resolve('in time');
    expect(await run).toBe('in time');
  });

  it('takes no time once it is there, and no budget away', async () => {
    vi.useFakeTimers();
    const { guard } = build({ timeoutMs: 100, connect: () => undefined });
    const run = guard.run('read', () => new Promise(() => undefined)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await run).toBeInstanceOf(DeadlineError);
  });
});

describe('the breaker', () => {
  it('opens after so many failures in a row, and then sends nothing', async () => {
    const built = build();
    const { guard, counts } = built;
    await open(built);
    const operation = vi.fn();
    await expect(guard.run('read', operation)).rejects.toBeInstanceOf(BreakerOpenError);
    expect(operation).not.toHaveBeenCalled();
    expect(guard.state).toBe('open');
    expect(counts).toMatchObject({ operations: 3, failures: 3, refused: 1 });
  });

  it('does not count failures that were not in a row', async () => {
    const { guard, fail } = build();
    for (let i = 0; i < 3; i++) {
      await fail();
      await fail();
      await guard.run('read', async () => 'well');
    }
    expect(guard.state).toBe('closed');
  });

  it('gives the error of the operation, unchanged', async () => {
    const error = new Error('sick');
    expect(await build().fail(error)).toBe(error);
  });

  it('sends one probe after the cool-down and refuses everybody else meanwhile', async () => {
    const built = build();
    const { guard, clock, counts } = built;
    await open(built);
    clock.advance(10 * SECOND - 1);
    await expect(guard.run('read', async () => 1)).rejects.toBeInstanceOf(BreakerOpenError);
    clock.advance(1);

    const answer = deferred<string>();
    const probe = guard.run('read', () => answer.promise);
    expect(guard.state).toBe('half-open');
    const others = await Promise.allSettled(
      Array.from({ length: 50 }, () => guard.run('read', async () => 1)),
    );
    expect(others.every(({ status }) => status === 'rejected')).toBe(true);
    expect(counts).toMatchObject({ operations: 4, refused: 51 });

    answer.resolve('well');
    expect(await probe).toBe('well');
    expect(guard.state).toBe('closed');
    expect(await guard.run('read', async () => 1)).toBe(1);
  });

  it('stays open for another cool-down when the probe fails', async () => {
    const built = build();
    const { guard, clock, fail } = built;
    await open(built);
    clock.advance(10 * SECOND);
    await fail();
    expect(guard.state).toBe('open');
    clock.advance(10 * SECOND - 1);
    await expect(guard.run('read', async () => 1)).rejects.toBeInstanceOf(BreakerOpenError);
    clock.advance(1);
    expect(await guard.run('read', async () => 1)).toBe(1);
  });

  it('is not kept open by a wall clock that is set back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const built = build();
    const { guard, clock } = built;
    await open(built);
    vi.setSystemTime(Date.now() - DAY);
    clock.advance(10 * SECOND);
    expect(await guard.run('read', async () => 1)).toBe(1);
  });

  it('is over by the wall clock, too, because the other one may stand still while a machine is suspended', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const built = build();
    await open(built);
    vi.setSystemTime(Date.now() + 10 * SECOND);
    expect(await built.guard.run('read', async () => 1)).toBe(1);
  });
});

describe('the log', () => {
  it('says a failure once, until DynamoDB answers again', async () => {
    const built = build();
    const { guard, clock, lines } = built;
    await open(built);
    expect(lines.all).toHaveLength(1);
    clock.advance(10 * SECOND);
    await guard.run('read', async () => 1);
    await open(built);
    expect(lines.all).toHaveLength(2);
  });

  it('says each kind of failure', async () => {
    const { fail, lines } = build();
    await fail(new TypeError('this'));
    await fail(new RangeError('that'));
    await fail('not an error');
    expect(lines.all).toEqual([
      expect.stringContaining('TypeError: this'),
      expect.stringContaining('RangeError: that'),
      expect.stringContaining('unknown failure'),
    ]);
  });

  it('does not quote an answer that could not be read', async () => {
    const { guard, lines } = build();
    await guard.run('read', async () => JSON.parse('secret!') as unknown).catch(() => undefined);
    expect(lines.all).toEqual([expect.stringContaining('SyntaxError')]);
    expect(lines.all.join()).not.toContain('secret');
  });

  it('keeps to one line', async () => {
    const { fail, lines } = build();
    await fail(new Error('first\n  second'));
    expect(lines.all).toEqual([expect.not.stringContaining('\n')]);
  });
});

import { describe, expect, it } from 'vitest';
import { History, type Overwrite, type Read } from './history';

const read = (calledAt: number, version: number, rest: Partial<Read> = {}): Read => ({
  worker: 1,
  key: 'a',
  calledAt,
  version,
  origin: 'load',
  ...rest,
});
const evicted = (calledAt: number, ackedAt: number, version: number, rest: Partial<Overwrite> = {}) => ({
  kind: 'delete' as const,
  worker: 0,
  key: 'a',
  calledAt,
  ackedAt,
  version,
  ...rest,
});
const set = (calledAt: number, ackedAt: number, version: number, rest: Partial<Overwrite> = {}) =>
  evicted(calledAt, ackedAt, version, { kind: 'set', ...rest });

function violations(reads: Read[], overwrites: Overwrite[]) {
  const history = new History();
  history.add(reads, overwrites);
  return history.violations();
}

describe('a history', () => {
  it('is broken by a read that was given less than an eviction before it requires', () => {
    const [stale, eviction] = [read(30, 4), evicted(10, 20, 5)];
    expect(violations([stale], [eviction])).toEqual([{ read: stale, overwrite: eviction }]);
  });

  it('is broken by a read after a put in the same way', () => {
    expect(violations([read(30, 4)], [set(10, 20, 5)])).toHaveLength(1);
    expect(violations([read(30, 5, { origin: 'set' })], [set(10, 20, 5)])).toEqual([]);
  });

  it('holds when a read was given that version or a later one', () => {
    expect(violations([read(30, 5), read(30, 6)], [evicted(10, 20, 5)])).toEqual([]);
  });

  it('asks nothing of a read that was called before the eviction was acknowledged', () => {
    expect(violations([read(19, 4), read(20, 4)], [evicted(10, 20, 5)])).toEqual([]);
  });

  it('asks of each read the highest version evicted before it, whatever came last', () => {
    const overwrites = [evicted(10, 20, 7), evicted(12, 40, 5), evicted(70, 80, 9)];
    expect(violations([read(50, 6)], overwrites)).toMatchObject([{ overwrite: { version: 7 } }]);
    expect(violations([read(50, 7), read(75, 7)], overwrites)).toEqual([]);
  });

  it('keeps keys apart', () => {
    expect(violations([read(30, 4, { key: 'b' })], [evicted(10, 20, 5)])).toEqual([]);
  });

  it('does not depend on the order in which events were gathered', () => {
    const overwrites = [evicted(70, 80, 9), evicted(10, 20, 5)];
    expect(violations([read(90, 9), read(30, 4)], overwrites)).toHaveLength(1);
  });
});

describe('a put of an older version', () => {
  const older = (rest: Partial<Read> = {}) => read(50, 4, { origin: 'set', ...rest });

  it('may come after an eviction that was going on at the same time', () => {
    expect(violations([older()], [evicted(10, 20, 5), set(15, 40, 4)])).toEqual([]);
    expect(violations([older()], [evicted(10, 20, 5), set(5, 12, 4)])).toEqual([]);
  });

  it('may come later than the eviction', () => {
    expect(violations([older()], [evicted(10, 20, 5), set(25, 40, 4)])).toEqual([]);
  });

  it('is gone after an eviction that began when it was over', () => {
    expect(violations([older()], [set(5, 8, 4), evicted(10, 20, 5)])).toHaveLength(1);
  });

  it('excuses only who is given what was put, not who is given what a load found', () => {
    expect(violations([read(50, 4)], [evicted(10, 20, 5), set(25, 40, 4)])).toHaveLength(1);
  });

  it('is not judged before its end is known', () => {
    expect(violations([older()], [evicted(10, 20, 5)])).toEqual([]);
  });
});

describe('a request scope', () => {
  const scoped = (worker: number) => read(50, 4, { worker, scopedAt: 15 });

  it('may lag behind an eviction of another process since it was opened', () => {
    expect(violations([scoped(1)], [evicted(10, 20, 5, { worker: 0 })])).toEqual([]);
  });

  it('does not lag behind evictions of its own process', () => {
    expect(violations([scoped(0)], [evicted(10, 20, 5, { worker: 0 })])).toHaveLength(1);
  });

  it('does not lag behind what was over when it was opened', () => {
    expect(violations([scoped(1)], [evicted(5, 14, 5, { worker: 0 })])).toHaveLength(1);
  });
});

describe('a memory tier', () => {
  const remembered = (worker: number) => read(50, 4, { worker, memoryNs: 20 });

  it('may lag behind an eviction of another process by its own life', () => {
    expect(violations([remembered(1)], [evicted(10, 30, 5)])).toEqual([]);
    expect(violations([remembered(1)], [evicted(10, 29, 5)])).toHaveLength(1);
  });

  it('does not lag behind evictions of its own process', () => {
    expect(violations([remembered(0)], [evicted(10, 30, 5)])).toHaveLength(1);
  });

  it('adds to the lag of a request scope', () => {
    const scoped = read(90, 4, { scopedAt: 50, memoryNs: 20 });
    expect(violations([scoped], [evicted(10, 30, 5)])).toEqual([]);
    expect(violations([scoped], [evicted(10, 29, 5)])).toHaveLength(1);
  });
});

describe('a load that was joined by key alone', () => {
  const blind = (worker: number) => read(50, 4, { worker, blindSince: 25 });

  it('may have been overtaken by another process since it began', () => {
    expect(violations([blind(1)], [evicted(10, 30, 5)])).toEqual([]);
  });

  it('began after what was over then', () => {
    expect(violations([blind(1)], [evicted(10, 24, 5)])).toHaveLength(1);
  });

  it('was not overtaken by its own process', () => {
    expect(violations([blind(0)], [evicted(10, 30, 5)])).toHaveLength(1);
  });
});

describe('an eviction that was lost', () => {
  const lost = evicted(10, 20, 5, { isLost: true });

  it('binds its own process', () => {
    expect(violations([read(30, 4, { worker: 0 })], [lost])).toHaveLength(1);
  });

  it('asks nothing of others', () => {
    expect(violations([read(30, 4)], [lost])).toEqual([]);
  });

  it('asks it once it has arrived', () => {
    const arrived = evicted(10, 40, 5);
    expect(violations([read(30, 4), read(50, 5)], [lost, arrived])).toEqual([]);
    expect(violations([read(50, 4)], [lost, arrived])).toHaveLength(1);
  });

  it('may have been a put that arrives after an eviction', () => {
    const [put, eviction] = [set(5, 8, 4, { isLost: true }), evicted(10, 20, 5)];
    expect(violations([read(50, 4, { origin: 'set' })], [put, eviction])).toEqual([]);
  });
});

describe('an eviction that others follow later', () => {
  const cleared = evicted(10, 20, 5, { kind: 'clear', followedWithinNs: 15 });

  it('asks nothing of them until then', () => {
    expect(violations([read(35, 4)], [cleared])).toEqual([]);
    expect(violations([read(36, 4)], [cleared])).toHaveLength(1);
  });

  it('binds its own process at once', () => {
    expect(violations([read(30, 4, { worker: 0 })], [cleared])).toHaveLength(1);
  });
});

describe('a value past its life', () => {
  const old = (pastLifeMs: number, mayBeMs: number) => read(30, 4, { age: { pastLifeMs, mayBeMs } });

  it('breaks the history from its first millisecond', () => {
    expect(violations([old(0, 0)], [])).toEqual([{ read: old(0, 0) }]);
    expect(violations([old(-1, 0)], [])).toEqual([]);
  });

  it('may be stale for as long as was asked for', () => {
    expect(violations([old(99, 100)], [])).toEqual([]);
    expect(violations([old(100, 100)], [])).toHaveLength(1);
  });
});

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

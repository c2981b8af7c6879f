import { beforeEach, describe, expect, it } from 'vitest';
import { EvictionLog } from '../../lib/engine/eviction-log';

let nowMs: number;
let log: EvictionLog;

beforeEach(() => {
  nowMs = 1_000;
  log = new EvictionLog(() => nowMs, 3);
});

const evict = (...keys: string[]) => {
  for (const key of keys) log.record(key);
};

describe('what was taken before an eviction', () => {
  it('is overtaken by it', () => {
    const before = log.mark();
    evict('a');
    expect(log.overtaken('a', before)).toBe(true);
    expect(log.overtaken('a', log.mark())).toBe(false);
    expect(log.overtaken('b', before)).toBe(false);
  });

  it('is overtaken by the latest one', () => {
    evict('a');
    const between = log.mark();
    evict('a');
    expect(log.overtaken('a', between)).toBe(true);
  });

  it('counts as overtaken once evictions of its time are forgotten', () => {
    const before = log.mark();
    evict('a', 'b', 'c');
    expect(log.overtaken('x', before)).toBe(false);
    evict('d');
    expect(['a', 'x', 'd'].map((key) => log.overtaken(key, before))).toEqual([true, true, true]);
    expect(['a', 'x', 'd'].map((key) => log.overtaken(key, log.mark()))).toEqual([false, false, false]);
  });

  it('is remembered longest for what was evicted last', () => {
    evict('a', 'b', 'c');
    const later = log.mark();
    evict('a', 'd', 'e');
    expect(log.overtaken('a', later)).toBe(true);
    expect(['b', 'c', 'x'].map((key) => log.overtaken(key, later))).toEqual([false, false, false]);
  });

  it('is overtaken, whatever its key, when everything is evicted', () => {
    const before = log.mark();
    log.recordAll();
    expect([log.overtaken('x', before), log.overtaken('x', log.mark())]).toEqual([true, false]);
  });
});

describe('an eviction is recent', () => {
  it('until so much time has passed', () => {
    evict('a');
    nowMs += 99;
    expect([log.isRecent('a', 100), log.isRecent('b', 100)]).toEqual([true, false]);
    nowMs += 1;
    expect(log.isRecent('a', 100)).toBe(false);
  });

  it('of every key, when everything was evicted', () => {
    log.recordAll();
    expect(log.isRecent('x', 100)).toBe(true);
    nowMs += 100;
    expect(log.isRecent('x', 100)).toBe(false);
  });

  it('of every key, when one as recent was forgotten', () => {
    evict('a', 'b', 'c', 'd');
    expect([log.isRecent('a', 100), log.isRecent('x', 100)]).toEqual([true, true]);
    nowMs += 100;
    expect(log.isRecent('x', 100)).toBe(false);
  });

  it('of no key, before anything was evicted', () => {
    expect(log.isRecent('x', Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

it('remembers 10,000 evictions', () => {
  log = new EvictionLog(() => nowMs);
  const before = log.mark();
  for (let i = 0; i < 10_000; i++) evict(`k${i}`);
  expect(log.overtaken('x', before)).toBe(false);
  evict('k10000');
  expect([log.overtaken('x', before), log.overtaken('x', log.mark())]).toEqual([true, false]);
});

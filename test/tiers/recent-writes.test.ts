import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/testing';
import { RecentWrites } from '../../lib/tiers/recent-writes';

let clock: ManualClock;
let writes: RecentWrites;
beforeEach(() => {
  clock = new ManualClock();
  writes = new RecentWrites(clock, 1_000, 3);
});

describe('recent writes', () => {
  it('tells what was written since a mark', () => {
    writes.record('a');
    const mark = writes.mark();
    writes.remember('b');
    expect(['a', 'b', 'c'].map((address) => writes.wasWritten(address, mark))).toEqual([false, true, false]);
    writes.record('a');
    expect(writes.wasWritten('a', mark)).toBe(true);
  });

  it('remembers what was put or evicted for its time, and no fill', () => {
    writes.remember('put');
    writes.record('fill');
    clock.advance(999);
    expect([writes.isRecent('put'), writes.isRecent('fill')]).toEqual([true, false]);
    clock.advance(1);
    expect(writes.isRecent('put')).toBe(false);
  });

  it('counts everything as written when it has forgotten some', () => {
    const before = writes.mark();
    for (const address of ['a', 'b', 'c', 'd']) writes.remember(address);
    expect([writes.wasWritten('a', before), writes.isRecent('a'), writes.isRecent('other')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(writes.wasWritten('other', writes.mark())).toBe(false);
    clock.advance(1_000);
    expect([writes.isRecent('a'), writes.isRecent('other')]).toEqual([false, false]);
  });

  it('does not let fills push out what was evicted', () => {
    writes.remember('evicted');
    for (let i = 0; i < 10; i++) writes.record(`fill ${i}`);
    expect([writes.isRecent('evicted'), writes.isRecent('other')]).toEqual([true, false]);
  });
});

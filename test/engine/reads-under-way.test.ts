import { expect, it } from 'vitest';
import { ReadsUnderWay } from '../../lib/engine/reads-under-way';
import { deferred, quiet } from './deferred';

it('knows the reads that are under way now, and waits for them and no others', async () => {
  const reads = new ReadsUnderWay();
  const [first, second, third] = [deferred(), deferred(), deferred()];
  reads.note('a', first.promise);
  reads.note('a', second.promise);
  reads.note('b', deferred().promise);
  let isOver = false;
  void reads.of('a')?.then(() => {
    isOver = true;
  });
  reads.note('a', third.promise);
  first.resolve();
  await quiet();
  expect(isOver).toBe(false);
  second.resolve();
  await quiet();
  expect(isOver).toBe(true);
  expect(reads.of('a')).toBeDefined();
});

it('forgets the reads that are over', async () => {
  const reads = new ReadsUnderWay();
  const read = deferred();
  reads.note('a', read.promise);
  read.resolve();
  await quiet();
  expect(reads.of('a')).toBeUndefined();
});

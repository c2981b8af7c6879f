import { afterEach, expect, it, vi } from 'vitest';
import { AsyncVariable } from '../../lib/engine/async-variable';
import { Flights, UNSEEN } from '../../lib/engine/flights';
import { Targets } from '../../lib/engine/targets';
import { deferred, quiet } from './deferred';

const target = (key: string) => new Targets('cache', undefined).of(key);

afterEach(() => {
  vi.restoreAllMocks();
});

it('a load knows which loads it is part of, and forgets those that are over', async () => {
  const contexts = vi.spyOn(AsyncVariable.prototype, 'run');
  const flights = new Flights(() => 0);
  const nothing = { value: undefined, bytes: undefined, entry: undefined };
  const later = deferred();
  const outer = flights.start(target('outer'), UNSEEN, async () => {
    flights.start(target('inner'), UNSEEN, async () => nothing);
    // A job that outlives its load, and loads for ever after.
    void later.promise.then(() => flights.start(target('later'), UNSEEN, async () => nothing));
    return nothing;
  });
  await outer.loaded;
  flights.end(outer);
  later.resolve();
  await quiet();

  expect(contexts.mock.calls.map(([context]) => (context as unknown[]).length)).toEqual([1, 2, 1]);
});

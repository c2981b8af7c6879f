// An error that stands in the table, for whoever does not get the lease.
import { expect, it } from 'vitest';
import { LeasedLoads } from '../../lib/engine/leased-loads';
import type { Loaded } from '../../lib/engine/flights';
import type { LoadRequest } from '../../lib/engine/load-request';
import type { Answer } from '../../lib/engine/answer';
import { ManualClock } from '../../lib/testing';

const FAILURE = 3;

function loadBehindError(own: object | undefined): Promise<Loaded> {
  const clock = new ManualClock();
  const nowMs = clock.now();
  const parts = {
    leases: {
      take: async () => Promise.resolve({ taken: false }),
      look: async () => Promise.resolve({ isFree: true }),
    },
    reader: { look: async () => Promise.resolve({}) },
    observer: { event: () => undefined, stale: () => undefined, join: () => undefined },
    options: { clock, codec: { decode: () => new Error('hers') } },
  };
  const { leases, reader, observer, options } = parts as unknown as Record<string, never>;
  const entry = {
    bytes: Uint8Array.of(FAILURE),
    loadedAtMs: nowMs,
    freshUntilMs: nowMs + 1,
    endsAtMs: nowMs + 1,
  };
  const request = { target: {}, subject: {}, policy: { leaseMs: 0 }, own } as unknown as LoadRequest;
  const answer = { entry, seen: { known: false } } as unknown as Answer;
  const loads = new LeasedLoads(leases!, reader!, observer!, options!);
  const loaded = { value: 'mine', bytes: undefined, entry: undefined };
  return loads.begin(request, answer, true).run(async () => Promise.resolve(loaded));
}

it('is thrown to him', async () => {
  await expect(loadBehindError(undefined)).rejects.toThrow('hers');
});

it('is nothing to a route: he loads', async () => {
  expect((await loadBehindError({})).value).toBe('mine');
});

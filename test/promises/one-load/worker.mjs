/** One process of the fleet: many callers who want the same key at the same moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import core from '../../../dist/core/index.js';
import { FastClock, nowNs } from '../evictions-win/fast-clock.mjs';

let cache;

/** @param order see Order in fleet.ts */
async function open({ table, endpoint, skewMs }) {
  const clock = new FastClock({ speed: 1, originMs: Date.now(), originNs: nowNs(), skewMs });
  // On a busy machine a request may take long; one that fails would let the load go ahead.
  cache = core.createDynamoCache({ table, client: { endpoint }, clock, timeout: '20s' });
  await cache.get('warm');
  process.send({ type: 'ready' });
}

async function call({ key, callers, lease, loadMs }) {
  const loader = async () => {
    process.send({ type: 'load', key });
    await sleep(loadMs);
    return { key, pid: process.pid, loadedAt: nowNs() };
  };
  const calls = Array.from({ length: callers }, () => cache.getOrLoad(key, loader, { ttl: '10m', lease }));
  const values = (await Promise.all(calls)).map((value) => JSON.stringify(value));
  process.send({ type: 'answers', answers: values.length, values: [...new Set(values)] });
}

process.on('message', (message) => {
  if (message.type === 'open') void open(message);
  if (message.type === 'call') void call(message);
});
process.on('disconnect', () => process.exit());

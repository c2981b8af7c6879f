/**
 * Where the time of a hit goes: the functions with the most self time while 500 callers, or as many as are named, read through the cache, against
 * the server that answers at once. `npm run build && node bench/profile.mjs [1]`
 */
import { Session } from 'node:inspector/promises';
import { clientOf } from './lib/client.mjs';
import { fillCache, readersOf } from './lib/hit-readers.mjs';
import { positionals, quick } from './lib/options.mjs';
import { startStub } from './lib/servers.mjs';

const CALLERS = Number(positionals[0] ?? 500);
const READS = Math.ceil((quick ? 2_000 : 30_000) / CALLERS / (CALLERS === 1 ? 10 : 1));
const SHOWN = 25;
// Waiting, and the profiler itself.
const NOT_OURS = new Set(['(idle)', '(program)', 'dispatch']);

const server = await startStub();
const client = clientOf(server.endpoint);
const { cache: read } = readersOf(client, await fillCache(client, CALLERS));
const callers = Array.from({ length: CALLERS }, (_, caller) => caller);
const readBy = async (caller) => {
  for (let i = 0; i < READS; i++) await read(caller);
};

await Promise.all(callers.map(readBy)); // to warm up
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: 200 });
await session.post('Profiler.start');
await Promise.all(callers.map(readBy));
const { profile } = await session.post('Profiler.stop');
client.destroy();
await server.stop();

const functions = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
const micros = new Map();
profile.samples.forEach((id, i) => {
  const name = functions.get(id);
  if (!NOT_OURS.has(name)) micros.set(name, (micros.get(name) ?? 0) + profile.timeDeltas[i]);
});
const total = [...micros.values()].reduce((sum, spent) => sum + spent, 0);
const ranked = [...micros].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
for (const [name, spent] of ranked)
  console.log(`${((spent / total) * 100).toFixed(1).padStart(5)} %  ${name}`);

function nameOf({ functionName, url, lineNumber }) {
  if (url === '') return functionName;
  const place = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(?=dist\/|bench\/)/, '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}

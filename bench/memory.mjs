/**
 * What a hit in this process's memory costs, beside other caches: ours through the decorator with its own key building, theirs
 * by their shortest way. `npm run build && node bench/memory.mjs [--quick]`
 *
 * Each cache has a process of its own, because what one of them switches on (async contexts, timers) would slow the others
 * down; samples are taken in turns all the same. 100 ids, request scopes not in use.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { CACHES, OURS } from './lib/memory-caches.mjs';
import { VALUES } from './lib/memory-values.mjs';
import { quick } from './lib/options.mjs';
import { installPeers, peerVersions } from './lib/peers.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { ratioOf, sampleInTurns, spreadOf } from './lib/samples.mjs';

const ROUNDS = quick ? 3 : 21;
const SEED = 17;
const CALLS = quick ? 1_000 : 20_000;

if (!quick) installPeers();
// A quick run shows that the bench works, on whatever machine: it installs nothing and compares nothing.
const names = quick ? OURS : Object.keys(CACHES);
const machine = describeMachine(['nestjs-dynamo-cache', '@nestjs/core']);
if (!quick) Object.assign(machine.versions, cacheVersions());

function cacheVersions() {
  return Object.fromEntries(Object.entries(peerVersions()).filter(([name]) => name !== 'vega'));
}

async function start(cache, value) {
  const child = fork(new URL('lib/memory-process.mjs', import.meta.url), [cache, value]);
  const ask = async (question) => {
    const answer = once(child, 'message');
    if (question !== undefined) child.send(question);
    return (await answer)[0];
  };
  const { isIsolated } = await ask();
  return { ask, isIsolated, stop: () => child.disconnect() };
}

async function measure(value) {
  const caches = {};
  for (const name of names) caches[name] = await start(name, value);
  const runs = Object.fromEntries(names.map((name) => [name, () => caches[name].ask(CALLS)]));
  const samples = await sampleInTurns(runs, { rounds: ROUNDS, seed: SEED });
  const figures = Object.fromEntries(names.map((name) => [name, samples[name].map(({ ns }) => ns)]));
  for (const { stop } of Object.values(caches)) stop();
  const hits = Object.fromEntries(
    names.map((name) => [name, { isIsolated: caches[name].isIsolated, ns: spreadOf(figures[name]) }]),
  );
  const peers = names.filter((name) => !OURS.includes(name) && hits[name].isIsolated);
  const [fastest] = peers.sort((a, b) => hits[a].ns.median - hits[b].ns.median);
  return {
    jsonBytes: JSON.stringify(VALUES[value]).length,
    hits,
    ...(fastest && { fastestIsolatingPeer: fastest, ratio: ratioOf(figures[OURS[0]], figures[fastest]) }),
  };
}

const values = {};
for (const value of Object.keys(VALUES)) values[value] = await measure(value);
writeResults('memory', {
  machine,
  method:
    'User and system CPU time per hit, nanoseconds, awaited one by one: median and middle half over the rounds, of processes of ' +
    'their own that take turns. `ratio` is ours / the fastest peer that gives each caller a copy.',
  seed: SEED,
  rounds: ROUNDS,
  callsPerSample: CALLS,
  values,
});

/**
 * Requests per second of a route on a server of its own: uncached, behind an interceptor that answers and sets three headers,
 * behind @nestjs/cache-manager's, and behind ours, which keeps values or JSON; on this Node, and on Node 24 where that can
 * be fetched. `npm run build && node bench/http.mjs [--quick]`
 *
 * Both caches answer out of the memory of the process, from one entry that is filled before the samples begin. Each server
 * has a process of its own, because what one of them switches on (async contexts) would slow the others down, and a new one
 * each round: what V8 makes of the same code differs from one process to the next by more than the sides do. They share the
 * machine with the client, so only what stands side by side can be compared. The cold requests all ask at once for a page
 * that nobody has asked for yet.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { COLD_WORK_MS, HANDLERS, SIDE_NAMES } from './lib/http-sites.mjs';
import { quick } from './lib/options.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { ratioOf, sampleInTurns, spreadOf } from './lib/samples.mjs';

const ROUNDS = quick ? 1 : 5;
const SEED = 17;
const CALLERS = 50;
// After one second ours still takes a third more CPU than after six. What the handlers share is warm for the next ones.
const WARM_UP_SECONDS = quick ? 1 : 6;
const NEXT_WARM_UP_SECONDS = 1;
const SECONDS = quick ? 1 : 1.5;
const PLATFORMS = quick ? ['express'] : ['express', 'fastify'];
const COLD_CALLERS = 200;
const [UNCACHED, , THEIRS, OURS, AS_JSON] = SIDE_NAMES;

const machine = describeMachine([
  'nestjs-dynamo-cache',
  '@nestjs/core',
  '@nestjs/cache-manager',
  'express',
  'fastify',
  'autocannon',
]);

/** Asks until it is over, and throws unless each answer is a 200. */
async function ask(options) {
  const result = await autocannon({ workers: 1, ...options });
  const failures = result.errors + result.timeouts + result.non2xx;
  if (failures > 0) throw new Error(`${options.url}: ${failures} requests were not answered`);
  return result;
}

async function start(node, platform, side) {
  const file = new URL('lib/http-process.mjs', import.meta.url);
  const child = fork(file, [platform, side], { execPath: node });
  const next = async () => (await once(child, 'message'))[0];
  const { url } = await next();
  const spent = () => {
    const answer = next();
    child.send('spent');
    return answer;
  };
  const stop = async () => {
    child.disconnect();
    await once(child, 'exit');
  };
  return { url, spent, stop };
}

async function sample({ url, spent }, path, warmUpSeconds) {
  const load = (duration) => ask({ url: `${url}${path}`, connections: CALLERS, duration });
  // What a server compiles of itself while it is new belongs to none of the samples.
  await load(warmUpSeconds);
  const before = await spent();
  const result = await load(SECONDS);
  const after = await spent();
  const requests = result['2xx'];
  const seconds = (result.finish - result.start) / 1_000;
  return {
    requestsPerSecond: requests / seconds,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / requests,
    requests,
    handlerCalls: after.handlerCalls - before.handlerCalls,
  };
}

/** How often the handler is called for requests that all come at once. */
async function coldCalls({ url, spent }) {
  const before = await spent();
  await ask({ url: `${url}/cold/page`, connections: COLD_CALLERS, amount: COLD_CALLERS });
  return (await spent()).handlerCalls - before.handlerCalls;
}

/** What one process of a side gives, by handler. */
async function sampleSide(node, platform, side) {
  const site = await start(node, platform, side);
  const samples = {};
  let warmUpSeconds = WARM_UP_SECONDS;
  for (const [handler, route] of Object.entries(HANDLERS)) {
    samples[handler] = await sample(site, `/${route}/warm`, warmUpSeconds);
    warmUpSeconds = NEXT_WARM_UP_SECONDS;
  }
  const cold = await coldCalls(site);
  await site.stop();
  return { ...samples, cold };
}

function compare(samples, handler) {
  const of = (side) => samples[side].map((taken) => taken[handler]);
  const figures = (side, figure) => of(side).map((taken) => taken[figure]);
  const total = (side, figure) => of(side).reduce((sum, taken) => sum + taken[figure], 0);
  const sides = SIDE_NAMES.map((side) => [
    side,
    {
      requestsPerSecond: spreadOf(figures(side, 'requestsPerSecond')),
      cpuMicros: spreadOf(figures(side, 'cpuMicros')),
      requests: total(side, 'requests'),
      handlerCalls: total(side, 'handlerCalls'),
    },
  ]);
  const ratioOfSides = (side, other) => ({
    requestsPerSecond: ratioOf(figures(side, 'requestsPerSecond'), figures(other, 'requestsPerSecond')),
    cpuMicros: ratioOf(figures(side, 'cpuMicros'), figures(other, 'cpuMicros')),
  });
  return {
    sides: Object.fromEntries(sides),
    ratio: {
      toUncached: ratioOfSides(OURS, UNCACHED),
      toCacheManager: ratioOfSides(OURS, THEIRS),
      asJsonToCacheManager: ratioOfSides(AS_JSON, THEIRS),
    },
  };
}

async function measure(node, platform) {
  const runs = SIDE_NAMES.map((side) => [side, () => sampleSide(node, platform, side)]);
  const samples = await sampleInTurns(Object.fromEntries(runs), {
    rounds: ROUNDS,
    seed: SEED,
    warmUp: false,
  });
  const cold = SIDE_NAMES.map((side) => [
    side,
    { handlerCalls: spreadOf(samples[side].map((taken) => taken.cold)), requests: COLD_CALLERS },
  ]);
  return {
    handlers: Object.fromEntries(
      Object.keys(HANDLERS).map((handler) => [handler, compare(samples, handler)]),
    ),
    cold: Object.fromEntries(cold),
  };
}

/** By version, where they are: this one, and the newest that the package names. */
function findNodes() {
  const nodes = new Map([[process.version, process.execPath]]);
  if (quick) return nodes;
  try {
    const ask = ['-y', 'node@24', '-p', 'process.version + " " + process.execPath'];
    const [version, node] = execFileSync('npx', ask, { encoding: 'utf8' }).trim().split(' ');
    nodes.set(version, node);
  } catch {
    console.warn('Node 24 cannot be fetched here.');
  }
  return nodes;
}

const platforms = {};
for (const [version, node] of findNodes()) {
  for (const platform of PLATFORMS) {
    platforms[`${platform}, Node ${version}`] = await measure(node, platform);
  }
}

writeResults('http', {
  machine,
  method:
    `Each server in a process of its own, a new one each round; ${CALLERS} connections of autocannon, ${SECONDS} s a sample after ${WARM_UP_SECONDS} s that are not counted, ${NEXT_WARM_UP_SECONDS} s for the second and third handler; what they answer is a record of ` +
    `about 1 KB, or 20 of them. CPU is that of the server's process per request. Medians and middle halves over the rounds; ratios are of the ` +
    `medians, and the middle half of the ratios of the rounds. Cold: ${COLD_CALLERS} requests at once for a page that is ` +
    `not cached, whose handler takes ${COLD_WORK_MS} ms, once a round.`,
  seed: SEED,
  rounds: ROUNDS,
  platforms,
});

/**
 * What it costs to import the package: a process each, with nothing but the import in it.
 * `npm run build && node bench/imports.mjs [--quick]`
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { quick } from './lib/options.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { sampleInTurns, spreadOf } from './lib/samples.mjs';

const ROUNDS = quick ? 2 : 7;
const SEED = 19;

const require = createRequire(import.meta.url);
const machine = describeMachine(['nestjs-dynamo-cache', '@nestjs/common', '@aws-sdk/client-dynamodb']);

// Nest's packages are imported first where an application has them anyway: the rest is what this package adds.
const NEST = ['reflect-metadata', '@nestjs/common', '@nestjs/core'];
const IMPORTS = {
  nothing: { first: [], then: [] },
  'nestjs-dynamo-cache/core': { first: [], then: ['nestjs-dynamo-cache/core'] },
  '@nestjs/common': { first: [], then: ['@nestjs/common'] },
  'nestjs-dynamo-cache': { first: [], then: ['nestjs-dynamo-cache'] },
  'nestjs-dynamo-cache, beyond @nestjs/common': { first: ['@nestjs/common'], then: ['nestjs-dynamo-cache'] },
  'nestjs-dynamo-cache, beyond @nestjs/common and core': { first: NEST, then: ['nestjs-dynamo-cache'] },
  '@aws-sdk/client-dynamodb': { first: [], then: ['@aws-sdk/client-dynamodb'] },
};

function measure({ first, then }) {
  const program = `
    const load = (names) => { for (const name of names) require(name); };
    load(${JSON.stringify(first.map(pathOf))});
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    load(${JSON.stringify(then.map(pathOf))});
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    const { user, system } = process.cpuUsage(cpu);
    const isSdkLoaded = Object.keys(require.cache).some((file) => /@aws-sdk|@smithy/.test(file));
    console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1e3, isSdkLoaded }));`;
  const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' };
  return JSON.parse(execFileSync(process.execPath, ['-e', program], options));
}

function pathOf(name) {
  return require.resolve(name);
}

const runs = Object.fromEntries(
  Object.entries(IMPORTS).map(([name, imports]) => [name, async () => measure(imports)]),
);
const samples = await sampleInTurns(runs, { rounds: ROUNDS, seed: SEED });
writeResults('imports', {
  machine,
  method:
    'Milliseconds that `require` takes in a new process, on the wall clock and as CPU time: median and middle half over the ' +
    'rounds. What stands behind "beyond" was imported before.',
  seed: SEED,
  rounds: ROUNDS,
  imports: Object.fromEntries(
    Object.entries(samples).map(([name, taken]) => [
      name,
      {
        ms: spreadOf(taken.map(({ ms }) => ms)),
        cpuMs: spreadOf(taken.map(({ cpuMs }) => cpuMs)),
        isSdkLoaded: taken.some(({ isSdkLoaded }) => isSdkLoaded),
      },
    ]),
  ),
});

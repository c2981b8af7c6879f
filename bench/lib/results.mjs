/** Results in JSON, each with the machine it was measured on. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { quick, resultsFolder } from './options.mjs';

const require = createRequire(import.meta.url);
const root = new URL('../..', import.meta.url);

/** The machine as it is now; asked before a run and after it, since its load is part of every figure. */
export function describeMachine(packages) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    loadAverage: Number(loadavg()[0].toFixed(1)),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    commit: commit(),
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}

export function writeResults(name, { machine, method, seed, rounds, ...figures }) {
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: { ...machine, loadAverageAfter: Number(loadavg()[0].toFixed(1)) },
    method,
    seed,
    rounds,
    quick,
    ...figures,
  };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
}

function versionOf(name) {
  return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;
}

// A copy of the sources without their history has no commit to name.
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

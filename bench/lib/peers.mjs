/**
 * What only the benches need, in a package of its own with a lockfile of its own (bench/peers), so that neither users nor
 * `npm ci` ever get it. A full run of a bench installs it when it is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = new URL('../peers/', import.meta.url);
const require = createRequire(new URL('package.json', folder));

export function installPeers() {
  if (existsSync(new URL('node_modules/', folder))) return;
  const cwd = fileURLToPath(folder);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error('bench/peers could not be installed');
}

/** A module of it, whatever kind of module that is. */
export function importPeer(name) {
  return import(pathToFileURL(require.resolve(name)).href);
}

export function peerVersions() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  return dependencies;
}

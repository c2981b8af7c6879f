/**
 * Run inside an application: every published subpath loads by `require` and by `import`, both give the very same
 * exports (two copies would be two sets of injection tokens), and loading one brings in no package that it need not.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const NAME = 'nestjs-dynamo-cache';
const MUST_NOT_LOAD = {
  [NAME]: ['@aws-sdk', '@smithy'],
  [`${NAME}/core`]: ['@aws-sdk', '@smithy', '@nestjs', 'rxjs'],
  [`${NAME}/testing`]: ['@aws-sdk', '@smithy', 'vitest'],
};

const require = createRequire(import.meta.url);
// Loads where its peer is installed, which it is in some of the applications.
if (isInstalled('@nestjs/terminus')) MUST_NOT_LOAD[`${NAME}/terminus`] = ['@aws-sdk', '@smithy'];
const seen = new Map();

for (const [subpath, unwanted] of Object.entries(MUST_NOT_LOAD)) {
  const required = require(subpath);
  const imported = await import(subpath);
  const names = Object.keys(required);
  assert.ok(names.length > 0, `${subpath} exports nothing`);
  assert.ok(!('default' in required), `${subpath} has a default export`);
  for (const name of names) {
    assert.ok(name in imported, `import { ${name} } from '${subpath}' finds nothing`);
    assert.equal(imported[name], required[name], `${name} of ${subpath} differs between import and require`);
    if (seen.has(name))
      assert.equal(required[name], seen.get(name), `${name} of ${subpath} is a second copy`);
    seen.set(name, required[name]);
  }
  for (const load of [`require('${subpath}')`, `import('${subpath}').then(() => undefined)`]) {
    const loaded = packagesLoadedBy(load);
    assert.ok(loaded.includes(NAME), `the packages loaded by ${load} could not be seen`);
    assert.deepEqual(
      loaded.filter((name) => unwanted.includes(name.split('/')[0])),
      [],
      `${load} loads what it need not`,
    );
  }
}
console.log(`${seen.size} exports, the same by import and by require`);

function isInstalled(name) {
  const { dependencies } = require('./package.json');
  return name in dependencies;
}

/** In a process of its own, with nothing loaded before; one that does not end is kept alive by what was loaded. */
function packagesLoadedBy(load) {
  const report = `
    const names = Object.keys(require.cache).map((file) => /.*node_modules[\\\\/]((?:@[^\\\\/]+[\\\\/])?[^\\\\/]+)/.exec(file)?.[1]);
    console.log('LOADED ' + JSON.stringify([...new Set(names.filter(Boolean))]));`;
  const script = `Promise.resolve(${load}).then(() => {${report}})`;
  const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20_000 });
  return JSON.parse(/LOADED (.*)/.exec(output)[1]);
}

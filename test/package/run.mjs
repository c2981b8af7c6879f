/**
 * Is what would be published right? Packs the package, looks into the tarball, and installs it into three applications
 * (Nest 12 as ES modules, Nest 11 under Jest, Nest 10 with an old compiler) that cache on a real engine.
 * The applications live in a dot-folder, which the project's own compiler and test runner pass over: they are compiled
 * where they are installed, by their own TypeScript.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAll, run } from './command.mjs';
import { checkContents } from './contents.mjs';
import { counts, step } from './step.mjs';

const SHARED = ['app.module.ts', 'summary.service.ts', 'menu.controller.ts', 'check-routes.ts'];
const APPS = {
  'nest-12-esm': { shared: [...SHARED, 'main.ts'] },
  'nest-11-jest': { shared: SHARED },
  'nest-10-commonjs': { shared: [...SHARED, 'main.ts'] },
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const apps = fileURLToPath(new URL('.apps', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'nestjs-dynamo-cache-'));

process.once('exit', () => {
  endAll();
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const tarball = await step('build and pack', pack);
if (tarball) {
  await step('files in the tarball', () => checkContents(tarball, root));
  await step('publint --strict', () => run('npx', ['--no', 'publint', 'run', tarball, '--strict'], root));
  await step('are the types wrong', () =>
    run('npx', ['--no', 'attw', tarball, '--no-emoji', '--no-color'], root),
  );
  const engine = await packageOfEngine();
  await Promise.all(Object.entries(APPS).map(([name, app]) => checkApp(name, app, tarball, engine)));
}

const { passed, failed } = counts();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function pack() {
  await run('npm', ['run', 'build'], root);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch], root);
  const [file] = (await readdir(scratch)).filter((name) => name.endsWith('.tgz'));
  return join(scratch, file);
}

/** Stops at the first step that fails: nothing after it could tell more. */
async function checkApp(name, { shared }, tarball, engine) {
  const folder = join(scratch, name);
  const installed = await step(`${name}: install`, async () => {
    await cp(join(apps, name), folder, { recursive: true });
    for (const file of shared) await cp(join(apps, 'shared', file), join(folder, 'src', file));
    await cp(join(apps, 'subpaths.mjs'), join(folder, 'subpaths.mjs'));
    await addDependencies(join(folder, 'package.json'), {
      'nestjs-dynamo-cache': `file:${tarball}`,
      ...engine,
    });
    // No --force and no --legacy-peer-deps: the peer ranges have to fit.
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', '--strict-peer-deps'],
      folder,
    );
    await run('npm', ['ls'], folder);
    return true;
  });
  if (!installed) return;
  await step(`${name}: require and import`, () => run('node', ['subpaths.mjs'], folder));
  const built = await step(`${name}: compile`, () => run('npm', ['run', 'build'], folder));
  if (built !== undefined) await step(`${name}: run`, () => run('npm', ['run', 'check'], folder));
}

async function addDependencies(file, dependencies) {
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.dependencies = { ...manifest.dependencies, ...dependencies };
  await writeFile(file, JSON.stringify(manifest, null, 2));
}

/** The engines of the project's own tests, in the versions that they use. */
async function packageOfEngine() {
  const file = join(root, 'test/embedded-dynamodb/package.json');
  const { dependencies, optionalDependencies } = JSON.parse(await readFile(file, 'utf8'));
  const native = `@dynoxide/${process.platform}-${process.arch}`;
  return native in optionalDependencies
    ? { [native]: optionalDependencies[native] }
    : { dynalite: dependencies.dynalite };
}

/** What the tarball must hold, and that it holds nothing else: no tests, no source maps, no leftovers of an older build. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';

const DOCUMENTS = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/THIRD-PARTY-NOTICES.txt'];

export async function checkContents(tarball, root) {
  const listing = await run('tar', ['-tzf', tarball], root);
  const files = listing
    .trim()
    .split('\n')
    .map((line) => line.replace(/^package\//, ''));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const complaints = [
    ...[...DOCUMENTS, ...targetsOf(manifest)]
      .filter((file) => !files.includes(file))
      .map((file) => `missing: ${file}`),
    ...files.filter((file) => !isExpected(file, root)).map((file) => `should not be there: ${file}`),
    ...(await mapsNamedIn(files, root)).map((file) => `names a source map that is not there: ${file}`),
  ];
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

/** Every file that package.json leads to: main, types, exports, typesVersions and programs. */
function targetsOf({ main, types, exports, typesVersions, bin = {} }) {
  const leaves = (value) => (typeof value === 'object' ? Object.values(value).flatMap(leaves) : [value]);
  const targets = leaves([main, types, exports, typesVersions, bin]);
  return [...new Set(targets.map((target) => target.replace(/^\.\//, '')))];
}

/** Documents, and in dist what is made of a source file that exists, or of several. */
function isExpected(file, root) {
  if (DOCUMENTS.includes(file) || /^dist\/(cli\/)?chunks\/[\w-]+\.js$/.test(file)) return true;
  const [, module] = /^dist\/(.+?)(?:\.js|\.d\.ts)$/.exec(file) ?? [];
  return module !== undefined && existsSync(join(root, 'lib', `${module}.ts`));
}

async function mapsNamedIn(files, root) {
  const built = files.filter((file) => file.startsWith('dist/'));
  const texts = await Promise.all(built.map((file) => readFile(join(root, file), 'utf8')));
  return built.filter((file, index) => texts[index].includes('//# sourceMappingURL='));
}

/**
 * The second half of `npm run build`. The first, `nest build`, has written the declarations and a script per source file;
 * this puts what an entry point loads into a few CommonJS files instead, since to open 160 of them was half of what an
 * import cost (bench/findings.md, "Imports"). Nothing is minified, no name changes: people read stack traces.
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';
import ts from 'typescript';

const ENTRY_POINTS = ['index', 'core/index', 'testing/index', 'terminus/index', 'cdk/index'];
const PROGRAMS = ['cli/main'];
// Development dependencies, of which a small part is used: it becomes a part of the package. Every other one stays outside.
const INLINED = ['cockatiel', 'lru-cache', 'ms'];
// Takes 2 ms to load, and is asked for nothing before the first operation, for which the AWS SDK loads it anyway.
const LATE = 'node:crypto';
// All that two entry points have in common in one file: to open a file costs as much as 15 KB in it.
const SHARED = { name: 'shared', minShareCount: 2 };

// A program has files of its own: with the library's it would load more than its command needs.
export default [
  bundle(ENTRY_POINTS, 'chunks', [SHARED], [scriptsOfNestBuild(), notices()]),
  bundle(PROGRAMS, 'cli/chunks', []),
];

function bundle(entryPoints, chunks, groups, plugins = []) {
  return defineConfig({
    input: Object.fromEntries(entryPoints.map((name) => [name, `lib/${name}.ts`])),
    external: (id) => !/^[./\0]/.test(id) && ![...INLINED, LATE].includes(id),
    platform: 'node',
    logLevel: 'warn',
    checks: { pluginTimings: false },
    // The form of a package that can be taken in parts.
    resolve: { mainFields: ['module', 'main'] },
    treeshake: { moduleSideEffects: false },
    plugins: [typescript(), late(), latin1(), ...plugins],
    output: {
      dir: 'dist',
      format: 'cjs',
      // As tsc does: Jest has no import() in CommonJS.
      dynamicImportInCjs: false,
      exports: 'named',
      chunkFileNames: `${chunks}/[name].js`,
      codeSplitting: { groups },
      comments: false,
    },
  });
}

/** The compiler of `nest build` here, too: rolldown's own asks for a package at run time where there are decorators. */
function typescript() {
  const { options } = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.build.json',
    { module: ts.ModuleKind.ESNext },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: console.error },
  );
  return {
    name: 'typescript',
    transform: {
      filter: { id: /\.ts$/ },
      handler: (code, fileName) => {
        const { outputText } = ts.transpileModule(code, { compilerOptions: options, fileName });
        return { code: outputText, moduleType: 'js' };
      },
    },
  };
}

/** Each function of a module of Node's as one that loads the module when it is called; a build with anything else of it fails. */
function late() {
  const id = `\0${LATE}`;
  const parts = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(LATE)));
  const functions = parts.filter(([name, { value }]) => typeof value === 'function' && /^[a-z]/.test(name));
  const standIn = ([name]) =>
    `export const ${name} = (...args) => process.getBuiltinModule('${LATE}').${name}(...args);`;
  return {
    name: 'late',
    resolveId: (source) => (source === LATE ? id : null),
    load: (loaded) => (loaded === id ? functions.map(standIn).join('\n') : null),
  };
}

/** With one letter beyond Latin-1, V8 reads all of a file with two bytes a letter, for which it needs longer. */
function latin1() {
  const escape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'latin1',
    generateBundle(_options, files) {
      for (const file of Object.values(files)) {
        if (file.type !== 'chunk') continue;
        // Where an escape would mean something else.
        if (/\\[^\0-\xff]|String\.raw/.test(file.code))
          throw new Error(`${file.fileName}: cannot be escaped`);
        file.code = file.code.replace(/[^\0-\xff]/g, escape);
      }
    },
  };
}

/** Takes away the scripts that are replaced, so that none is published which nothing loads. */
function scriptsOfNestBuild() {
  return {
    name: 'scripts-of-nest-build',
    buildStart() {
      for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
        if (file.endsWith('.js')) rmSync(join('dist', file));
      }
    },
  };
}

/** The licences of what is inlined ask to be passed on. */
function notices() {
  const noticeOf = (name) => {
    const folder = join('node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  };
  return {
    name: 'notices',
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'THIRD-PARTY-NOTICES.txt',
        source: INLINED.map(noticeOf).join(`\n${'-'.repeat(72)}\n\n`),
      });
    },
  };
}

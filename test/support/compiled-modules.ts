/**
 * The library as a file per module, for processes that look into it or sabotage it: dist/ holds it put together. In
 * .cache/modules, compiled anew when the source is newer.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const SOURCE = resolve('lib');
const TARGET = resolve('.cache/modules');
const STAMP = join(TARGET, 'compiled');

export function compileModules(): void {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  if (isCurrent(files)) return;
  const { compilerOptions } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)).config as {
    compilerOptions: object;
  };
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, process.cwd());
  for (const name of files) {
    const fileName = join(SOURCE, name);
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), {
      compilerOptions: options,
      fileName,
    });
    const target = join(TARGET, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  writeFileSync(STAMP, '');
}

function isCurrent(files: readonly string[]): boolean {
  if (!existsSync(STAMP)) return false;
  const compiledMs = statSync(STAMP).mtimeMs;
  return files.every((name) => statSync(join(SOURCE, name)).mtimeMs <= compiledMs);
}

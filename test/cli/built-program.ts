/**
 * The program as `npm run build` makes it. `npm test` builds before it tests, and then dist/ is used; where dist/ is older
 * than the source, the source is compiled aside, so that no test ever runs a program of yesterday.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ASIDE = resolve('.cache/built-program');

let built: Promise<string> | undefined;

/** The path of the program. */
export function builtProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const main = resolve('dist/cli/main.js');
  if (isNewerThanSource(main)) return main;
  const aside = join(ASIDE, 'dist/cli/main.js');
  if (!isNewerThanSource(aside)) {
    mkdirSync(ASIDE, { recursive: true });
    const outDir = join(ASIDE, 'dist');
    const tsc = resolve('node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      'tsconfig.build.json',
      '--outDir',
      outDir,
      '--declaration',
      'false',
    ]);
  }
  copyFileSync('package.json', join(ASIDE, 'package.json'));
  return aside;
}

function isNewerThanSource(program: string): boolean {
  if (!existsSync(program)) return false;
  const builtMs = statSync(program).mtimeMs;
  const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.every((name) => statSync(join('lib', name)).mtimeMs <= builtMs);
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts it; `ended` resolves when it has. */
export async function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [await builtProgram(), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Exit>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => {
      done({ code, signal, out, err });
    });
  });
  return { child, ended };
}

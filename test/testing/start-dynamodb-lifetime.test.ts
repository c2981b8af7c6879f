// How long an engine lives is a matter between processes: each test runs a program of its own.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbEngine } from '../support/dynamodb';

type Program = ChildProcessByStdio<null, Readable, Readable>;

let library: string;

beforeAll(() => {
  library = mkdtempSync(join(tmpdir(), 'dynamodb-engine-'));
  const sources = join(process.cwd(), 'lib', 'testing');
  for (const file of readdirSync(sources).filter((name) => name.startsWith('dynamodb-engine'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, file), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(join(library, file.replace(/\.ts$/, '.js')), outputText);
  }
});
afterAll(() => {
  rmSync(library, { recursive: true });
});

/** A program that starts an engine, prints its endpoint and then does what `then` says. */
function run(then: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Program {
  const program = `
    require(${JSON.stringify(join(library, 'dynamodb-engine.js'))}).startDynamoDB().then(async (dynamodb) => {
      console.log(dynamodb.endpoint);
      ${then}
    });`;
  return spawn(process.execPath, ['-e', program], {
    cwd: options.cwd ?? process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DYNAMODB_ENGINE: dynamodbEngine, ...options.env },
  });
}

async function firstLine(child: Program): Promise<string> {
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString().trim();
}

const isUp = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );

describe('an embedded DynamoDB', () => {
  it('does not keep the program alive, and ends with it', async () => {
    const child = run('');
    const endpoint = await firstLine(child);
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect.poll(() => isUp(endpoint), { timeout: 5_000 }).toBe(false);
  });

  it('is stopped before the program goes on', async () => {
    const child = run(`await dynamodb.stop(); console.log('stopped');`);
    expect(await text(child.stdout)).toMatch(/\nstopped\n$/);
  });

  it('ends with a program that throws', async () => {
    const child = run(`setTimeout(() => { throw new Error('of its own') })`);
    const endpoint = await firstLine(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
    await expect.poll(() => isUp(endpoint), { timeout: 5_000 }).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with a program that %s ends', async (signal) => {
    const child = run('setInterval(() => {}, 1000);');
    const endpoint = await firstLine(child);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
    await expect.poll(() => isUp(endpoint), { timeout: 5_000 }).toBe(false);
  });

  it('is there while the program shuts down by itself', async () => {
    const child = run(`
      setInterval(() => {}, 1000);
      process.once('SIGTERM', () => fetch(dynamodb.endpoint).then(() => process.exit(7)));`);
    const endpoint = await firstLine(child);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
    await expect.poll(() => isUp(endpoint), { timeout: 5_000 }).toBe(false);
  });

  it('says what to install when no engine can be found', async () => {
    const child = run('', { cwd: library, env: { DYNAMODB_ENGINE: '', DYNAMODB_LOCAL_PATH: '' } });
    const errors = await text(child.stderr);
    expect(errors).toContain('No embedded DynamoDB can run here:');
    expect(errors).toContain('npm i -D @dynoxide/linux-x64@1.2.1');
    expect(errors).toContain('npm i -D dynalite@4');
  });
});

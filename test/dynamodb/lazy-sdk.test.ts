import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbEndpoint, freshTable } from '../support/dynamodb';

const run = promisify(execFile);
let built: string;

// As `nest build` compiles it, file by file; next to node_modules, so that packages are found.
beforeAll(() => {
  built = mkdtempSync(resolve('node_modules', '.lazy-sdk-'));
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  for (const name of readdirSync('lib', { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const file = join(built, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    const source = readFileSync(join('lib', name), 'utf8');
    writeFileSync(file, ts.transpileModule(source, { compilerOptions }).outputText);
  }
});
afterAll(() => {
  rmSync(built, { recursive: true, force: true });
});

describe('the AWS SDK', () => {
  it('is not loaded before the first operation', async () => {
    const table = await freshTable();
    const script = `
      const loaded = () => Object.keys(require.cache).some((file) => /@aws-sdk|@smithy/.test(file));
      const { createDynamoCache, DynamoStore } = require('./core');
      const client = { endpoint: '${dynamodbEndpoint}', region: 'us-east-1' };
      const seen = [loaded()];
      const cache = createDynamoCache({ table: '${table}', client });
      const store = new DynamoStore({ table: '${table}', client });
      seen.push(loaded());
      cache.get('a')
        .then(() => seen.push(loaded()))
        .then(() => Promise.all([cache.close(), store.close()]))
        .then(() => console.log(JSON.stringify(seen)));
    `;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: built });
    expect(JSON.parse(stdout)).toEqual([false, false, true]);
  });
});

/** The built program, as users start it. Most cases run inside the tests' own process; see command-line.ts. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import { dynamodbEndpoint, freshTable, testClient } from '../support/dynamodb';
import { builtProgram, start } from './built-program';

let program: string;
let table: string;
beforeAll(async () => {
  program = await builtProgram();
  table = await freshTable();
}, 120_000);

const onTable = () => ['--table', table, '--endpoint', dynamodbEndpoint];

describe('the built program', () => {
  it('writes what an application reads, and reads what it has written', async () => {
    const app = createDynamoCache({ table, client: testClient(), consistentRead: true });
    const set = await (await start(['set', 'k', '{"a":1}', '--ttl', '10m', ...onTable()])).ended;
    expect(set).toEqual({ code: 0, signal: null, out: 'k kept for 10m.\n', err: '' });
    expect(await app.get('k')).toEqual({ a: 1 });
    await app.set('k', 'by the application');
    const get = await (
      await start(['get', 'k'], { CACHE_TABLE: table, AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint })
    ).ended;
    expect(get).toEqual({ code: 0, signal: null, out: 'by the application\n', err: '' });
  });

  it('says its version and ends with the exit codes of its help', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await (await start(['--version'])).ended).toMatchObject({ code: 0, out: `${version}\n` });
    expect(await (await start(['no-such-command'])).ended).toMatchObject({ code: 2, out: '' });
    expect(await (await start(['get', 'missing', ...onTable()])).ended).toMatchObject({ code: 3, out: '' });
  });

  it('writes no colours into a pipe', async () => {
    const { out, err } = await (await start(['inspect', 'k', ...onTable()])).ended;
    expect(out + err).not.toContain('\u001b');
  });

  it('ends quietly when the pipe is closed', async () => {
    const app = createDynamoCache({ table, client: testClient(), timeout: '20s' });
    await app.setMany(Array.from({ length: 300 }, (_, i) => [`${'long'.repeat(100)}${i}`, 1] as const));
    const { child, ended } = await start(['keys', '--all', ...onTable()]);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, signal: null, err: '' });
  });

  it('ends with 130 at Ctrl-C, and says where the flush stopped', async () => {
    const { FaultyProxy } = await import('../support/faulty-proxy');
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    const { mkdtempSync, rmSync, existsSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/flush-');
    try {
      // The deletion never answers.
      proxy.intercept = ({ operation }) => (operation === 'BatchExecuteStatement' ? 'black-hole' : undefined);
      const file = `${folder}/state.json`;
      const { child, ended } = await start([
        'flush',
        '--yes',
        '--table',
        table,
        '--endpoint',
        proxy.endpoint,
        '--state-file',
        file,
      ]);
      await expect
        .poll(() => proxy.requests.BatchExecuteStatement ?? 0, { timeout: 15_000 })
        .toBeGreaterThan(0);
      child.kill('SIGINT');
      const { code, out, err } = await ended;
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toMatch(/^error Interrupted\. It had deleted 0 entries/);
      expect(err).toContain(`--resume ${file}`);
      expect(existsSync(file)).toBe(true);
    } finally {
      await proxy.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what starting costs', () => {
  // Each is a file of its own, wherever the build puts it.
  const COMMANDS = new Set(readdirSync('lib/cli/commands').map((file) => basename(file, '.ts')));

  /** The files that one run has loaded. */
  async function loadedBy(args: readonly string[]): Promise<string[]> {
    const script = `process.argv.splice(1, 1, ${JSON.stringify(program)});
      process.once('exit', () => process.stderr.write('\\n' + JSON.stringify(Object.keys(require.cache))));
      require(${JSON.stringify(program)});`;
    const { stderr } = await promisify(execFile)(process.execPath, [
      '-e',
      script,
      '--',
      program,
      ...args,
    ]).catch((error: unknown) => error as { stderr: string });
    return JSON.parse(stderr.trim().split('\n').at(-1)!) as string[];
  }

  it('help, explain-key and template load no AWS SDK, and no command but their own', async () => {
    for (const args of [['--help'], ['explain-key', 'A.b', '"7"'], ['template', 'sam']]) {
      const loaded = await loadedBy(args);
      expect(loaded.some((file) => file.endsWith('/cli/main.js'))).toBe(true);
      const heavy = /@aws-sdk|@smithy|@nestjs|cockatiel|create-dynamo-cache/;
      expect(loaded.filter((file) => heavy.test(file))).toEqual([]);
      const names = loaded.filter((file) => file.includes('/cli/')).map((file) => basename(file, '.js'));
      expect(names.filter((name) => COMMANDS.has(name))).toEqual(args[0] === '--help' ? [] : [args[0]]);
    }
  });
});

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDynamoDB, type DynamoDBEngine, type RunningDynamoDB } from '../../lib/testing/dynamodb-engine';
import { dynamodbEngine, testClient } from '../support/dynamodb';

const root = process.cwd();
const running: RunningDynamoDB[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-dynamodb-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((dynamodb) => dynamodb.stop()));
  rmSync(folder, { recursive: true });
});

async function start(...args: Parameters<typeof startDynamoDB>): Promise<RunningDynamoDB> {
  const dynamodb = await startDynamoDB(...args);
  running.push(dynamodb);
  return dynamodb;
}

async function tablesAt(endpoint: string): Promise<string[] | undefined> {
  const client = testClient({ endpoint, maxAttempts: 1 });
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
}

async function createTableAt(endpoint: string, name: string): Promise<void> {
  const client = testClient({ endpoint });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  client.destroy();
}

/** Makes `folder` the project that engines are looked for in, with a dynalite of our own. */
function installDynalite(program: string): void {
  const dynalite = join(folder, 'node_modules', 'dynalite');
  mkdirSync(dynalite, { recursive: true });
  writeFileSync(join(dynalite, 'package.json'), '{ "name": "dynalite" }');
  writeFileSync(join(dynalite, 'cli.js'), program);
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
}

const engines = [...new Set<DynamoDBEngine>([dynamodbEngine, 'dynalite'])];

// DynamoDB Local takes several seconds to start.
describe.each(engines)('startDynamoDB with %s', { timeout: 60_000 }, (engine) => {
  it('resolves when DynamoDB answers, and is empty', async () => {
    const dynamodb = await start({ engine });
    expect(dynamodb.engine).toBe(engine);
    expect(await tablesAt(dynamodb.endpoint)).toEqual([]);
  });

  it('stops, and starts again at the same port without its data', async () => {
    const first = await start({ engine });
    const port = Number(new URL(first.endpoint).port);
    await createTableAt(first.endpoint, 'lost');
    expect(await tablesAt(first.endpoint)).toEqual(['lost']);

    await first.stop();
    await expect(tablesAt(first.endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(first.stop()).resolves.toBeUndefined();

    const second = await start({ engine, port });
    expect(second.endpoint).toBe(first.endpoint);
    expect(await tablesAt(second.endpoint)).toEqual([]);
  });
});

describe('which engine startDynamoDB takes', () => {
  it('runs several at a time, each on a port of its own', async () => {
    const started = await Promise.all([1, 2, 3].map(() => start({ engine: 'dynalite' })));
    expect(new Set(started.map(({ endpoint }) => endpoint)).size).toBe(3);
  });

  it('takes the one that DYNAMODB_ENGINE names', async () => {
    vi.stubEnv('DYNAMODB_ENGINE', 'dynalite');
    expect((await start()).engine).toBe('dynalite');
  });

  it('refuses an engine that it does not know', async () => {
    vi.stubEnv('DYNAMODB_ENGINE', 'postgres');
    await expect(start()).rejects.toThrow(
      "DYNAMODB_ENGINE is 'postgres'; it can be dynoxide, dynamodb-local, dynalite",
    );
  });

  it('prefers the project that runs it', async () => {
    installDynalite(
      `require(${JSON.stringify(join(root, 'node_modules/dynalite/cli.js'))}); console.error('mine')`,
    );
    expect((await start({ engine: 'dynalite' })).engine).toBe('dynalite');
  });

  it('says where it has looked for a forced engine that is not there', async () => {
    vi.stubEnv('DYNAMODB_LOCAL_PATH', folder);
    await expect(start({ engine: 'dynamodb-local' })).rejects.toThrow(
      `DYNAMODB_LOCAL_PATH is '${folder}', and no DynamoDBLocal.jar is there`,
    );
  });

  it('says which Java it needs', async () => {
    writeFileSync(join(folder, 'DynamoDBLocal.jar'), '');
    vi.stubEnv('DYNAMODB_LOCAL_PATH', folder);
    vi.stubEnv('JAVA_HOME', folder);
    await expect(start({ engine: 'dynamodb-local' })).rejects.toThrow(
      /needs Java 17 or newer, and .* is not there/,
    );
  });
});

describe('when the engine does not start', () => {
  it('rejects with its last words', async () => {
    installDynalite(`console.error('the disk is full'); process.exit(3)`);
    await expect(start({ engine: 'dynalite' })).rejects.toThrow(
      /dynalite ended instead of starting[^]*the disk is full/,
    );
  });

  it('takes another port when the chosen one is gone', async () => {
    const thief = createServer((_, response) => response.writeHead(404).end());
    const witness = createServer((request, response) => {
      if (thief.listening) return response.end();
      return thief.listen(Number(request.url?.slice(1)), '127.0.0.1', () => response.end('taken'));
    });
    await once(witness.listen(0, '127.0.0.1'), 'listening');
    const address = witness.address();
    installDynalite(`
      const port = process.argv[process.argv.indexOf('--port') + 1];
      fetch('http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/' + port)
        .then((response) => response.text())
        .then((text) => (text === 'taken' ? process.exit(1) : require('${join(root, 'node_modules/dynalite/cli.js')}')));
    `);

    const dynamodb = await start({ engine: 'dynalite' });
    expect(await tablesAt(dynamodb.endpoint)).toEqual([]);
    expect(thief.listening).toBe(true);

    for (const server of [thief, witness]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('names a wanted port that something else holds', async () => {
    const { endpoint } = await start({ engine: 'dynalite' });
    const port = Number(new URL(endpoint).port);
    await expect(start({ engine: 'dynalite', port })).rejects.toThrow(`cannot start on port ${port}`);
  });
});

/** A recreate between answers that are late, lost or refused: DynamoDB's control plane is eventually consistent. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../lib/cli/context';
import { create } from '../../lib/cli/recreate/build';
import { identityOf } from '../../lib/cli/table-identity';
import { createDynamoCache } from '../../lib/core';
import {
  dynamodbEngine,
  dynamodbEndpoint,
  freshTable,
  rawItem,
  scanAll,
  testClient,
} from '../support/dynamodb';
import { FaultyProxy, canned, type CannedAnswer } from '../support/faulty-proxy';
import { commandLine, errorOf, resultOf, type Ran } from './command-line';

const client = testClient();
let table: string;
let proxy: FaultyProxy;
let folder: string;

beforeEach(async () => {
  table = await freshTable();
  if (dynamodbEngine !== 'dynalite')
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: table,
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      }),
    );
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  folder = mkdtempSync(join(tmpdir(), 'recreate-'));
});
afterEach(async () => {
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = () => join(folder, 'settings.json');

function recreate(...more: readonly string[]): Promise<Ran> {
  const where = ['--table', table, '--endpoint', proxy.endpoint];
  return commandLine(['table', 'recreate', '--yes', '--json', ...where, ...more]);
}

const begin = (...more: readonly string[]) => recreate('--settings-file', file(), ...more);
const goOn = (...more: readonly string[]) => recreate('--from', file(), ...more);

async function describeNow(): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table!;
}

async function isTtlOn(): Promise<boolean> {
  const { TimeToLiveDescription: ttl } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: table }),
  );
  return ttl?.TimeToLiveStatus === 'ENABLED';
}

/** DescribeTable's answer as it is now, to be given again later. */
async function descriptionNow(): Promise<CannedAnswer> {
  const wire = (value: unknown): unknown => {
    if (value instanceof Date) return value.getTime() / 1_000;
    if (Array.isArray(value)) return value.map(wire);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, wire(content)]));
  };
  return { status: 200, body: { Table: wire(await describeNow()) } };
}

async function identityNow(): Promise<string> {
  return identityOf(await describeNow());
}

/** The operations that were sent after the deletion. */
function sentAfterDeletion(): string[] {
  const operations = proxy.recorded.map(({ operation }) => operation);
  return operations.slice(operations.lastIndexOf('DeleteTable') + 1);
}

describe('table recreate', () => {
  it('is not misled by answers of before: it waits until the table is gone, and then for the new one', async () => {
    const before = await descriptionNow();
    const described = { afterDeletion: 0, afterCreation: 0 };
    proxy.intercept = ({ operation }) => {
      const { DeleteTable = 0, CreateTable = 0 } = proxy.requests;
      if (operation !== 'DescribeTable' || DeleteTable === 0) return undefined;
      if (CreateTable === 0) return ++described.afterDeletion <= 2 ? before : undefined;
      return ++described.afterCreation <= 2 ? before : undefined;
    };
    expect(await begin()).toMatchObject({ code: 0 });
    expect(sentAfterDeletion().slice(0, 8)).toEqual([
      'DescribeTable',
      'DescribeTable',
      'DescribeTable',
      'CreateTable',
      'DescribeTable',
      'DescribeTable',
      'DescribeTable',
      'UpdateTimeToLive',
    ]);
    expect(await isTtlOn()).toBe(true);
  });

  it.each(['ResourceInUseException', 'LimitExceededException'])(
    'sends CreateTable again after a %s',
    async (error) => {
      proxy.intercept = ({ operation }) =>
        operation === 'CreateTable' && proxy.requests.CreateTable! <= 5 ? canned(error) : undefined;
      expect(await begin()).toMatchObject({ code: 0 });
      // The SDK repeats some of them four times by itself.
      expect(proxy.requests.CreateTable).toBe(6);
      expect(existsSync(file())).toBe(false);
    },
  );

  it('gives CreateTable up some time, with the error that it got', async () => {
    let sent = 0;
    class Command {}
    const inUse = Object.assign(new Error('in use'), { name: 'ResourceInUseException' });
    const gone = Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' });
    const sdk = {
      CreateTableCommand: class extends Command {},
      DescribeTableCommand: class extends Command {},
    };
    const scripted = {
      send: async (command: Command) => {
        if (command instanceof sdk.DescribeTableCommand) throw gone;
        sent++;
        throw inUse;
      },
    };
    const context = {
      connection: { send: (request: (connection: object) => unknown) => request({ client: scripted, sdk }) },
      settings: { table },
      io: { stderr: {} },
      output: {},
      signal: new AbortController().signal,
    } as unknown as Context;
    const blueprint = { table: {} as never, ttlAttribute: undefined, pointInTimeRecovery: false };
    await expect(create(context, { blueprint, identity: 'old' }, 0)).rejects.toBe(inUse);
    expect(sent).toBe(1);
    await expect(create(context, { blueprint, identity: 'old' }, 30)).rejects.toBe(inUse);
    expect(sent).toBeGreaterThan(2);
  });

  it('goes on when the answer to the deletion, or to the creation, is lost', async () => {
    await createDynamoCache({ table, client }).set('k', 1);
    const before = await identityNow();
    proxy.intercept = ({ operation }) =>
      ['DeleteTable', 'CreateTable'].includes(operation) && proxy.requests[operation] === 1
        ? 'lost-response'
        : undefined;
    expect(await begin()).toMatchObject({ code: 0 });
    expect(proxy.requests.DeleteTable).toBe(2);
    expect(await identityNow()).not.toBe(before);
    expect((await scanAll(table)).map((item) => item.pk?.S)).toEqual(['cache#~stamp:*']);
    expect(existsSync(file())).toBe(false);
  });

  it('waits for a table that is being deleted, the old one or another', async () => {
    const { body } = await descriptionNow();
    const { Table: old } = body as { Table: object };
    const being = (more: object) => ({
      status: 200,
      body: { Table: { ...old, TableStatus: 'DELETING', ...more } },
    });
    let told: CannedAnswer[] = [];
    proxy.intercept = ({ operation }) => {
      return operation === 'DescribeTable' && proxy.count('DeleteTable') > 0 ? told.shift() : undefined;
    };
    told = [being({ TableId: 'another', CreationDateTime: 1 })];
    expect(await begin()).toMatchObject({ code: 0 });

    await client.send(new DeleteTableCommand({ TableName: table }));
    const place = { endpoint: proxy.endpoint, region: 'us-east-1' };
    const identity = identityOf({ TableId: 'old' });
    const TableName = table;
    const { KeySchema, AttributeDefinitions } = old as TableDescription;
    const blueprint = {
      table: { TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' },
      pointInTimeRecovery: false,
    };
    writeFileSync(file(), JSON.stringify({ place, identity, blueprint, namespaces: [] }));
    told = [being({ TableId: 'old' }), being({ TableId: 'old' })];
    expect(await goOn()).toMatchObject({ code: 0 });
  });

  it('waits out what is said of a table that is new', async () => {
    const recovery = { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } };
    const refusals = new Map([
      ['UpdateTimeToLive', 'ResourceNotFoundException'],
      ['UpdateContinuousBackups', 'ContinuousBackupsUnavailableException'],
      ['PutItem', 'ResourceNotFoundException'],
    ]);
    proxy.intercept = ({ operation }) => {
      if (operation === 'DescribeContinuousBackups')
        return { status: 200, body: { ContinuousBackupsDescription: recovery } };
      const refusal = refusals.get(operation);
      refusals.delete(operation);
      if (refusal !== undefined) return canned(refusal);
      return operation === 'UpdateContinuousBackups' ? { status: 200, body: {} } : undefined;
    };
    expect(await begin()).toMatchObject({ code: 0 });
    expect(refusals.size).toBe(0);
    expect(await isTtlOn()).toBe(true);
    expect(await rawItem(table, 'cache#~stamp:*')).toBeDefined();
  });

  it('says that nobody knows, when the deletion is not answered; --from then tells, and does nothing', async () => {
    const before = await identityNow();
    proxy.intercept = ({ operation }) => (operation === 'DeleteTable' ? 'status-500' : undefined);
    const ended = await begin();
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      code: 'INCOMPLETE',
      message: expect.stringContaining(`Nobody knows whether the table ${table} was deleted`),
      hint: `Its settings are in ${file()}; go on with: dynamo-cache table recreate --table ${table} --endpoint ${proxy.endpoint} --from ${file()}`,
    });
    const kept = readFileSync(file(), 'utf8');
    proxy.intercept = undefined;
    proxy.reset();
    const refused = await goOn();
    expect(refused.code).toBe(2);
    expect(errorOf(refused)).toMatchObject({
      message: expect.stringContaining('was never deleted'),
      hint: expect.stringContaining('remove the file and run it without --from'),
    });
    expect(Object.keys(proxy.requests)).toEqual(['DescribeTable']);
    expect(await identityNow()).toBe(before);
    expect(readFileSync(file(), 'utf8')).toBe(kept);

    // Had it been deleted after all, the same file does it.
    await client.send(new DeleteTableCommand({ TableName: table }));
    expect(await goOn()).toMatchObject({ code: 0 });
    expect(await isTtlOn()).toBe(true);
  });

  it('keeps the settings when Ctrl-C ends the deletion', async () => {
    const interrupt = new AbortController();
    proxy.intercept = ({ operation }) => {
      if (operation !== 'DeleteTable') return undefined;
      interrupt.abort(new Error('interrupted'));
      return 'black-hole';
    };
    const where = ['--table', table, '--endpoint', proxy.endpoint, '--settings-file', file()];
    const ended = await commandLine(['table', 'recreate', '--yes', '--json', ...where], {
      signal: interrupt.signal,
    });
    expect(ended.code).toBe(130);
    expect(errorOf(ended).message).toContain('Nobody knows whether');
    expect(existsSync(file())).toBe(true);
  });

  it('knows nothing, too, when the deletion was refused at a second attempt', async () => {
    proxy.intercept = ({ operation }) => {
      if (operation !== 'DeleteTable') return undefined;
      return proxy.requests.DeleteTable === 1 ? 'lost-response' : 'access-denied';
    };
    expect(errorOf(await begin()).code).toBe('INCOMPLETE');
    proxy.intercept = undefined;
    expect(await goOn()).toMatchObject({ code: 0 });
  });

  it('is told in words when it is ended by Ctrl-C, with exit code 130', async () => {
    const interrupt = new AbortController();
    proxy.intercept = ({ operation }) => {
      if (operation !== 'CreateTable') return undefined;
      interrupt.abort(new Error('interrupted'));
      return 'black-hole';
    };
    const where = ['--table', table, '--endpoint', proxy.endpoint, '--settings-file', file()];
    const ended = await commandLine(['table', 'recreate', '--yes', '--json', ...where], {
      signal: interrupt.signal,
    });
    expect(ended.code).toBe(130);
    expect(errorOf(ended)).toMatchObject({
      code: 'INCOMPLETE',
      message: `The table ${table} is not complete: Interrupted.`,
      hint: expect.stringContaining(`--from ${file()}`),
    });
  });

  it('names what was denied, and where the settings are', async () => {
    proxy.intercept = ({ operation }) => (operation === 'CreateTable' ? 'access-denied' : undefined);
    const ended = await begin();
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      message: `The table ${table} is not complete: Not permitted: dynamodb:CreateTable on the table ${table}.`,
      hint: expect.stringContaining(file()),
    });
  });

  it('takes the table that an application has made meanwhile, and says how it differs', async () => {
    await client.send(new DeleteTableCommand({ TableName: table }));
    const keys = {
      TableName: table,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
    };
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const };
    const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
    const rich = { ...keys, BillingMode: 'PROVISIONED' as const, ProvisionedThroughput, StreamSpecification };
    await client.send(new CreateTableCommand(rich));
    let isFirst = true;
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'CreateTable' || !isFirst) return undefined;
      isFirst = false;
      await client.send(new CreateTableCommand({ ...keys, BillingMode: 'PAY_PER_REQUEST' }));
      return undefined;
    };
    const ended = await begin();
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(errorOf(ended)).toMatchObject({
      code: 'OTHER_SETTINGS',
      message: expect.stringContaining('not as it was: billing, stream.'),
    });
    expect(await rawItem(table, 'cache#~stamp:*')).toBeDefined();
    await client.send(new DeleteTableCommand({ TableName: table }));
    expect(await goOn()).toMatchObject({ code: 0 });
    expect(await describeNow()).toMatchObject({ ProvisionedThroughput, StreamSpecification });
  });

  it('--from makes no table at another endpoint or in another region', async () => {
    proxy.intercept = ({ operation }) => (operation === 'CreateTable' ? 'access-denied' : undefined);
    await begin();
    proxy.intercept = undefined;
    proxy.reset();
    const region = await goOn('--region', 'eu-west-3');
    expect(region.code).toBe(2);
    expect(errorOf(region).message).toContain('is of the region us-east-1, not of the region eu-west-3');
    const endpoint = await goOn('--endpoint', dynamodbEndpoint);
    expect(endpoint.code).toBe(2);
    expect(errorOf(endpoint).message).toContain(`is of the endpoint ${proxy.endpoint}`);
    expect(proxy.count('CreateTable')).toBe(0);
    await expect(describeNow()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each(['identity', 'namespaces', 'place'])('--from takes no file without its %s', async (name) => {
    proxy.intercept = ({ operation }) => (operation === 'CreateTable' ? 'access-denied' : undefined);
    await begin();
    const { [name]: _gone, ...rest } = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;
    writeFileSync(file(), JSON.stringify(rest));
    const refused = await goOn();
    expect(refused.code).toBe(2);
    expect(errorOf(refused).message).toContain('is not what a recreate leaves');
  });

  it('deletes nothing when its settings cannot be written, and names the option', async () => {
    const before = await identityNow();
    const refused = await recreate('--settings-file', join(folder, 'no', 'such', 'folder.json'));
    expect(refused.code).toBe(2);
    expect(errorOf(refused).message).toMatch(/^--settings-file: .*cannot be written: ENOENT/);
    expect(await identityNow()).toBe(before);
    expect(proxy.count('DeleteTable')).toBe(0);
  });

  it('is done although the file cannot be removed, and says so', async () => {
    proxy.intercept = ({ operation }) => {
      if (operation !== 'CreateTable') return undefined;
      rmSync(file());
      mkdirSync(file());
      return undefined;
    };
    const done = await begin();
    expect(resultOf(done)).toMatchObject({ table, recreated: true });
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('could not be removed') });
  });
});

describe('table delete', () => {
  it('ends when the table is gone, although an application has made a new one', async () => {
    let isFirst = true;
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'DescribeTable' || proxy.requests.DeleteTable === undefined || !isFirst)
        return undefined;
      isFirst = false;
      await client.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        }),
      );
      return undefined;
    };
    const line = ['table', 'delete', '--yes', '--table', table, '--endpoint', proxy.endpoint];
    expect(await commandLine(line)).toMatchObject({ code: 0 });
  });
});

it('a table without an id is known by when it was made', () => {
  const CreationDateTime = new Date(5);
  expect(identityOf({ TableId: 'a', CreationDateTime })).toBe('a');
  expect(identityOf({ CreationDateTime })).not.toBe(identityOf({ CreationDateTime: new Date(6) }));
});

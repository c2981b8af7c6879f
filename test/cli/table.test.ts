import { existsSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  UpdateTableCommand,
  type TableDescription,
  type Tag,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import {
  createTable,
  dropTable,
  dynamodbEngine,
  dynamodbEndpoint,
  freshTable,
  rawItem,
  scanAll,
  testClient,
} from '../support/dynamodb';
import { afterFile } from '../support/after-file';
import { FaultyProxy } from '../support/faulty-proxy';
import { commandLine, errorOf, onTable, resultOf } from './command-line';

const client = testClient();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'table-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function newName(): string {
  const name = `test-${randomUUID()}`;
  afterFile(() => dropTable(name));
  return name;
}

async function describeNow(table: string): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table!;
}

async function ttlOf(table: string): Promise<string | undefined> {
  const { TimeToLiveDescription: ttl } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: table }),
  );
  return ttl?.TimeToLiveStatus === 'ENABLED' ? ttl.AttributeName : undefined;
}

// DynamoDB Local takes tags and keeps none.
const HAS_TAGS = dynamodbEngine === 'dynoxide';

async function tagsOf({ TableArn: ResourceArn }: TableDescription): Promise<Tag[]> {
  if (!HAS_TAGS) return [];
  const { Tags = [] } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  return Tags;
}

describe('table create', () => {
  it('makes an on-demand table with TTL, which an application can use', async () => {
    const table = newName();
    const ran = await onTable(table)(['table', 'create']);
    expect(ran).toMatchObject({
      code: 0,
      err: '',
      out: `${table} created: TTL is on, by the attribute "ttl".\n`,
    });
    expect(await describeNow(table)).toMatchObject({
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
    expect(await ttlOf(table)).toBe('ttl');
    const app = createDynamoCache({ table, client });
    await app.set('k', 1);
    expect(await app.get('k')).toBe(1);
  });

  it.each<[string, string[], string, string[]]>([
    ['pk/sk/ttl', ['pk HASH', 'sk RANGE'], 'ttl', []],
    ['id/cached_value/expires_at', ['id HASH'], 'expires_at', []],
    ['key/value/ttl', ['key HASH'], 'ttl', []],
    ['key/value/ttl', ['key HASH'], 'ends', [',ttl=ends']],
  ])('makes a table of the layout %s', async (preset, keys, ttl, [more = '']) => {
    const table = newName();
    const cli = onTable(table, '--layout', preset + more);
    expect((await cli(['table', 'create'])).code).toBe(0);
    const { KeySchema = [] } = await describeNow(table);
    expect(KeySchema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`)).toEqual(keys);
    expect(await ttlOf(table)).toBe(ttl);
    expect((await cli(['set', 'k', '1', '--ttl', '1h'])).code).toBe(0);
    const layout = { preset: preset as 'key/value/ttl', ...(more && { ttl }) };
    expect(await createDynamoCache({ table, client, layout }).get('k')).toBe(1);
  });

  it('makes what it is asked for', async () => {
    const table = newName();
    const line = [
      'table',
      'create',
      '--stream',
      'NEW_IMAGE',
      '--read-units',
      '5',
      '--write-units',
      '6',
      '--tag',
      'team=web',
      'stage=a=b',
    ];
    const { code } = await onTable(table, '--layout', 'partitionKey=id,sortKey=range,ttl=expires')(line);
    expect(code).toBe(0);
    const made = await describeNow(table);
    expect(made).toMatchObject({
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'range', KeyType: 'RANGE' },
      ],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    expect(await ttlOf(table)).toBe('expires');
    const tags = await tagsOf(made);
    if (HAS_TAGS)
      expect(tags).toEqual(
        expect.arrayContaining([
          { Key: 'team', Value: 'web' },
          { Key: 'stage', Value: 'a=b' },
        ]),
      );
  });

  it('mends the TTL of a table that exists, and says what it left as it was', async () => {
    const table = await freshTable();
    const ran = await onTable(table)(['table', 'create', '--stream', '--json']);
    expect(resultOf(ran)).toEqual({ table, created: false, ready: true });
    expect(ran.err).toContain('existed already');
    expect(await ttlOf(table)).toBe('ttl');
    expect((await describeNow(table)).StreamSpecification?.StreamEnabled ?? false).toBe(false);
  });

  it('refuses a table of another shape', async () => {
    const table = await freshTable({ partitionKey: 'id' });
    const ran = await onTable(table)(['table', 'create', '--json']);
    expect(ran.code).toBe(1);
    expect(errorOf(ran)).toMatchObject({
      code: 'OTHER_SHAPE',
      message: expect.stringContaining('its keys are id (HASH, S)'),
    });
  });
});

describe('table describe', () => {
  it('shows what the table is', async () => {
    const table = newName();
    await onTable(table)(['table', 'create', '--stream']);
    const facts = resultOf(await onTable(table)(['table', 'describe', '--json']));
    expect(facts).toMatchObject({
      table,
      status: 'ACTIVE',
      billing: 'PAY_PER_REQUEST',
      keys: [{ name: 'pk', role: 'partition key', type: 'S' }],
      ttl: { status: 'ENABLED', attribute: 'ttl' },
      stream: { view: 'KEYS_ONLY' },
      items: 0,
    });
    const { out } = await onTable(table)(['table', 'describe']);
    expect(out).toMatch(/^ttl +ENABLED by "ttl"$/m);
    expect(out).toMatch(/^billing +on-demand$/m);
  });
});

describe('table delete', () => {
  it('deletes after a yes, and waits until it is gone', async () => {
    const table = await createTable();
    afterFile(() => dropTable(table));
    expect((await onTable(table)(['table', 'delete'])).code).toBe(2);
    expect((await onTable(table)(['table', 'delete'], { terminal: true, stdin: 'n\n' })).code).toBe(1);
    expect((await describeNow(table)).TableStatus).toBe('ACTIVE');
    expect((await onTable(table)(['table', 'delete', '--yes'])).code).toBe(0);
    await expect(describeNow(table)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const again = await onTable(table)(['table', 'delete', '--yes', '--json']);
    expect(again.code).toBe(3);
    expect(errorOf(again)).toMatchObject({ code: 'NO_TABLE', hint: expect.stringContaining('table create') });
  });
});

describe('table recreate', () => {
  const file = () => join(folder, 'settings.json');
  const recreate = (table: string, ...more: readonly string[]) =>
    onTable(table, '--json')(['table', 'recreate', '--yes', '--settings-file', file(), ...more]);

  async function richTable(): Promise<string> {
    const table = newName();
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PROVISIONED',
        ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 8 },
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'other', AttributeType: 'N' },
        ],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-other',
            KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
            ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
          },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
        Tags: [{ Key: 'team', Value: 'web' }],
      }),
    );
    await onTable(table)(['table', 'create']);
    return table;
  }

  const settingsOf = (made: TableDescription) => ({
    keys: made.KeySchema,
    attributes: [...(made.AttributeDefinitions ?? [])].sort((a, b) =>
      a.AttributeName! < b.AttributeName! ? -1 : 1,
    ),
    units: [made.ProvisionedThroughput?.ReadCapacityUnits, made.ProvisionedThroughput?.WriteCapacityUnits],
    indexes: made.GlobalSecondaryIndexes?.map(
      ({ IndexName, KeySchema, Projection, ProvisionedThroughput: units }) => ({
        IndexName,
        KeySchema,
        Projection,
        units: [units?.ReadCapacityUnits, units?.WriteCapacityUnits],
      }),
    ),
    stream: made.StreamSpecification,
  });

  it('empties the table and keeps its settings, indexes, stream, TTL and tags', async () => {
    const table = await richTable();
    await createDynamoCache({ table, client }).set('k', 1);
    const before = await describeNow(table);
    expect((await recreate(table)).code).toBe(0);
    const after = await describeNow(table);
    expect(settingsOf(after)).toEqual(settingsOf(before));
    expect(await ttlOf(table)).toBe('ttl');
    const tags = await tagsOf(after);
    expect(tags).toEqual(HAS_TAGS ? [{ Key: 'team', Value: 'web' }] : []);
    expect((await scanAll(table)).map((item) => item.pk?.S)).toEqual(['cache#~stamp:*']);
    expect(existsSync(file())).toBe(false);
  });

  it('keeps the billing mode of an on-demand table', async () => {
    const table = await freshTable();
    await recreate(table);
    expect((await describeNow(table)).BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(await ttlOf(table)).toBeUndefined();
  });

  it('keeps out what was loaded before, in every namespace that it knows', async () => {
    const table = await freshTable();
    const slowly = (namespace: string) => {
      const app = createDynamoCache({ table, client, namespace, consistentRead: true });
      let release = (_value: string): void => undefined;
      const slow = app.getOrLoad('k', () => new Promise<string>((resolve) => (release = resolve)));
      return { app, finish: async () => (release('from before'), slow) };
    };
    await createDynamoCache({ table, client, namespace: 'seen' }).set('other', 1);
    const given = slowly('given');
    const seen = slowly('seen');
    for (const { app } of [given, seen])
      await expect.poll(() => app.stats().store.operations).toBeGreaterThan(0);
    await onTable(table, '--namespace', 'given')(['table', 'recreate', '--yes', '--settings-file', file()]);
    for (const { app, finish } of [given, seen]) {
      expect(await finish()).toBe('from before');
      const other = createDynamoCache({
        table,
        client,
        namespace: app === given.app ? 'given' : 'seen',
        consistentRead: true,
      });
      expect(await other.get('k')).toBeUndefined();
    }
  });

  it('fails no call of an application that goes on meanwhile', async () => {
    const table = await richTable();
    const quiet = { warn: () => undefined, error: () => undefined };
    const app = createDynamoCache({ table, client, timeout: '2s', logger: quiet });
    let isOver = false;
    const counts = { calls: 0, wrong: 0 };
    const live = async (worker: number) => {
      for (let i = 0; !isOver; i++) {
        const key = `k${worker}-${i % 5}`;
        const value = await app.getOrLoad(key, () => `value of ${key}`).catch((error: unknown) => error);
        counts.calls++;
        if (value !== `value of ${key}`) counts.wrong++;
        if (i % 7 === 0) await app.delete(key);
        await new Promise(setImmediate);
      }
    };
    const workers = [0, 1, 2, 3].map(live);
    try {
      await expect.poll(() => counts.calls).toBeGreaterThan(50);
      const before = counts.calls;
      expect((await recreate(table)).code).toBe(0);
      await expect.poll(() => counts.calls).toBeGreaterThan(before + 50);
    } finally {
      isOver = true;
      await Promise.all(workers);
      await app.close();
    }
    expect(counts.wrong).toBe(0);
  });

  it.skipIf(dynamodbEngine === 'dynalite')('refuses a protected table, and asks before others', async () => {
    const table = newName();
    await onTable(table)(['table', 'create', '--deletion-protection']);
    const isProtected = (await describeNow(table)).DeletionProtectionEnabled;
    const unprotected = { TableName: table, DeletionProtectionEnabled: false };
    afterFile(async () => isProtected && client.send(new UpdateTableCommand(unprotected)));
    if (isProtected) {
      expect(errorOf(await recreate(table))).toMatchObject({
        code: 'PROTECTED',
        hint: expect.stringContaining('--no-deletion-protection'),
      });
      expect(errorOf(await onTable(table, '--json')(['table', 'delete', '--yes'])).code).toBe('PROTECTED');
    }
    const open = await freshTable();
    expect((await onTable(open)(['table', 'recreate'])).code).toBe(2);
    expect((await describeNow(open)).TableStatus).toBe('ACTIVE');
  });

  it('leaves the settings in a file when it is ended halfway, and goes on from there', async () => {
    const table = await richTable();
    const before = await describeNow(table);
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    try {
      proxy.intercept = ({ operation }) => (operation === 'CreateTable' ? 'access-denied' : undefined);
      const line = ['table', 'recreate', '--yes', '--json', '--table', table, '--endpoint', proxy.endpoint];
      const ended = await commandLine([...line, '--settings-file', file()]);
      expect(ended.code).toBe(1);
      expect(errorOf(ended)).toMatchObject({
        code: 'INCOMPLETE',
        hint: expect.stringContaining(`--from ${file()}`),
      });
      await expect(describeNow(table)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
      proxy.intercept = undefined;
      expect(
        errorOf(
          await commandLine([...line.map((word) => (word === table ? 'another' : word)), '--from', file()]),
        ).message,
      ).toContain('not of another');
      expect((await commandLine([...line, '--from', file()])).code).toBe(0);
    } finally {
      await proxy.close();
    }
    expect(settingsOf(await describeNow(table))).toEqual(settingsOf(before));
    expect(await ttlOf(table)).toBe('ttl');
    expect(existsSync(file())).toBe(false);
  });

  it.each(['ListTagsOfResource', 'DescribeContinuousBackups', 'DeleteTable'])(
    'does nothing when %s is denied, and leaves no file',
    async (denied) => {
      const table = await richTable();
      const before = await describeNow(table);
      const proxy = await FaultyProxy.start(dynamodbEndpoint);
      try {
        proxy.intercept = ({ operation }) => (operation === denied ? 'access-denied' : undefined);
        const line = ['table', 'recreate', '--yes', '--json', '--table', table, '--endpoint', proxy.endpoint];
        expect((await commandLine([...line, '--settings-file', file()])).code).toBe(1);
      } finally {
        await proxy.close();
      }
      expect((await describeNow(table)).TableId).toBe(before.TableId);
      expect(existsSync(file())).toBe(false);
    },
  );

  it('does not write over the settings of a run that did not finish, such as one that might not switch TTL on', async () => {
    const table = await richTable();
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    try {
      proxy.intercept = ({ operation }) => (operation === 'UpdateTimeToLive' ? 'access-denied' : undefined);
      const line = ['table', 'recreate', '--yes', '--json', '--table', table, '--endpoint', proxy.endpoint];
      expect(errorOf(await commandLine([...line, '--settings-file', file()]))).toMatchObject({
        code: 'INCOMPLETE',
      });
      const kept = readFileSync(file(), 'utf8');
      proxy.intercept = undefined;
      const again = await commandLine([...line, '--settings-file', file()]);
      expect(again.code).toBe(2);
      expect(errorOf(again).hint).toContain(`--from ${file()}`);
      expect(readFileSync(file(), 'utf8')).toBe(kept);
      expect((await commandLine([...line, '--from', file()])).code).toBe(0);
    } finally {
      await proxy.close();
    }
    expect(await ttlOf(table)).toBe('ttl');
  });

  it('is not misled by a file that is none', async () => {
    for (const text of ['nonsense', '{}', 'null']) {
      writeFileSync(file(), text);
      expect((await recreate(newName(), '--from', file())).code).toBe(2);
      expect(readFileSync(file(), 'utf8')).toBe(text);
    }
    rmSync(file());
  });
});

describe('table doctor', () => {
  const doctor = async (table: string, ...more: string[]) => {
    const ran = await onTable(table, '--json')(['table', 'doctor', ...more]);
    const { findings } = resultOf<{
      findings: { check: string; verdict: string; message: string; fix?: string }[];
    }>(ran);
    const of = (check: string) => findings.find((finding) => finding.check === check);
    return { code: ran.code, findings, of };
  };

  it('finds a table of table create well, and leaves nothing behind', async () => {
    const table = newName();
    await onTable(table)(['table', 'create']);
    const { code, findings } = await doctor(table);
    expect(findings.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'unknown')).toEqual([]);
    expect(code).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'keys',
        'ttl',
        'billing',
        'stream',
        'dynamodb:GetItem',
        'dynamodb:PartiQLDelete',
        'items',
        'clock',
      ]),
    );
    expect(await scanAll(table)).toEqual([]);
  });

  it('finds TTL off, and a mistaken unit, and says how to mend them', async () => {
    const table = await freshTable();
    const ms = String(Date.now() + 60_000);
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'cache#a' }, ttl: { N: ms } } }),
    );
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'cache#b' }, ttl: { S: 'soon' } } }),
    );
    const { code, findings, of } = await doctor(table);
    expect(code).toBe(1);
    expect(of('ttl')).toMatchObject({
      verdict: 'wrong',
      fix: expect.stringContaining(`dynamo-cache table create --table ${table}`),
    });
    const items = findings.filter(({ check }) => check === 'items').map(({ message }) => message);
    expect(items).toEqual([
      expect.stringContaining('1 of 2 have a TTL in milliseconds'),
      expect.stringContaining('1 of 2 have a TTL that is no number'),
    ]);
  });

  it('finds keys of another name, and a layout that fits them', async () => {
    const table = await freshTable({ partitionKey: 'id', sortKey: 'range' });
    const { code, of } = await doctor(table);
    expect(code).toBe(1);
    expect(of('keys')).toMatchObject({
      verdict: 'wrong',
      fix: expect.stringContaining('--layout partitionKey=id,sortKey=range'),
    });
    expect((await doctor(table, '--layout', 'partitionKey=id,sortKey=range')).of('keys')?.verdict).toBe('ok');
  });

  it('finds a permission that is missing, on which table, and goes on', async () => {
    const table = newName();
    await onTable(table)(['table', 'create']);
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    try {
      proxy.intercept = ({ operation }) =>
        ['PutItem', 'Scan'].includes(operation) ? 'access-denied' : undefined;
      const ran = await commandLine([
        'table',
        'doctor',
        '--json',
        '--table',
        table,
        '--endpoint',
        proxy.endpoint,
      ]);
      const { findings } = resultOf<{ findings: { check: string; verdict: string }[] }>(ran);
      expect(findings).toContainEqual(
        expect.objectContaining({ check: 'dynamodb:PutItem', verdict: 'wrong' }),
      );
      expect(findings).toContainEqual(expect.objectContaining({ check: 'dynamodb:Scan', verdict: 'advice' }));
      expect(findings).toContainEqual(expect.objectContaining({ check: 'dynamodb:GetItem', verdict: 'ok' }));
    } finally {
      await proxy.close();
    }
    expect(await rawItem(table, 'cache#~doctor')).toBeUndefined();
  });
});

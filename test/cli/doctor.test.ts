/** The doctor's trials: what may not be asked for is a finding, it goes on, and nothing is changed. */
import { randomBytes, randomUUID } from 'node:crypto';
import { DescribeTableCommand, PutItemCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/cli/finding';
import { createDynamoCache } from '../../lib/core';
import { OPERATIONS } from '../../lib/infra/operations';
import { Addresses } from '../../lib/key/addresses';
import { afterFile } from '../support/after-file';
import {
  dropTable,
  dynamodbEngine,
  dynamodbEndpoint,
  freshTable,
  scanAll,
  testClient,
} from '../support/dynamodb';
import { FaultyProxy, canned } from '../support/faulty-proxy';
import { commandLine, errorOf, onTable, resultOf } from './command-line';

const client = testClient();
const isWhole = dynamodbEngine !== 'dynalite';
let proxy: FaultyProxy;

beforeEach(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
afterEach(() => proxy.close());

async function newTable(...more: readonly string[]): Promise<string> {
  const table = `test-${randomUUID()}`;
  afterFile(() => dropTable(table));
  await onTable(table)(['table', 'create', ...more]);
  return table;
}

async function doctor(table: string, ...more: readonly string[]) {
  const where = ['--table', table, '--endpoint', proxy.endpoint];
  const ran = await commandLine(['table', 'doctor', '--json', ...where, ...more]);
  const { findings, well } = resultOf<{ findings: Finding[]; well: boolean }>(ran);
  const of = (check: string) => findings.find((finding) => finding.check === check);
  return { code: ran.code, well, findings, of };
}

function deny(...operations: readonly string[]): void {
  proxy.intercept = ({ operation }) => (operations.includes(operation) ? 'access-denied' : undefined);
}

const permissionOf = ({ name, permission = name }: (typeof OPERATIONS)[number]) => permission;

describe.skipIf(!isWhole)('table doctor', () => {
  it('tries every operation that anything here sends, but for those it names, and finds all permitted', async () => {
    const table = await newTable('--stream');
    const { code, findings, of } = await doctor(table);
    const tried = findings.filter(({ check }) => check.startsWith('dynamodb:'));
    expect(tried.filter(({ verdict }) => verdict === 'wrong' || verdict === 'advice')).toEqual([]);
    const untried = of('not tried')?.message.split(':')[0]?.split(', ') ?? [];
    expect(untried).toEqual(['CreateTable', 'TagResource', 'DeleteTable', 'UpdateContinuousBackups']);
    expect([...tried.map(({ check }) => check.replace('dynamodb:', '')), ...untried].sort()).toEqual(
      OPERATIONS.map(permissionOf).sort(),
    );
    const unknown = tried.filter(({ verdict }) => verdict === 'unknown').map(({ check }) => check);
    // What engines for development lack.
    expect(unknown.filter((check) => !/ContinuousBackups|Tags/.test(check))).toEqual([]);
    expect(of('not tried')?.fix).toBe(`dynamo-cache iam --setup --operator --table ${table}`);
    expect(code).toBe(0);
  });

  it('changes nothing: neither items nor the table', async () => {
    const table = await newTable('--stream');
    await createDynamoCache({ table, client }).set('k', 1);
    const described = async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
      const { TableStatus, StreamSpecification, LatestStreamArn, GlobalSecondaryIndexes } = Table!;
      return { TableStatus, StreamSpecification, LatestStreamArn, GlobalSecondaryIndexes };
    };
    const before = { items: await scanAll(table), table: await described() };
    await doctor(table);
    expect({ items: await scanAll(table), table: await described() }).toEqual(before);
    const untouched = ['CreateTable', 'DeleteTable', 'UpdateContinuousBackups'];
    expect(Object.keys(proxy.requests).filter((name) => untouched.includes(name))).toEqual([]);
    const writes = proxy.recorded.filter(({ operation }) => /^(Put|Update|Delete)Item$/.test(operation));
    expect(writes).toHaveLength(3);
    for (const { body } of writes) expect(body).toHaveProperty('ConditionExpression');
  });

  it.each([
    ['GetItem', 'wrong', '--runtime'],
    ['BatchGetItem', 'wrong', '--runtime'],
    ['PutItem', 'wrong', '--runtime'],
    ['BatchWriteItem', 'wrong', '--runtime'],
    ['UpdateItem', 'advice', '--operator'],
    ['DeleteItem', 'advice', '--operator'],
    ['Scan', 'advice', '--operator'],
    ['BatchExecuteStatement', 'advice', '--operator'],
    ['DescribeTable', 'advice', '--setup'],
    ['DescribeTimeToLive', 'advice', '--setup'],
    ['UpdateTimeToLive', 'advice', '--setup'],
    ['UpdateTable', 'advice', '--setup'],
    ['DescribeContinuousBackups', 'advice', '--operator'],
    ['ListTagsOfResource', 'advice', '--operator'],
    ['DescribeStream', 'advice', '--stream'],
    ['GetShardIterator', 'advice', '--stream'],
    ['GetRecords', 'advice', '--stream'],
  ])('finds that %s is denied (%s), which iam %s mends, and goes on', async (operation, verdict, flag) => {
    const table = await newTable('--stream');
    deny(operation);
    const { code, of, findings } = await doctor(table);
    const action = operation === 'BatchExecuteStatement' ? 'PartiQLDelete' : operation;
    expect(of(`dynamodb:${action}`)).toMatchObject({
      verdict,
      message: expect.stringContaining('not permitted on'),
      fix: `dynamo-cache iam ${flag} --table ${table}`,
    });
    expect(code).toBe(verdict === 'wrong' ? 1 : 0);
    const others = findings.filter(({ verdict: each }) => each === 'wrong' || each === 'advice');
    expect(others).toHaveLength(1);
    expect(of('clock')).toBeDefined();
  });

  it('goes on without DescribeTable, and says what it cannot know', async () => {
    const table = await newTable('--stream');
    deny('DescribeTable');
    const { of, findings } = await doctor(table);
    for (const check of ['keys', 'billing', 'stream'])
      expect(of(check)).toMatchObject({
        verdict: 'unknown',
        message: 'not known without dynamodb:DescribeTable',
      });
    expect(of('ttl')?.verdict).toBe('ok');
    expect(of('dynamodb:PutItem')?.verdict).toBe('ok');
    expect(of('items')?.verdict).toBe('ok');
    expect(of('dynamodb:ListTagsOfResource')).toMatchObject({
      verdict: 'unknown',
      message: expect.stringContaining('ARN'),
    });
    expect(findings.some(({ check }) => check === 'dynamodb:DescribeStream')).toBe(false);
    const where = ['--table', table, '--endpoint', proxy.endpoint];
    const { out } = await commandLine(['table', 'doctor', ...where]);
    expect(out).toContain(`${table} is well, as far as could be seen.`);
    // Where engines for development lack something, too.
    proxy.intercept = ({ operation }) =>
      /Backups|Tags/.test(operation) ? { status: 200, body: {} } : undefined;
    expect((await commandLine(['table', 'doctor', ...where])).out).not.toContain('well, as far');
  });

  it('with nothing permitted is a list of what is missing', async () => {
    const table = await newTable();
    proxy.mode = 'access-denied';
    const { code, findings } = await doctor(table);
    expect(code).toBe(1);
    const denied = findings.filter(({ message }) => message.startsWith('not permitted'));
    expect(denied.map(({ check }) => check)).toEqual(
      expect.arrayContaining(
        ['GetItem', 'PutItem', 'DescribeTable', 'UpdateTable'].map((name) => `dynamodb:${name}`),
      ),
    );
  });

  it('says that the table is missing, although DescribeTable is denied', async () => {
    deny('DescribeTable');
    const where = ['--table', 'no-such-table', '--endpoint', proxy.endpoint];
    const ran = await commandLine(['table', 'doctor', '--json', ...where]);
    expect(ran.code).toBe(3);
    expect(errorOf(ran).code).toBe('NO_TABLE');
  });

  it('ends when nothing can be asked at all', async () => {
    proxy.intercept = ({ operation }) =>
      operation === 'DescribeTable' ? canned('UnrecognizedClientException') : undefined;
    const where = ['--table', 'some', '--endpoint', proxy.endpoint];
    const ran = await commandLine(['table', 'doctor', '--json', ...where]);
    expect({ code: ran.code, error: errorOf(ran).code }).toEqual({ code: 1, error: 'BAD_CREDENTIALS' });
  });

  it('ends by Ctrl-C without a verdict', async () => {
    const table = await newTable();
    const interrupt = new AbortController();
    proxy.intercept = ({ operation }) => {
      if (operation !== 'BatchGetItem') return undefined;
      interrupt.abort(new Error('interrupted'));
      return 'black-hole';
    };
    const where = ['--table', table, '--endpoint', proxy.endpoint];
    const ran = await commandLine(['table', 'doctor', ...where], { signal: interrupt.signal });
    expect(ran).toMatchObject({ code: 130, out: '' });
  });

  it('asks for TTL to be switched on only where it is on, by the same attribute', async () => {
    const table = await freshTable();
    const off = await doctor(table);
    expect(off.of('not tried')?.message).toContain('UpdateTimeToLive');
    expect(proxy.count('UpdateTimeToLive')).toBe(0);
    const TimeToLiveSpecification = { AttributeName: 'other', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
    expect((await doctor(table)).of('dynamodb:UpdateTimeToLive')?.verdict).toBe('ok');
    expect(proxy.recorded.find(({ operation }) => operation === 'UpdateTimeToLive')?.body).toMatchObject({
      TimeToLiveSpecification,
    });
  });

  it('tries no item where the keys are others', async () => {
    const table = await freshTable({ partitionKey: 'id' });
    const { findings } = await doctor(table);
    expect(findings.some(({ check }) => check.endsWith('Item'))).toBe(false);
    expect(proxy.count('PutItem', 'GetItem', 'Scan')).toBe(0);
  });

  it('leaves TTL alone while it is being switched off', async () => {
    const table = await newTable();
    const TimeToLiveDescription = { TimeToLiveStatus: 'DISABLING', AttributeName: 'ttl' };
    proxy.intercept = ({ operation }) =>
      operation === 'DescribeTimeToLive' ? { status: 200, body: { TimeToLiveDescription } } : undefined;
    const { of } = await doctor(table);
    expect(of('ttl')).toMatchObject({ verdict: 'wrong', message: 'is being switched off' });
    expect(of('not tried')?.message).toContain('UpdateTimeToLive');
    expect(proxy.count('UpdateTimeToLive')).toBe(0);
  });

  it('finds what a batch of statements denies inside its answer, and on what', async () => {
    const table = await newTable();
    const arn = `arn:aws:dynamodb:us-east-1:1:table/${table}`;
    const Message = `User: arn:aws:iam::1:user/eve is not authorized to perform: dynamodb:PartiQLDelete on resource: ${arn}`;
    const body = { Responses: [{ Error: { Code: 'AccessDenied', Message } }] };
    proxy.intercept = ({ operation }) =>
      operation === 'BatchExecuteStatement' ? { status: 200, body } : undefined;
    expect((await doctor(table)).of('dynamodb:PartiQLDelete')).toMatchObject({
      verdict: 'advice',
      message: expect.stringContaining(`not permitted on ${arn}`),
    });
  });

  it('does not read a stream that was switched off, whose name is still told', async () => {
    const table = await newTable();
    const keys = [{ AttributeName: 'pk', KeyType: 'HASH', AttributeType: 'S' }];
    const Table = {
      TableName: table,
      TableStatus: 'ACTIVE',
      LatestStreamArn: `arn:aws:dynamodb:us-east-1:1:table/${table}/stream/2026`,
      KeySchema: keys,
      AttributeDefinitions: keys,
    };
    proxy.intercept = ({ operation }) =>
      operation === 'DescribeTable' ? { status: 200, body: { Table } } : undefined;
    const { of } = await doctor(table);
    expect(of('stream')?.message).toMatch(/^off/);
    expect(of('dynamodb:DescribeStream')).toBeUndefined();
  });

  it('takes what stands after an earlier one for no proof', async () => {
    const table = await newTable('--stream');
    deny('DescribeStream');
    const { of } = await doctor(table);
    for (const action of ['GetShardIterator', 'GetRecords'])
      expect(of(`dynamodb:${action}`)).toMatchObject({
        verdict: 'unknown',
        message: expect.stringContaining('could not be tried'),
      });
  });

  it('finds nothing wrong with chunks, locks, leases and stamps', async () => {
    const table = await newTable();
    const app = createDynamoCache({ table, client, timeout: '10s' });
    await app.set('large', randomBytes(900_000));
    await app.getOrLoad('leased', () => 1, { lease: true });
    await app.evictTags('tag');
    await app.set('gone', 1);
    await app.delete('gone');
    await app.add('counted', 1);
    const lock = await app.lock('locked', { ttl: '1m' });
    expect(lock).toBeDefined();
    const addresses = (await scanAll(table)).map(({ pk }) => pk?.S);
    expect(addresses).toEqual(expect.arrayContaining([new Addresses('cache').lock('locked')]));
    expect(addresses.filter((address) => address?.includes('~chunk:'))).toHaveLength(3);
    const { of, well } = await doctor(table);
    expect(of('items')).toMatchObject({
      verdict: 'ok',
      message: expect.stringContaining(`${addresses.length} looked at`),
    });
    expect(well).toBe(true);
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          pk: { S: 'cache#k' },
          end: { N: String(Date.now() + 3_600_000) },
          ttl: { N: String(Math.floor(Date.now() / 1_000) + 60) },
        },
      }),
    );
    expect((await doctor(table)).of('items')).toMatchObject({
      verdict: 'wrong',
      message: expect.stringContaining('deleted before they end'),
    });
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../lib/infra/operations';
import type { PolicyDocument as Policy } from '../../lib/infra/permissions';
import { commandLine, errorOf, resultOf } from './command-line';

/** The operations whose commands a folder of the source makes. */
function sentBy(folder: string): string[] {
  const files = readdirSync(join('lib', folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const text = files.map((name) => readFileSync(join('lib', folder, name), 'utf8')).join('\n');
  return [
    ...new Set([...text.matchAll(/new (?:sdk\.)?([A-Z]\w+)Command\(/g)].map(([, name]) => name!)),
  ].sort();
}

const of = (...purposes: string[]) =>
  OPERATIONS.filter((operation) => operation.purposes.some((purpose) => purposes.includes(purpose)))
    .map(({ name }) => name)
    .sort();

async function policy(...args: string[]): Promise<Policy> {
  return resultOf<Policy>(
    await commandLine(['iam', '--table', 'cache-prod', ...args], { env: { AWS_REGION: undefined } }),
  );
}

const actions = ({ Statement }: Policy) => Statement.flatMap(({ Action }) => Action).sort();

describe('the list of operations', () => {
  it('is what the library sends, no more and no less', () => {
    expect(of('runtime', 'clearPrefix', 'setup', 'stream')).toEqual(sentBy('dynamodb'));
  });

  it('has for operators what the command line sends itself, and what it sends through the library', () => {
    // The doctor tries it, in a way that changes nothing, for those who set tables up.
    expect(sentBy('cli').filter((name) => !of('operator').includes(name))).toEqual(['UpdateTable']);
    const through = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateTimeToLive', 'DescribeTimeToLive'];
    expect(of('operator').filter((name) => !sentBy('cli').includes(name) && !through.includes(name))).toEqual(
      [],
    );
  });
});

describe('iam', () => {
  it('allows a cache that serves four operations, and no Scan', async () => {
    const { Statement } = await policy();
    expect(Statement).toEqual([
      {
        Sid: 'CacheItems',
        Effect: 'Allow',
        Action: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem'].map((name) => `dynamodb:${name}`),
        Resource: 'arn:aws:dynamodb:*:*:table/cache-prod',
      },
    ]);
  });

  it('names the table as closely as it is told', async () => {
    const arn = 'arn:aws-cn:dynamodb:cn-north-1:123456789012:table/cache-prod';
    const named = await policy(
      '--region',
      'cn-north-1',
      '--account',
      '123456789012',
      '--partition',
      'aws-cn',
    );
    expect(named.Statement[0]?.Resource).toBe(arn);
    expect((await policy('--table', arn)).Statement[0]?.Resource).toBe(arn);
    expect((await commandLine(['iam', '--account', '12'])).code).toBe(2);
  });

  it('fences a namespace off, and what names no key', async () => {
    const { Statement } = await policy('--namespace', 'shop*', '--runtime', '--clear-prefix');
    const [items, table] = Statement;
    expect(items?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['shop${*}#*', 'shop${*}@*'] },
      Null: { 'dynamodb:LeadingKeys': ['false'] },
    });
    expect(table).toEqual(expect.objectContaining({ Action: ['dynamodb:Scan'] }));
    expect(table?.Condition).toBeUndefined();
    const one = await policy('--namespace', 'shop@2');
    expect(JSON.stringify(one)).toContain('"shop@2#*"');
    expect(JSON.stringify(one)).not.toContain('shop@*');
    expect((await commandLine(['iam', '--operator', '--namespace', 'shop'])).code).toBe(2);
  });

  it('gives each purpose what is its own', async () => {
    expect(actions(await policy('--setup'))).toEqual(
      ['CreateTable', 'DescribeTable', 'DescribeTimeToLive', 'UpdateTable', 'UpdateTimeToLive'].map(
        (name) => `dynamodb:${name}`,
      ),
    );
    const stream = await policy('--stream');
    expect(stream.Statement.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:dynamodb:*:*:table/cache-prod',
      'arn:aws:dynamodb:*:*:table/cache-prod/stream/*',
    ]);
    expect(actions(stream)).not.toContain('dynamodb:BatchGetItem');
    expect(actions(await policy('--tail'))).toEqual([...actions(stream), 'dynamodb:BatchGetItem'].sort());
    expect(actions(await policy('--operator'))).toContain('dynamodb:PartiQLDelete');
    expect(actions(await policy('--operator'))).toContain('dynamodb:TagResource');
    expect(actions(await policy('--operator'))).not.toContain('dynamodb:BatchExecuteStatement');
    expect(actions(await policy('--runtime', '--setup'))).toContain('dynamodb:GetItem');
  });

  it("lets a key of one's own be used through DynamoDB, in its region", async () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const { Statement } = await policy('--kms-key', key, '--stream');
    expect(Statement.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      ['CacheTable', 'arn:aws:dynamodb:eu-central-1:*:table/cache-prod'],
      ['CacheStream', 'arn:aws:dynamodb:eu-central-1:*:table/cache-prod/stream/*'],
      ['CacheKey', key],
    ]);
    expect(Statement.at(-1)).toMatchObject({
      Action: ['kms:Decrypt', 'kms:DescribeKey'],
      Condition: { StringEquals: { 'kms:ViaService': ['dynamodb.eu-central-1.amazonaws.com'] } },
    });
  });

  it.each<[string[], RegExp]>([
    [['--kms-key', 'alias/cache'], /^--kms-key: "alias\/cache" is not the ARN of a key/],
    [
      ['--kms-key', 'arn:aws:kms:eu-west-1:123456789012:key/1', '--region', 'eu-central-1'],
      /^--kms-key: the key is in eu-west-1, and the table in eu-central-1/,
    ],
  ])('%j is exit code 2 and says why', async (args, message) => {
    const ran = await commandLine(['iam', ...args, '--json']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(errorOf(ran).message).toMatch(message);
  });
});

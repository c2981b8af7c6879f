import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../lib/infra/operations';
import type { PolicyDocument as Policy } from '../../lib/infra/permissions';
import { commandLine, resultOf } from './command-line';

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
    expect(of('runtime', 'flush', 'setup', 'stream')).toEqual(sentBy('dynamodb'));
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
    expect(actions(await policy('--operator'))).toContain('dynamodb:PartiQLDelete');
    expect(actions(await policy('--operator'))).not.toContain('dynamodb:BatchExecuteStatement');
    expect(actions(await policy('--runtime', '--setup'))).toContain('dynamodb:GetItem');
  });
});

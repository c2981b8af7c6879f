import { describe, expect, it } from 'vitest';
import { TEMPLATE_KINDS, template } from '../../lib/infra/templates';
import { commandLine, errorOf, resultOf } from './command-line';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const LAYOUT = { partitionKey: 'id', ttl: 'expires_at' };
const line = (...args: string[]) => commandLine(['template', ...args, '--table', 'cache-prod']);

describe('template', () => {
  it.each(TEMPLATE_KINDS)('prints the one for %s as it goes into a file', async (kind) => {
    const tableName = 'cache-prod';
    expect(await line(kind)).toEqual({ code: 0, out: template(kind, { tableName }), err: '' });
    const settings = {
      tableName,
      layout: LAYOUT,
      stream: true,
      alarms: true,
      pointInTimeRecovery: true,
      kmsKeyArn: KEY,
    };
    const all = await line(
      kind,
      '--stream',
      '--alarms',
      '--point-in-time-recovery',
      '--kms-key',
      KEY,
      '--layout',
      'partitionKey=id,ttl=expires_at',
    );
    expect(all).toEqual({ code: 0, out: template(kind, settings), err: '' });
  });

  it('is one document with --json', async () => {
    const text = template('terraform', { tableName: 'cache-prod' });
    expect(resultOf(await line('terraform', '--json'))).toEqual({ kind: 'terraform', text });
  });

  it.each<[string[], RegExp]>([
    [['pulumi'], /no template "pulumi"/],
    [['toString'], /no template/],
    [['sam', '--layout', 'ttl=pk'], /--layout.ttl/],
    [['sam', '--kms-key', 'alias/cache'], /^--kms-key: "alias\/cache" is not the ARN/],
    [['sam', '--layout', 'ttl=a"b'], /--layout.ttl/],
  ])('%j is exit code 2 and says why', async (args, message) => {
    const ran = await line(...args, '--json');
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(errorOf(ran).message).toMatch(message);
  });

  it('takes the layout of a preset', async () => {
    const layout = { preset: 'key/value/ttl', ttl: 'expires_at' } as const;
    const { out } = await line('terraform', '--layout', 'key/value/ttl,ttl=expires_at');
    expect(out).toBe(template('terraform', { tableName: 'cache-prod', layout }));
    expect(out).toContain('hash_key     = "key"');
  });

  it('makes no table that there is already', async () => {
    const arn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod';
    expect((await commandLine(['template', 'sam', '--table', arn])).code).toBe(2);
  });
});

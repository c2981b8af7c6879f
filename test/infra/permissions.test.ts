import { describe, expect, it } from 'vitest';
import { type Purpose, leadingKeys, policyDocument, rightsOf } from '../../lib/infra/permissions';
import { Addresses, chunkAddress } from '../../lib/key/addresses';

const PURPOSES: readonly Purpose[] = ['runtime', 'clearPrefix', 'setup', 'stream', 'tail', 'operator'];
const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod';

/** IAM's StringLike. */
const isLike = (pattern: string, text: string) =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
const isFencedIn = (namespace: string, address: string) =>
  leadingKeys(namespace).some((pattern) => isLike(pattern, address));

describe('policies', () => {
  it('allow no Scan and no deletion at run time', () => {
    const { Statement } = policyDocument({ purposes: ['runtime'], tableArn });
    expect(Statement).toHaveLength(1);
    expect(JSON.stringify(Statement)).not.toMatch(/Scan|Query|Delete|Update|\*/);
  });

  it('join purposes, each action once', () => {
    const { Statement } = policyDocument({ purposes: ['runtime', 'stream', 'tail', 'runtime'], tableArn });
    expect(Statement.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      ['CacheItems', tableArn],
      ['CacheTable', tableArn],
      ['CacheStream', `${tableArn}/stream/*`],
    ]);
    const actions = Statement.flatMap(({ Action }) => Action);
    expect(actions).toHaveLength(new Set(actions).size);
  });

  it('name each action as IAM does', () => {
    for (const { actions } of rightsOf({ purposes: PURPOSES, viaService: ['x'] }))
      for (const action of actions) expect(action).toMatch(/^(dynamodb:[A-Z]\w+|kms:[A-Z]\w+\*?)$/);
  });

  it('let follow a stream without reading items, but for tail, which looks them up', () => {
    const onItems = (purpose: Purpose) =>
      policyDocument({ purposes: [purpose], tableArn }).Statement.find(({ Sid }) => Sid === 'CacheItems')
        ?.Action;
    expect(onItems('stream')).toBeUndefined();
    expect(onItems('tail')).toEqual(['dynamodb:BatchGetItem']);
  });

  it("name no key of KMS where there is none of one's own", () => {
    expect(JSON.stringify(policyDocument({ purposes: PURPOSES, tableArn }))).not.toContain('kms');
  });

  const READING = ['kms:Decrypt', 'kms:DescribeKey'];
  const WRITING = [...READING, 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

  it.each<[Purpose, string[], string[]]>([
    ['runtime', WRITING, []],
    ['clearPrefix', WRITING, []],
    ['stream', READING, []],
    ['tail', READING, []],
    ['setup', WRITING, ['kms:CreateGrant']],
    ['operator', WRITING, ['kms:CreateGrant']],
  ])('let %s use the key for what it does, and through DynamoDB only', (purpose, used, lent) => {
    const { Statement } = policyDocument({ purposes: [purpose], tableArn, kmsKeyArn });
    const onKey = Statement.filter(({ Resource }) => Resource === kmsKeyArn);
    const of = (sid: string) => onKey.filter(({ Sid }) => Sid === sid).flatMap(({ Action }) => Action);
    expect(of('CacheKey')).toEqual(used);
    expect(of('CacheKeyGrant')).toEqual(lent);
    for (const { Sid, Condition } of onKey)
      expect(Condition).toEqual({
        StringEquals: { 'kms:ViaService': ['dynamodb.eu-central-1.amazonaws.com'] },
        ...(Sid === 'CacheKeyGrant' && { Bool: { 'kms:GrantIsForAWSResource': ['true'] } }),
      });
    expect(
      Statement.filter(({ Resource }) => Resource !== kmsKeyArn).flatMap(({ Action }) => Action),
    ).toEqual(expect.not.arrayContaining([expect.stringContaining('kms:')]));
  });

  it('fence a namespace off, with its stamps, leases, locks, chunks and versions', () => {
    for (const addresses of [new Addresses('shop'), new Addresses('shop', '2')]) {
      const entry = addresses.entry('menu:7');
      const inside = [
        entry,
        chunkAddress(entry, 'x'.repeat(16), 0),
        addresses.stamp('*'),
        addresses.lease('menu:7'),
        addresses.lock('menu:7'),
      ];
      for (const address of inside) {
        expect([address, isFencedIn('shop', address)]).toEqual([address, true]);
        expect([address, isFencedIn('sho', address)]).toEqual([address, false]);
        expect([address, isFencedIn('shop2', address)]).toEqual([address, false]);
      }
    }
    expect(isFencedIn('shop', new Addresses('shop2').entry('menu:7'))).toBe(false);
  });

  it('fence one version off from the others', () => {
    expect(isFencedIn('shop@2', new Addresses('shop', '2').entry('menu:7'))).toBe(true);
    expect(isFencedIn('shop@2', new Addresses('shop', '23').entry('menu:7'))).toBe(false);
    expect(isFencedIn('shop@2', new Addresses('shop').entry('menu:7'))).toBe(false);
  });

  it('put the fence on what goes by key only', () => {
    const { Statement } = policyDocument({
      purposes: ['runtime', 'clearPrefix', 'setup'],
      tableArn,
      namespace: 'shop',
    });
    expect(Statement.map(({ Sid, Condition }) => [Sid, Condition !== undefined])).toEqual([
      ['CacheItems', true],
      ['CacheTable', false],
    ]);
  });
});

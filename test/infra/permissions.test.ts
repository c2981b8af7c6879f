import { describe, expect, it } from 'vitest';
import { RIGHTS, leadingKeys, policyDocument } from '../../lib/infra/permissions';
import { Addresses, chunkAddress } from '../../lib/key/addresses';

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

  it('join purposes, each once', () => {
    const { Statement } = policyDocument({ purposes: ['runtime', 'stream', 'runtime'], tableArn });
    expect(Statement.map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
      ['CacheRuntime', tableArn],
      ['CacheStream', tableArn],
      ['CacheStreamRecords', `${tableArn}/stream/*`],
    ]);
  });

  it('name each action as IAM does', () => {
    for (const { onTable, onStream } of Object.values(RIGHTS))
      for (const action of [...onTable, ...onStream]) expect(action).toMatch(/^dynamodb:[A-Z]\w+$/);
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
      purposes: ['runtime', 'flush', 'setup'],
      tableArn,
      namespace: 'shop',
    });
    expect(Statement.map(({ Sid, Condition }) => [Sid, Condition !== undefined])).toEqual([
      ['CacheRuntime', true],
      ['CacheFlush', false],
      ['CacheSetup', false],
    ]);
  });
});

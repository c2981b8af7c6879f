import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { FaultyProxy, type AnswerMode } from '../../support/faulty-proxy';
import { SECRETS, buildCache, clientOptions } from './build-cache';

let table: string;
let proxy: FaultyProxy;

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
afterEach(() => {
  proxy.mode = 'pass';
});
afterAll(() => proxy.close());

const build = () => buildCache({ table, client: clientOptions({ endpoint: proxy.endpoint }) });

describe('the log of a cache in trouble', () => {
  it.each<AnswerMode>(['status-500', 'throttle', 'access-denied', 'garbage', 'reset'])(
    'stays at a few lines through 1,000 calls while %s',
    async (mode) => {
      const { cache, lines } = build();
      const memo = cache.memoize(async (_: string) => ['secret-value'], { name: 'menu' });
      proxy.mode = mode;
      for (let i = 0; i < 100; i++)
        await Promise.all(Array.from({ length: 10 }, (_, j) => memo(`secret-argument ${i * 10 + j}`)));
      await cache.delete('secret');
      await cache.set('secret', 'secret-value');
      expect(lines.warnings).toHaveLength(1);
      expect(lines.errors).toHaveLength(1);
      await cache.close();

      // The put stands in the place of the eviction before it, and nothing can be sent any more.
      expect(lines.warnings.slice(1)).toEqual([expect.stringContaining('before closing: 1.')]);
      expect(lines.errors).toHaveLength(1);
      for (const secret of SECRETS) expect(lines.all.join('\n')).not.toContain(secret);
      for (const line of lines.all) expect(line).not.toContain('\n');
    },
  );

  it('names a method whose results cannot be kept once, whatever its arguments', async () => {
    const { cache, lines } = build();
    const memo = cache.memoize(async (_: string) => ({ 'secret-argument': () => 'secret-value' }), {
      name: 'menu',
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => memo(`secret-argument ${i}`)));
    await cache.close();
    expect(lines.all).toEqual([expect.stringContaining('menu')]);
    expect(lines.all.join()).not.toContain('secret-value');
  });
});

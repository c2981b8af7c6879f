import { expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';

it('a logger that throws fails no call', async () => {
  const fail = () => {
    throw new Error('the stream of the log is closed');
  };
  const cache = createDynamoCache({ table: 'cache-menus', logger: { warn: fail, error: fail } });
  const menuMemo = cache.memoize((_select: () => boolean) => 'soup', { name: 'menu' });
  expect(await menuMemo(() => true)).toBe('soup');
  await cache.close();
});

// `memoize`: a plain function on a default cache, which is made at the first call from CACHE_TABLE.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidOptionsError } from '../../lib/core';
import { dynamodbEndpoint, freshTable, scanAll } from '../support/dynamodb';

let core: typeof import('../../lib/core');

beforeEach(async () => {
  // Each test starts as a process does: no name is taken, and no default cache made.
  vi.resetModules();
  core = await import('../../lib/core');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamodbEndpoint);
});
afterEach(() => vi.unstubAllEnvs());

it('caches by name and arguments, in the table that CACHE_TABLE names at the first call', async () => {
  const table = await freshTable();
  const load = vi.fn(async (id: string, page = 1) => Promise.resolve({ id, page }));
  const menuMemo = core.memoize(load, { name: 'menu', ttl: '1d' });
  vi.stubEnv('CACHE_TABLE', table);

  expect([await menuMemo('7'), await menuMemo('7')]).toEqual([
    { id: '7', page: 1 },
    { id: '7', page: 1 },
  ]);
  await menuMemo('7', 2);
  expect(load).toHaveBeenCalledTimes(2);
  expect((await scanAll(table)).map(({ pk }) => pk?.S).sort()).toEqual([
    'cache#menu("7")',
    'cache#menu("7",2)',
  ]);
  await core.defaultCache().close();
});

it('shares one cache among all memoized functions', async () => {
  vi.stubEnv('CACHE_TABLE', await freshTable());
  const menuMemo = core.memoize(async (id: string) => Promise.resolve(id), { name: 'menu' });
  const dishMemo = core.memoize((id: string) => `dish ${id}`, { name: 'dish' });
  expect([await menuMemo('7'), await dishMemo('7'), await dishMemo('7')]).toEqual(['7', 'dish 7', 'dish 7']);
  expect(core.defaultCache().stats().methods).toMatchObject({
    menu: { loads: 1, hits: 0 },
    dish: { loads: 1, hits: 1 },
  });
  await core.defaultCache().close();
});

it('follows key, when and unless', async () => {
  vi.stubEnv('CACHE_TABLE', await freshTable());
  const load = vi.fn(async (id: string) => Promise.resolve({ id }));
  const menuMemo = core.memoize(load, {
    name: 'menu',
    key: (id) => id.toLowerCase(),
    when: (id) => id !== 'draft',
    unless: ({ id }) => id === 'partial',
  });
  for (const id of ['SOUP', 'soup', 'draft', 'draft', 'partial', 'partial']) await menuMemo(id);
  expect(load.mock.calls.map(([id]) => id)).toEqual(['SOUP', 'draft', 'draft', 'partial', 'partial']);
  await core.defaultCache().close();
});

it('passes the error of the function on, thrown or rejected', async () => {
  vi.stubEnv('CACHE_TABLE', await freshTable());
  const failing = core.memoize(
    (): string => {
      throw new Error('thrown');
    },
    { name: 'failing' },
  );
  await expect(failing()).rejects.toThrow('thrown');
  await core.defaultCache().close();
});

it('serves its callers while the table does not exist', async () => {
  vi.stubEnv('CACHE_TABLE', 'not-there');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const menuMemo = core.memoize(async (id: string) => Promise.resolve(id), { name: 'menu' });
  expect([await menuMemo('7'), await menuMemo('7')]).toEqual(['7', '7']);
  expect(console.warn).toHaveBeenCalledWith(
    expect.stringMatching(/^\[nestjs-dynamo-cache\] .*ResourceNotFound/),
  );
  vi.restoreAllMocks();
  await core.defaultCache().close();
});

it('uses cache-<NODE_ENV> without CACHE_TABLE', async () => {
  vi.stubEnv('CACHE_TABLE', undefined);
  vi.stubEnv('NODE_ENV', 'staging');
  const { DynamoStore } = core;
  expect(new DynamoStore().tableName).toBe('cache-staging');
});

describe('configureDefaultCache', () => {
  it('sets the options of the cache behind functions that were memoized before it, too', async () => {
    const table = await freshTable();
    vi.stubEnv('CACHE_TABLE', table);
    const menuMemo = core.memoize(async (id: string) => Promise.resolve(id), { name: 'menu' });
    core.configureDefaultCache({ memory: { ttl: '1h' }, namespace: 'shop', timeout: '5s' });
    for (let call = 0; call < 3; call++) await menuMemo('7');
    expect(core.defaultCache().stats()).toMatchObject({ loads: 1, memoryHits: 2, store: { operations: 2 } });
    expect((await scanAll(table)).map(({ pk }) => pk?.S)).toEqual(['shop#menu("7")']);
    await core.defaultCache().close();
  });

  it('takes a table that is named before CACHE_TABLE, and reads the environment no sooner than the first call', async () => {
    const table = await freshTable();
    vi.stubEnv('CACHE_TABLE', 'no table name');
    core.configureDefaultCache({ table, timeout: '5s' });
    const menuMemo = core.memoize(async (id: string) => Promise.resolve(id), { name: 'menu' });
    await menuMemo('7');
    expect(await scanAll(table)).toHaveLength(1);
    await core.defaultCache().close();
  });

  it('refuses what cannot work at once, and leaves the cache to be configured', () => {
    vi.stubEnv('CACHE_TABLE', 'no table name');
    expect(() => {
      core.configureDefaultCache({ memory: { ttl: 'soon' as never } });
    }).toThrow('memory.ttl');
    expect(() => {
      core.configureDefaultCache({ logger: { warn: () => undefined } as never });
    }).toThrow('logger');
    expect(() => {
      core.configureDefaultCache({ ttl: '1h' });
    }).not.toThrow();
  });

  it('says once what is suspicious', () => {
    const logger = { warn: vi.fn(), error: vi.fn() };
    core.configureDefaultCache({ ttl: 60, logger });
    expect(logger.warn).not.toHaveBeenCalled();
    core.defaultCache();
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });

  it('is refused a second time', () => {
    core.configureDefaultCache({ ttl: '1h' });
    expect(() => {
      core.configureDefaultCache({ ttl: '2h' });
    }).toThrow('has been configured already');
  });

  it('is refused when the cache is in use', () => {
    core.defaultCache();
    expect(() => {
      core.configureDefaultCache({ ttl: '2h' });
    }).toThrow('is in use already');
  });
});

describe('is refused', () => {
  const menu = async (id: string) => Promise.resolve(id);

  it('without a name of its own', () => {
    expect(() => core.memoize(async (id: string) => Promise.resolve(id))).toThrow("Write { name: 'menu' }");
  });

  it('when another function has the name', () => {
    core.memoize(menu);
    expect(() => core.memoize(async () => Promise.resolve(1), { name: 'menu' })).toThrow(
      '"menu" is the name of another cached function',
    );
    expect(() => core.memoize(menu)).not.toThrow();
  });

  it.each([0, -1, Number.NaN, '10 parsecs', '10'])('with a ttl of %o, when it is defined', (ttl) => {
    expect(() => core.memoize(menu, { ttl: ttl as never })).toThrow('is not a duration');
  });

  it('at its first call, with a rejection, when CACHE_TABLE is no table name', async () => {
    vi.stubEnv('CACHE_TABLE', 'my cache');
    const menuMemo = core.memoize(menu);
    await expect(menuMemo('7')).rejects.toMatchObject({
      name: InvalidOptionsError.name,
      message: expect.stringContaining('"my cache" is not a table name') as string,
    });
  });
});

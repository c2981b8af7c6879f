// What `require` brings with it, seen by a program of its own on the build (`npm run build` comes first in `npm test`).
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { DynamoStore, createDynamoCache } from '../../lib/core';
import { dynamodbEndpoint, freshTable, scanAll, testClient } from '../support/dynamodb';

const dist = join(process.cwd(), 'dist');

beforeAll(() => {
  if (!existsSync(join(dist, 'index.js'))) throw new Error('There is no build: run `npm run build` first');
});

/** The packages that are loaded once a program is through. */
async function packagesAfter(program: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const script = `
    (async () => { ${program} })().then(() => {
      const inside = /node_modules[\\\\/]((?:@[^\\\\/]+[\\\\/])?[^\\\\/]+)/;
      const names = Object.keys(require.cache).map((file) => inside.exec(file)?.[1]).filter(Boolean);
      console.log(JSON.stringify([...new Set(names)]));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as string[];
}

const at = (...path: string[]) => JSON.stringify(join(dist, ...path));
const SDK = /^@(aws-sdk|smithy)\//;
const LATE_OF_NODE = /^NativeModule (crypto|zlib|http|net|internal\/webstreams\/readablestream)$/;
const NEST = /^(@nestjs\/.*|rxjs|reflect-metadata)$/;

describe('nestjs-dynamo-cache', () => {
  it('does not load the AWS SDK when it is imported and its module and a cached method are defined', async () => {
    const packages = await packagesAfter(`
      const { DynamoCacheModule, DynamoCacheable } = require(${at('index.js')});
      DynamoCacheModule.forRoot({ table: 'cache-prod' });
      class Menus { async find() {} }
      const find = Object.getOwnPropertyDescriptor(Menus.prototype, 'find');
      DynamoCacheable('10m')(Menus.prototype, 'find', find);`);
    // Nest 12 is made of ES modules, which require.cache lists only in part; the decorator's rxjs is not.
    expect(packages).toEqual(expect.arrayContaining(['rxjs']));
    expect(packages.filter((name) => SDK.test(name))).toEqual([]);
  });
});

describe('the decorators of nestjs-dynamo-cache', () => {
  // What is asked for, since Nest 12 is in no cache that could be looked at.
  const asked = async (program: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '-e',
      `const Module = require('node:module');
       const { _load } = Module;
       const asked = new Set();
       Module._load = function (name, ...others) {
         asked.add(name);
         return _load.call(this, name, ...others);
       };
       const { DynamoCacheModule, DynamoCacheable } = require(${at('index.js')});
       class Menus { async find() { return 7; } }
       const find = Object.getOwnPropertyDescriptor(Menus.prototype, 'find');
       DynamoCacheable('10m')(Menus.prototype, 'find', find);
       ${program}
       console.log(JSON.stringify([...asked].filter((name) => name.startsWith('@nestjs/'))));`,
    ]);
    return JSON.parse(stdout) as string[];
  };

  it('load nothing of Nest but @nestjs/common, so that a service is tested without an application', async () => {
    expect(await asked('')).toEqual(['@nestjs/common']);
  });

  it('leave @nestjs/core to the module', async () => {
    const names = await asked(`DynamoCacheModule.forRoot({ table: 'cache-prod' });`);
    expect(names).toEqual(['@nestjs/common', '@nestjs/core']);
  });
});

describe('nestjs-dynamo-cache/core', () => {
  it('loads no other package, neither of Nest nor of AWS', async () => {
    const packages = await packagesAfter(`
      const { createDynamoCache, memoize } = require(${at('core', 'index.js')});
      createDynamoCache({ table: 'cache-prod' });
      memoize(async function menu() {});`);
    expect(packages).toEqual([]);
  });

  // A file more is opened as slowly as 15 KB are read, and Node's crypto takes as long as 90 KB.
  it('is three files, of a byte a letter, and leaves to the first operation what only that needs of Node', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '-e',
      `require(${at('core', 'index.js')});
       console.log(JSON.stringify({ files: Object.keys(require.cache), ofNode: process.moduleLoadList }));`,
    ]);
    const { files, ofNode } = JSON.parse(stdout) as { files: string[]; ofNode: string[] };
    expect(files.length).toBeLessThanOrEqual(3);
    for (const file of files) expect(readFileSync(file, 'utf8')).not.toMatch(/[^\0-\xff]/);
    expect(ofNode).toContain('NativeModule async_hooks');
    expect(ofNode.filter((name) => LATE_OF_NODE.test(name))).toEqual([]);
  });

  it('loads the AWS SDK, and still nothing of Nest, at the first call', async () => {
    const packages = await packagesAfter(
      `const { createDynamoCache } = require(${at('core', 'index.js')});
       const cache = createDynamoCache({ table: 'not-there', client: { endpoint: 'http://127.0.0.1:1' } });
       await cache.getOrLoad('key', () => 1);
       await cache.close();`,
    );
    expect(packages).toContain('@aws-sdk/client-dynamodb');
    expect(packages.filter((name) => NEST.test(name))).toEqual([]);
  });

  it('hits at the first call of a process in which loading the AWS SDK takes longer than an operation may', async () => {
    const table = await freshTable();
    const cache = createDynamoCache({ table, client: testClient(), timeout: '5s' });
    await cache.set('menu:7', 'kept');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '-e',
        `const Module = require('node:module');
         const load = Module._load;
         Module._load = function (name, ...rest) {
           if (name === '@aws-sdk/client-dynamodb') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_500);
           return load.call(this, name, ...rest);
         };
         const { createDynamoCache } = require(${at('core', 'index.js')});
         for (const options of [{}, { compress: false }]) {
           createDynamoCache({ timeout: '3s', ...options }).getOrLoad('menu:7', () => 'loaded').then(console.log);
         }`,
      ],
      { env: { ...process.env, CACHE_TABLE: table, AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint } },
    );
    expect(stdout).toBe('kept\nkept\n');
    await cache.close();
  });

  it('says of the table, too, when it is loaded, for those who compose stores', async () => {
    const store = new DynamoStore({ table: 'not-there', client: { endpoint: 'http://127.0.0.1:1' } });
    await store.connect();
    expect(store.connect()).toBeUndefined();
    await store.close();
  });

  it('lets a program end by itself, with its fill written, without close', async () => {
    const table = await freshTable();
    await packagesAfter(
      `const { memoize } = require(${at('core', 'index.js')});
       const menuMemo = memoize(async function menu(id) { return id; });
       await menuMemo('7');`,
      { CACHE_TABLE: table, AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint },
    );
    expect((await scanAll(table)).map(({ pk }) => pk?.S)).toEqual(['cache#menu("7")']);
  });
});

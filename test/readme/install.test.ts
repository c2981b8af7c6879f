// What the README says about installing: commands, versions, the table and the permissions.
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { Keyv } from 'keyv';
import { DynamoStore, createDynamoCache } from 'nestjs-dynamo-cache/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordingClient } from '../dynamodb/recording-client';
import { afterFile } from '../support/after-file';
import { dropTable, testClient } from '../support/dynamodb';
import { DOCUMENTS, README, SAMPLES, codeBlocksOf, unwrapped } from './markdown';
import { awsCommandsOf, createReadmeTable, readmeCommand } from './readme-table';

interface Manifest {
  name: string;
  scripts: Record<string, string>;
  engines: { node: string };
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const prose = unwrapped(README);

/** The first numbers of the ranges in `^20.19 || >=24`. */
function lowestOf(range: string): string[] {
  return range.split('||').map((each) => each.replace(/[^\d.]/g, '').replace(/(\.0)+$/, ''));
}

/** Those of the package in whose folder a document stands. */
function scriptsBeside(file: string): Manifest['scripts'] {
  const beside = join(dirname(file), 'package.json');
  return existsSync(beside) ? (JSON.parse(readFileSync(beside, 'utf8')) as Manifest).scripts : {};
}

describe('the commands', () => {
  const texts = [...DOCUMENTS, ...SAMPLES.map((sample) => `${sample}/README.md`)];

  it.each(texts)('of %s are scripts of this package, or of the sample', (file) => {
    const named = readFileSync(file, 'utf8').matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g);
    const scripts = [...named].map(([, run, short]) => run ?? short ?? '');
    const known = { ...manifest.scripts, ...scriptsBeside(file) };
    expect(scripts.filter((script) => !(script in known))).toEqual([]);
  });

  it('install the package and the peers that are needed always', () => {
    const [, list = ''] = /^npm install (.*)$/m.exec(README) ?? [];
    const [name, ...peers] = list.split(' ').map((each) => each.replace(/(?<=.)@.*$/, ''));
    const needed = Object.keys(manifest.peerDependencies).filter(
      (peer) => manifest.peerDependenciesMeta[peer]?.optional !== true,
    );
    expect(name).toBe(manifest.name);
    expect(peers.sort()).toEqual(needed.sort());
  });

  it('install a Keyv that cache-manager can be used with', () => {
    const [, major = ''] = / keyv@(\d+)/.exec(README) ?? [];
    expect(lowestOf(manifest.peerDependencies.keyv!)).toEqual([major]);
  });
});

describe('the versions', () => {
  it('of Nest are those of the peer dependencies', () => {
    const [, nest = ''] = /NestJS ([\d, or]+) on/.exec(prose) ?? [];
    expect(nest.match(/\d+/g)).toEqual(lowestOf(manifest.peerDependencies['@nestjs/common']!));
  });

  it('of Node are those of the engines', () => {
    const [, node = ''] = /Node ([\d., ]+) or newer/.exec(prose) ?? [];
    expect(node.match(/[\d.]+/g)).toEqual(lowestOf(manifest.engines.node));
  });
});

it('links to documents that exist', () => {
  const links = [...README.matchAll(/\]\(([^)#:]+)[^)]*\)/g)].map(([, path = '']) => path);
  expect(links).toContain('LICENSE');
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});

describe('the table of the README', () => {
  let table: string;
  beforeAll(async () => {
    table = await createReadmeTable(`readme-${randomUUID()}`);
    afterFile(() => dropTable(table));
  });

  it('is created by commands that are read in full', () => {
    const [shell] = codeBlocksOf('README.md', 'sh').filter(({ code }) => code.includes('aws dynamodb'));
    const flags = [...shell!.code.matchAll(/ --/g)];
    const read = awsCommandsOf(shell!.code).flatMap(({ input }) => Object.keys(input));
    expect(read).toHaveLength(flags.length);
    expect(readmeCommand('create-table').TableName).toBe(readmeCommand('update-time-to-live').TableName);
  });

  it('is one that the cache works in', async () => {
    const cache = createDynamoCache({ table, client: testClient(), timeout: '5s' });
    const at = new Date();
    await cache.getOrLoad('menu:7', () => ({ at }));
    expect(await cache.getOrLoad('menu:7', () => ({ at: new Date(0) }))).toEqual({ at });
    expect(await cache.delete('menu:7')).toBe(true);
    await cache.clear();
    expect(await cache.get('menu:7')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ fills: 1, hits: 1, store: { failures: 0 } });
  });

  it("deletes by the attribute that is the cache's", async () => {
    const { TimeToLiveDescription: ttl } = await testClient().send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    expect(ttl).toMatchObject({ TimeToLiveStatus: expect.stringMatching(/^ENABL/), AttributeName: 'ttl' });
  });

  it('is one that `createTable` would have made', async () => {
    const { client, commands } = recordingClient();
    const cache = createDynamoCache({ table, client, createTable: true });
    await cache.prepare();
    expect(commands()).not.toContain('CreateTable');
    expect(commands()).not.toContain('UpdateTimeToLive');
  });
});

describe('the permissions', () => {
  const sentences = {
    always: /needs ([^;.]*) on the table/,
    batches: /on the table; (.*?) only where values exceed 390 KB or several are set at once/,
    clear: /`batch: false`\); (.*) only where `clearPrefix\(\)` or the `clear\(\)` of a Keyv is called/,
    createTable: /`createTable` needs ([^;.]*)\./,
  };
  const listed = (what: keyof typeof sentences): string[] => {
    const [, list = ''] = sentences[what].exec(prose) ?? [];
    return [...list.matchAll(/`(?:dynamodb:)?(\w+)`/g)].map(([, action = '']) => action).sort();
  };

  it('are what is sent, and no more', async () => {
    const { client, sent, commands } = recordingClient();
    const table = `readme-${randomUUID()}`;
    afterFile(() => dropTable(table));
    const cache = createDynamoCache({ table, client, createTable: true, timeout: '5s', lease: true });
    const keyv = new Keyv({ store: new DynamoStore({ table, client, timeout: '5s' }) });
    const since = async (work: () => Promise<unknown>): Promise<string[]> => {
      sent.length = 0;
      await work();
      return [...new Set(commands())].sort();
    };

    expect(await since(() => cache.prepare())).toEqual(listed('createTable'));
    const always = await since(async () => {
      await cache.getOrLoad('a', () => 1);
      await Promise.all([cache.get('a'), cache.get('b')]);
      await cache.set('b', 2);
      await cache.set('c', 3, { tags: ['menu'] });
      await cache.delete('a');
      await cache.evictTags('menu');
      await cache.evictMethod('menu');
      await cache.clear();
      await cache.ping();
    });
    expect(always).toEqual(listed('always'));
    const beyond = async (work: () => Promise<unknown>) =>
      (await since(work)).filter((command) => !always.includes(command));
    // Of bytes that nothing makes smaller.
    const large = randomBytes(400 * 1024);
    const several: [string, unknown][] = [
      ['d', 1],
      ['e', 2],
    ];
    expect(await beyond(() => cache.set('large', large))).toEqual(listed('batches'));
    expect(await beyond(() => cache.setMany(several))).toEqual(listed('batches'));
    const without = createDynamoCache({ table, client, timeout: '5s', maxChunks: 1, batch: false });
    expect(await beyond(() => without.setMany([...several, ['large', large]]))).toEqual([]);
    await cache.set('a', 1);
    expect(await since(() => cache.clearPrefix('a'))).toEqual(listed('clear'));
    await keyv.set('a', 1);
    expect(await since(() => keyv.clear())).toEqual(listed('clear'));
  });
});

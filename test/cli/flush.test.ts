import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDynamoCache, type DynamoCache } from '../../lib/core';
import type { TableConnection } from '../../lib/cli/connection';
import { deleteUnchanged } from '../../lib/cli/flush/conditional-deletes';
import { resolveSettings } from '../../lib/cli/settings';
import { packEntry } from '../../lib/dynamodb/item';
import { resolveLayout } from '../../lib/dynamodb/layout';
import {
  createTable,
  dropTable,
  dynamodbEndpoint,
  freshTable,
  rawItem,
  scanAll,
  testClient,
} from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { commandLine, errorOf, onTable, resultOf, type Ran } from './command-line';

const client = testClient();
// 100000 is what the figures in docs/cli.md are of.
const ITEMS = Number(process.env.FLUSH_ITEMS ?? 1_500);

interface ScanBody {
  readonly ProjectionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ConsistentRead?: boolean;
}

interface WriteBody {
  readonly Item?: { readonly pk: { readonly S: string } };
  readonly Statements?: readonly unknown[];
}

let table: string;
let proxy: FaultyProxy;
let folder: string;

beforeEach(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  folder = mkdtempSync(join(tmpdir(), 'flush-'));
});
afterEach(async () => {
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const stateFile = () => join(folder, 'state.json');

function flush(...more: readonly string[]): Promise<Ran> {
  const line = [
    'flush',
    '--yes',
    '--json',
    '--table',
    table,
    '--endpoint',
    proxy.endpoint,
    '--state-file',
    stateFile(),
  ];
  return commandLine([...line, ...more]);
}

function appOn(namespace = 'cache', version?: string): DynamoCache {
  return createDynamoCache({ table, client, namespace, consistentRead: true, ...(version && { version }) });
}

/** Entries as an application writes them. */
async function fill(count: number, namespace = 'cache', bytes = 300, ageMs = 60_000): Promise<void> {
  const layout = resolveLayout();
  const now = Date.now();
  const value = new Uint8Array(bytes).fill(7);
  const put = (i: number) => {
    const entry = {
      bytes: value,
      version: `v${i}`,
      loadedAtMs: now - ageMs,
      freshUntilMs: now + 3_600_000,
      endsAtMs: now + 3_600_000,
    };
    return { PutRequest: { Item: packEntry(`${namespace}#k${i}`, entry, layout, now) } };
  };
  const batches = Array.from({ length: Math.ceil(count / 25) }, (_, b) =>
    Array.from({ length: Math.min(25, count - b * 25) }, (_, i) => put(b * 25 + i)),
  );
  const worker = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop())
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

describe('flush', () => {
  it(`deletes ${ITEMS} entries by batches of 25, and reads no value`, { timeout: 600_000 }, async () => {
    await fill(ITEMS);
    const startedMs = performance.now();
    const result = resultOf<Record<string, number>>(await flush('--segments', '8'));
    const tookMs = performance.now() - startedMs;

    expect(result).toMatchObject({ deleted: ITEMS, changed: 0, younger: 0 });
    const deletes = proxy.requests.BatchExecuteStatement ?? 0;
    console.log(
      `flush of ${ITEMS}: ${Math.round(tookMs)} ms, ${deletes} batch deletes, ${proxy.requests.Scan} scans`,
    );
    // Full batches, but for one in each segment.
    expect(deletes).toBeLessThanOrEqual(Math.ceil(ITEMS / 25) + 8);
    expect(result.deletes).toBe(deletes);
    expect(result.scans).toBe(proxy.requests.Scan);
    const others = Object.keys(proxy.requests).filter(
      (name) => !['Scan', 'BatchExecuteStatement'].includes(name),
    );
    expect(others.sort()).toEqual(['DescribeTable', 'GetItem', 'PutItem']);
    for (const { operation, body } of proxy.recorded) {
      if (operation !== 'Scan') continue;
      const { ProjectionExpression, ExpressionAttributeNames: names, ConsistentRead } = body as ScanBody;
      const read = ProjectionExpression.split(', ').map((path) =>
        path
          .split('.')
          .map((name) => names[name])
          .join('.'),
      );
      expect(read).toEqual(['pk', 'ver', 'at', 'stamps.*']);
      expect(ConsistentRead ?? false).toBe(false);
    }
    expect((await scanAll(table)).map((item) => item.pk?.S)).toEqual(['cache#~stamp:*']);
    expect(existsSync(stateFile())).toBe(false);
  });

  it('of a namespace means all its versions, of a version that one, and none deletes others', async () => {
    const apps = {
      shop: appOn('shop'),
      shop2: appOn('shop', '2'),
      shopping: appOn('shopping'),
      sho: appOn('sho'),
    };
    for (const app of Object.values(apps)) await app.set('k', 1);
    const present = async () => {
      const found = await Promise.all(
        Object.entries(apps).map(async ([name, app]) => [name, await app.get('k')] as const),
      );
      return found.filter(([, value]) => value !== undefined).map(([name]) => name);
    };
    await flush('--namespace', 'shop@2');
    expect(await present()).toEqual(['shop', 'shopping', 'sho']);
    await apps.shop2.set('k', 1);
    await flush('--namespace', 'shop');
    expect(await present()).toEqual(['shopping', 'sho']);
    expect(resultOf(await flush())).toMatchObject({ namespace: null });
    expect(await present()).toEqual([]);
  });

  it('leaves marks of evictions, stamps, leases and the items of others', async () => {
    const app = appOn();
    await app.getOrLoad('leased', () => 1, { lease: true });
    await app.set('evicted', 1);
    await app.delete('evicted');
    await app.evictTags('tag');
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'order#7' }, total: { N: '12.50' } } }),
    );
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'cache#theirs' }, v: { S: 'text' } } }),
    );
    await flush();
    const left = (await scanAll(table)).map((item) => item.pk?.S).sort();
    expect(left).toEqual([
      'cache#evicted',
      'cache#theirs',
      'cache#~lease:leased',
      'cache#~stamp:*',
      'cache#~stamp:t:tag',
      'order#7',
    ]);
  });

  it('works on a table with a sort key, and of other names', async () => {
    table = await freshTable({ partitionKey: 'the id', sortKey: 'sk' });
    const layout = { partitionKey: 'the id', sortKey: 'sk', value: 'val', ttl: 'exp' };
    const app = createDynamoCache({ table, client, layout });
    await app.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    const ran = await flush('--layout', 'partitionKey=the id,sortKey=sk,value=val,ttl=exp');
    expect(resultOf(ran)).toMatchObject({ deleted: 2 });
  });
});

describe('beside live traffic, flush', () => {
  /** Holds the deletion until something else has been done. */
  function duringDeletion(act: () => Promise<unknown>): void {
    let isDone = false;
    proxy.intercept = async ({ operation }) => {
      if (operation === 'BatchExecuteStatement' && !isDone) {
        isDone = true;
        await act();
      }
      return undefined;
    };
  }

  it('leaves the mark of an eviction that came between the look and the deletion', async () => {
    await fill(1);
    const app = appOn();
    duringDeletion(() => app.delete('k0'));
    expect(resultOf(await flush())).toMatchObject({ deleted: 0, changed: 1 });
    // It is what a slow load must trip over.
    const mark = await rawItem(table, 'cache#k0');
    expect(mark?.ver).toBeDefined();
    expect(mark?.v).toBeUndefined();
  });

  it('leaves a value that was put between the look and the deletion', async () => {
    await fill(1);
    const app = appOn();
    duringDeletion(() => app.set('k0', 'new'));
    expect(resultOf(await flush())).toMatchObject({ deleted: 0, changed: 1 });
    expect(await app.get('k0')).toBe('new');
  });

  it('keeps out a load that began before, although its key is deleted meanwhile', async () => {
    const app = appOn();
    const other = appOn();
    let release = (_value: string): void => undefined;
    const slow = app.getOrLoad('k', () => new Promise<string>((resolve) => (release = resolve)));
    await expect.poll(() => app.stats().store.operations).toBeGreaterThan(0);
    await flush();
    release('from before');
    await slow;
    expect(await other.get('k')).toBeUndefined();
  });

  it('leaves what was loaded after it had begun', async () => {
    await fill(3);
    const app = appOn();
    let isFilled = false;
    proxy.intercept = async ({ operation }) => {
      if (operation === 'Scan' && !isFilled) {
        isFilled = true;
        await app.set('young', 1);
      }
      return undefined;
    };
    expect(resultOf(await flush('--namespace', 'cache', '--segments', '1'))).toMatchObject({
      deleted: 3,
      younger: 1,
    });
    expect(await app.get('young')).toBe(1);
  });

  it.each([
    ['by a process that had not heard of it yet', 60_000, false],
    ['by a process whose clock is behind', -60_000, true],
  ])('leaves what was put after it had begun %s', async (_who, offsetMs, hasHeard) => {
    await fill(1);
    const namespaceStamp = async () => (await rawItem(table, 'cache#~stamp:*'))?.ver?.S ?? '';
    let isPut = false;
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'Scan' || isPut) return undefined;
      isPut = true;
      const at = Date.now() + offsetMs;
      const stamps = hasHeard ? new Map([['*', await namespaceStamp()]]) : undefined;
      const entry = { bytes: Uint8Array.of(1), version: 'p', loadedAtMs: at, freshUntilMs: at, endsAtMs: at };
      const item = packEntry(
        'cache#put',
        { ...entry, ...(stamps && { stamps }) },
        resolveLayout(),
        Date.now(),
      );
      await client.send(new PutItemCommand({ TableName: table, Item: item }));
      return undefined;
    };
    const ran = await flush('--namespace', 'cache', '--segments', '1');
    expect(resultOf(ran)).toMatchObject({ deleted: 1, younger: 1 });
    expect(await rawItem(table, 'cache#put')).toBeDefined();
  });

  it('clears a namespace before it deletes anything of it', async () => {
    await fill(2, 'a');
    await fill(2, 'b');
    await flush('--segments', '1');
    const order = proxy.recorded.map(({ operation, body }) => {
      const { Item, Statements } = body as WriteBody;
      if (operation === 'PutItem') return `stamp ${Item?.pk.S}`;
      return operation === 'BatchExecuteStatement' ? `delete ${Statements?.length}` : operation;
    });
    expect(order.filter((what) => /stamp|delete/.test(what))).toEqual([
      'stamp cache#~stamp:*',
      expect.stringMatching(/^stamp [ab]#~stamp:\*$/),
      expect.stringMatching(/^stamp [ab]#~stamp:\*$/),
      'delete 4',
    ]);
  });
});

describe('a batch of deletions', () => {
  const settings = resolveSettings({ table: 'some' }, {});
  const items = ['a', 'b', 'c'].map((key) => ({ partitionKey: `cache#${key}`, version: 'v' }));
  const { signal } = new AbortController();

  /** A connection that answers each batch with these codes, one for each statement; '' is success. */
  function answering(...answers: string[][]) {
    const sent: unknown[][] = [];
    class BatchExecuteStatementCommand {
      constructor(readonly input: { readonly Statements: { readonly Parameters: { S: string }[] }[] }) {}
    }
    const client = {
      send: async ({ input }: BatchExecuteStatementCommand) => {
        sent.push(input.Statements.map(({ Parameters }) => Parameters[0]?.S));
        return {
          Responses: answers.shift()?.map((Code) => (Code === '' ? {} : { Error: { Code, Message: 'x' } })),
        };
      },
    };
    const send = (request: (connection: object, options: object) => unknown) =>
      request({ client, sdk: { BatchExecuteStatementCommand } }, {});
    return { connection: { send } as unknown as TableConnection, sent };
  }

  it('sends again what was throttled, and that alone', async () => {
    const { connection, sent } = answering(
      ['', 'ThrottlingError', 'ConditionalCheckFailed'],
      ['InternalServerError'],
      [''],
    );
    const outcome = await deleteUnchanged(items, connection, settings, signal);
    expect(outcome).toMatchObject({ deleted: 2, changed: 1, requests: 3 });
    expect(sent).toEqual([['cache#a', 'cache#b', 'cache#c'], ['cache#b'], ['cache#b']]);
  });

  it('gives up what no repetition mends', async () => {
    const { connection } = answering(['', 'AccessDenied', '']);
    await expect(deleteUnchanged(items, connection, settings, signal)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('a flush that is ended', () => {
  it('says where it stopped, and goes on there', async () => {
    await fill(300, 'cache', 30_000);
    const interrupt = new AbortController();
    proxy.intercept = ({ operation }) => {
      if (operation === 'BatchExecuteStatement' && (proxy.requests.BatchExecuteStatement ?? 0) > 4)
        interrupt.abort(new Error('interrupted'));
      return undefined;
    };
    const line = [
      'flush',
      '--yes',
      '--json',
      '--table',
      table,
      '--endpoint',
      proxy.endpoint,
      '--segments',
      '1',
    ];
    const ended = await commandLine([...line, '--state-file', stateFile()], { signal: interrupt.signal });
    expect(ended).toMatchObject({ code: 130, out: '' });
    expect(errorOf(ended)).toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringMatching(
        /^Interrupted\. It had deleted [\d,]+ entries, having looked at [\d,]+ items/,
      ),
      hint: expect.stringContaining(`--resume ${stateFile()}`),
    });
    const left = (await scanAll(table)).length;
    expect(left).toBeGreaterThan(100);
    const before = proxy.requests.PutItem;
    const young = appOn();
    await young.set('young', 1);

    proxy.intercept = undefined;
    const scansBefore = proxy.requests.Scan ?? 0;
    const done = await commandLine([...line, '--resume', stateFile()]);
    expect(resultOf(done)).toMatchObject({ namespace: null, deleted: expect.any(Number) });
    // Not from the beginning, which is 9 pages, and without another generation, which would be one too many.
    expect((proxy.requests.Scan ?? 0) - scansBefore).toBeLessThan(9);
    expect(proxy.requests.PutItem).toBe(before);
    expect((await scanAll(table)).map((item) => item.pk?.S).sort()).toEqual([
      'cache#young',
      'cache#~stamp:*',
    ]);
    expect(await young.get('young')).toBe(1);
    expect(existsSync(stateFile())).toBe(false);
  });

  it('by a failure can go on, too', async () => {
    await fill(60);
    proxy.intercept = ({ operation }) =>
      operation === 'BatchExecuteStatement' ? 'access-denied' : undefined;
    const ended = await flush();
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('PartiQLDelete'),
    });
    proxy.intercept = undefined;
    expect(resultOf(await flush('--resume', stateFile()))).toMatchObject({ deleted: 60 });
  });

  it('does not go on from the file of another table, or from something else', async () => {
    const state = { table: 'other', place: {}, identity: '', spaces: [], segments: [{}] };
    writeFileSync(stateFile(), JSON.stringify({ ...state, generations: {}, counts: {} }));
    expect(errorOf(await flush('--resume', stateFile())).message).toContain('of the table other');
    writeFileSync(stateFile(), '{}');
    expect(errorOf(await flush('--resume', stateFile())).message).toContain('not what a flush leaves');
  });
});

describe('the file of a flush', () => {
  const denied = () => {
    proxy.intercept = ({ operation }) =>
      operation === 'BatchExecuteStatement' ? 'access-denied' : undefined;
  };
  const usage = (ran: Ran) => {
    expect(ran).toMatchObject({ code: 2, out: '' });
    return errorOf(ran).message;
  };

  /** A flush that has deleted nothing, and has left its file. */
  async function endedFlush(...more: readonly string[]): Promise<Ran> {
    denied();
    const ended = await flush(...more);
    expect(ended.code).toBe(1);
    proxy.intercept = undefined;
    proxy.reset();
    return ended;
  }

  it('goes on with its own namespace only, whether that is named again or not', async () => {
    await fill(3, 'a');
    await fill(4, 'b');
    const ended = await endedFlush('--namespace', 'a');
    expect(errorOf(ended).hint).toBe(
      `Go on: dynamo-cache flush --table ${table} --endpoint ${proxy.endpoint} --namespace a --resume ${stateFile()}`,
    );
    const kept = readFileSync(stateFile(), 'utf8');
    for (const other of ['b', 'a@1'])
      expect(usage(await flush('--resume', stateFile(), '--namespace', other))).toContain(
        `of a flush of the namespace a, not of the namespace ${other}`,
      );
    expect(proxy.count()).toBe(0);
    expect(readFileSync(stateFile(), 'utf8')).toBe(kept);
    expect(resultOf(await flush('--resume', stateFile()))).toMatchObject({ namespace: 'a', deleted: 3 });

    await fill(3, 'a');
    await endedFlush('--namespace', 'a');
    const named = await flush('--resume', stateFile(), '--namespace', 'a');
    expect(resultOf(named)).toMatchObject({ namespace: 'a', deleted: 3 });
    expect((await scanAll(table)).filter(({ pk }) => pk?.S?.startsWith('b#k'))).toHaveLength(4);
  });

  it('of every namespace does not go on as one', async () => {
    await fill(3, 'a');
    await endedFlush();
    expect(usage(await flush('--resume', stateFile(), '--namespace', 'a'))).toContain(
      'of a flush of every namespace, not of the namespace a',
    );
    expect(resultOf(await flush('--resume', stateFile()))).toMatchObject({ namespace: null, deleted: 3 });
  });

  it('is of one endpoint, one region and one table, and not of another by that name', async () => {
    await fill(3);
    await endedFlush();
    const resume = (...more: readonly string[]) => flush('--resume', stateFile(), ...more);
    expect(usage(await resume('--endpoint', dynamodbEndpoint))).toContain(
      `of the endpoint ${proxy.endpoint}, not of the endpoint ${dynamodbEndpoint}`,
    );
    proxy.intercept = ({ operation, body }) =>
      operation === 'DescribeTable' && body
        ? { status: 200, body: { Table: { TableName: table, TableStatus: 'ACTIVE' } } }
        : undefined;
    expect(usage(await resume('--region', 'eu-west-3'))).toContain(
      'of the region us-east-1, not of the region eu-west-3',
    );
    proxy.intercept = undefined;
    await dropTable(table);
    await createTable(table);
    await fill(3);
    expect(usage(await resume())).toContain('was made anew since');
    expect(proxy.count('Scan', 'PutItem', 'BatchExecuteStatement')).toBe(0);
    expect(await scanAll(table)).toHaveLength(3);
  });

  it('is written before anything is cleared or deleted, or nothing is', async () => {
    await fill(3);
    const nowhere = join(folder, 'no', 'such', 'folder.json');
    expect(usage(await flush('--state-file', nowhere))).toMatch(
      /^--state-file: .*folder\.json cannot be written: ENOENT.*Nothing was done/,
    );
    expect(proxy.count('Scan', 'PutItem', 'BatchExecuteStatement')).toBe(0);
    let wasThere = false;
    proxy.intercept = ({ operation }) => {
      if (operation === 'PutItem') wasThere = existsSync(stateFile());
      return undefined;
    };
    await flush();
    expect(wasThere).toBe(true);
  });

  it('is never written over a file of something else', async () => {
    for (const text of ['{"name":"package"}', 'nonsense', 'null', '{"segments":[]}']) {
      writeFileSync(stateFile(), text);
      expect(usage(await flush())).toContain('is a file of something else');
      expect(readFileSync(stateFile(), 'utf8')).toBe(text);
    }
    expect(proxy.count('PutItem')).toBe(0);
  });

  it('of so many segments as no flush has is none', async () => {
    await fill(1);
    await endedFlush();
    const state = JSON.parse(readFileSync(stateFile(), 'utf8')) as object;
    const segments = Array.from({ length: 257 }, () => ({ after: null, isDone: false }));
    writeFileSync(stateFile(), JSON.stringify({ ...state, segments }));
    expect(usage(await flush('--resume', stateFile()))).toContain('is not what a flush leaves');
  });

  it.each(['place', 'identity', 'spaces', 'generations', 'counts', 'segments'])(
    'without its %s is none',
    async (name) => {
      await fill(1);
      await endedFlush();
      const { [name]: _gone, ...rest } = JSON.parse(readFileSync(stateFile(), 'utf8')) as Record<
        string,
        unknown
      >;
      writeFileSync(stateFile(), JSON.stringify(rest));
      expect(usage(await flush('--resume', stateFile()))).toContain('is not what a flush leaves');
    },
  );

  /** From the first deletion on nothing can be written there. */
  const spoil = () => {
    rmSync(stateFile(), { force: true, recursive: true });
    mkdirSync(stateFile());
  };

  it('that cannot be written any more does not hide why the flush ended', async () => {
    await fill(3);
    proxy.intercept = ({ operation }) => {
      if (operation !== 'BatchExecuteStatement') return undefined;
      spoil();
      return 'access-denied';
    };
    const ended = await flush();
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(/PartiQLDelete.* It had deleted 0 entries/),
      hint: expect.stringMatching(/^Where it stopped cannot be written down \(EISDIR.*--resume/),
    });
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('that cannot be written or removed any more ends no flush', async () => {
    await fill(120, 'cache', 60_000);
    const now = performance.now.bind(performance);
    let jumps = 0;
    // It is written every two seconds.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 2_000 * ++jumps);
    proxy.intercept = ({ operation }) => {
      if (operation === 'BatchExecuteStatement') spoil();
      return undefined;
    };
    try {
      const done = await flush('--segments', '2');
      expect(resultOf(done)).toMatchObject({ deleted: 120 });
      expect(done.err.match(/cannot be written down any more \(EISDIR/g)).toHaveLength(1);
      expect(done.err).toContain('is of no more use');
    } finally {
      clock.mockRestore();
    }
  });

  it('is not touched by --dry-run', async () => {
    await fill(2);
    expect(resultOf(await flush('--dry-run'))).toMatchObject({ entries: 2 });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('flush', () => {
  it('sends again what was throttled, and loses nothing over lost answers', async () => {
    await fill(100);
    let count = 0;
    proxy.intercept = ({ operation }) => {
      if (operation !== 'BatchExecuteStatement') return undefined;
      count++;
      return count === 1 ? 'throttle' : count === 3 ? 'lost-response' : undefined;
    };
    const { deleted, changed } = resultOf<{ deleted: number; changed: number }>(await flush());
    expect(deleted + changed).toBe(100);
    expect((await scanAll(table)).map((item) => item.pk?.S)).toEqual(['cache#~stamp:*']);
  });

  it('--dry-run counts by namespace and writes nothing', async () => {
    await fill(5, 'a');
    await fill(7, 'b');
    const before = await scanAll(table);
    const ran = await onTable(table)(['flush', '--dry-run', '--json']);
    expect(resultOf(ran)).toMatchObject({ dryRun: true, entries: 12, namespaces: { a: 5, b: 7 } });
    expect(await scanAll(table)).toEqual(before);
  });

  it('asks where somebody can answer, and refuses where nobody can', async () => {
    await fill(1);
    const cli = onTable(table);
    expect(await cli(['flush'])).toMatchObject({ code: 2, out: '' });
    const declined = await cli(['flush'], { terminal: true, stdin: '\n' });
    expect(declined).toMatchObject({ code: 1, out: '' });
    expect(declined.err).toContain(`Flush every namespace of ${table} (about`);
    expect(await scanAll(table)).toHaveLength(1);
    const done = await cli(['flush', '--state-file', stateFile()], { terminal: true, stdin: 'yes\n' });
    expect(done.code).toBe(0);
  });
});

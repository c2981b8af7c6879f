/** The poller that stands in for Lambda: where it runs, and how it follows a stream whose shards end, split and are trimmed. */
import {
  ExpiredIteratorException,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConversationsTable } from '../../../sample/02-conversations/src/database/conversations-table';
import type { MessageStream } from '../../../sample/02-conversations/src/last-message/message-stream';
import { LocalStreamModule } from '../../../sample/02-conversations/src/local-stream/local-stream.module';
import { ShardOrder } from '../../../sample/02-conversations/src/local-stream/shard-order';
import { ShardReader } from '../../../sample/02-conversations/src/local-stream/shard-reader';
import { StreamPoller } from '../../../sample/02-conversations/src/local-stream/stream-poller';
import { ScriptedStream } from './scripted-stream';

const trimmed = () => new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });
const gone = () => new ResourceNotFoundException({ message: 'no such shard', $metadata: {} });
const expired = () => new ExpiredIteratorException({ message: 'too old', $metadata: {} });

let stream: ScriptedStream;
beforeEach(() => {
  stream = new ScriptedStream();
});

describe('the stream is read', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  async function isRead(environment: Record<string, string>): Promise<boolean> {
    for (const name of ['DYNAMODB_ENDPOINT', 'POLL_STREAM', 'CACHE_TABLE'])
      vi.stubEnv(name, environment[name]);
    const start = vi.fn();
    const module = await Test.createTestingModule({ imports: [LocalStreamModule] })
      .overrideProvider(StreamPoller)
      .useValue({ start })
      .compile();
    try {
      await module.init();
      return start.mock.calls.length > 0;
    } finally {
      await module.close();
    }
  }

  it.each<[string, boolean, Record<string, string>]>([
    ["beside a DynamoDB of one's own", true, { DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000' }],
    ['not on real tables, where a Lambda function does', false, { CACHE_TABLE: 'conversations-cache' }],
    ['on real tables when asked to', true, { CACHE_TABLE: 'conversations-cache', POLL_STREAM: 'true' }],
    [
      'by nobody here when asked not to',
      false,
      { DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000', POLL_STREAM: 'false' },
    ],
  ])('%s', async (_where, expected, environment) => {
    expect(await isRead(environment)).toBe(expected);
  });

  it('or not, and nothing in between', async () => {
    await expect(isRead({ POLL_STREAM: 'maybe' })).rejects.toThrow(
      "POLL_STREAM is 'maybe': write true or false",
    );
  });
});

describe('a shard', () => {
  const never = new AbortController().signal;
  const logger = { warn: vi.fn<(message: string) => void>() };
  beforeEach(() => {
    logger.warn.mockClear();
  });

  /** What was read of the only shard there is, until its end. */
  async function read(): Promise<string[]> {
    const texts: string[] = [];
    const deliver = async (
      records: readonly { dynamodb?: { SequenceNumber?: string | undefined } | undefined }[],
    ) => void texts.push(...records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''));
    await new ShardReader(stream.client, { streamArn: 'arn', id: 'a' }, deliver, logger, never).run();
    return texts;
  }

  /** Fails when so many batches were read. */
  function failAfter(batches: number, ...failures: Error[]): void {
    const shard = stream.shards.a!;
    let reads = 0;
    Object.defineProperty(shard, 'failures', { get: () => (reads++ >= batches ? failures : undefined) });
  }

  it('is read in order, to its end', async () => {
    stream.shards.a = { batches: [['1', '2'], ['3']] };
    expect(await read()).toEqual(['1', '2', '3']);
    expect(stream.log).toEqual(['begin a TRIM_HORIZON', 'read a', 'read a']);
  });

  it('whose iterator has expired is gone on with behind what was read', async () => {
    stream.shards.a = { batches: [['1', '2'], ['3']] };
    failAfter(1, expired());
    expect(await read()).toEqual(['1', '2', '3']);
    expect(stream.begun).toHaveLength(2);
    expect(stream.log).toContain('begin a after 2');
  });

  it('that was trimmed is gone on with at its oldest record', async () => {
    stream.shards.a = { batches: [['1'], ['2'], ['3']] };
    failAfter(1, trimmed());
    expect(await read()).toEqual(['1', '1', '2', '3']);
    expect(stream.log.filter((line) => line.startsWith('begin'))).toEqual([
      'begin a TRIM_HORIZON',
      'begin a TRIM_HORIZON',
    ]);
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });

  it('that was trimmed again later is gone on with again', async () => {
    stream.shards.a = { batches: [['1'], ['2']] };
    let reads = 0;
    Object.defineProperty(stream.shards.a, 'failures', {
      get: () => ([1, 3].includes(reads++) ? [trimmed()] : undefined),
    });
    expect(await read()).toEqual(['1', '1', '1', '2']);
  });

  it.each([
    ['was trimmed at its oldest record, too,', [trimmed(), trimmed()]],
    ['is not there any more', [gone()]],
  ])('that %s is left, and that is said', async (_what, failures) => {
    stream.shards.a = { batches: [['1'], ['2']] };
    failAfter(1, ...failures);
    expect(await read()).toEqual(['1']);
    expect(logger.warn.mock.lastCall?.[0]).toMatch(/^Shard a is left: nothing of it is kept any more\./);
  });
});

describe('a stream', () => {
  let poller: StreamPoller;
  beforeEach(() => {
    Logger.overrideLogger(false);
    const table = { streamArn: async () => stream.arn } as unknown as ConversationsTable;
    const messages = { receive: async () => ({ batchItemFailures: [] }) } as unknown as MessageStream;
    poller = new StreamPoller(table, stream.client, messages);
  });
  afterEach(async () => {
    await poller.onModuleDestroy();
    // What other test files share.
    Logger.overrideLogger(new ConsoleLogger());
  });

  const hasBegun = (...ids: string[]) => expect.poll(() => stream.begun, { timeout: 5_000 }).toEqual(ids);

  it('is read parents first', async () => {
    stream.shards = { c: { parent: 'b' }, b: { parent: 'a' }, a: {}, d: {} };
    poller.start();
    await expect.poll(() => stream.begun, { timeout: 5_000 }).toHaveLength(4);
    expect(stream.begun.filter((id) => id !== 'd')).toEqual(['a', 'b', 'c']);
  });

  it('begins with shards whose parents are not there any more', async () => {
    stream.shards = { b: { parent: 'a' } };
    poller.start();
    await hasBegun('b');
  });

  it('does not begin a child while its parent is read, also when that is not listed any more', async () => {
    stream.shards = { a: { isOpen: true }, x: {} };
    poller.start();
    await expect.poll(() => stream.begun, { timeout: 5_000 }).toHaveLength(2);
    stream.shards = { a: { isOpen: true, isListed: false }, b: { parent: 'a' }, x: { isListed: false } };
    const described = () => stream.log.filter((line) => line === 'described').length;
    const before = described();
    await expect.poll(() => described() - before, { timeout: 5_000 }).toBeGreaterThan(0);
    expect(stream.begun.sort()).toEqual(['a', 'x']);
  });

  it('goes on, though it could not be described at once', async () => {
    stream.shards = { a: {}, b: { parent: 'a' } };
    stream.failures = [new Error('Rate exceeded')];
    poller.start();
    await hasBegun('a', 'b');
  });

  it('goes on with a child that is listed after its parent has ended', async () => {
    stream.shards = { a: {} };
    poller.start();
    await expect.poll(() => stream.log).toContain('read a');
    stream.shards = { a: {}, b: { parent: 'a' } };
    await hasBegun('a', 'b');
  });

  it('goes on behind a shard that is not there any more', async () => {
    stream.shards = { a: { failures: [gone()] }, b: { parent: 'a' } };
    poller.start();
    await hasBegun('a', 'b');
  });

  it('that was switched off and on goes on under its new name', async () => {
    stream.shards = { a: {} };
    poller.start();
    await expect.poll(() => stream.log).toContain('read a');
    stream.shards = { b: {} };
    stream.arn = 'another';
    await hasBegun('a', 'b');
  });

  it('that has no shard yet is looked at again', async () => {
    poller.start();
    await expect.poll(() => stream.log).toContain('described');
    stream.shards = { a: {} };
    await hasBegun('a');
  });

  it('whose last shard was trimmed is complete without a child of it', () => {
    const order = new ShardOrder();
    const a = { id: 'a', parentId: undefined };
    expect(order.next([a])).toEqual(['a']);
    order.end('a');
    expect([order.next([a]), order.isComplete([a])]).toEqual([[], false]);
    expect([order.next([]), order.isComplete([])]).toEqual([[], true]);
  });

  it('has no shard read twice', async () => {
    stream.shards = { a: {}, b: { isOpen: true } };
    poller.start();
    await expect
      .poll(() => stream.log.filter((line) => line === 'described').length, { timeout: 5_000 })
      .toBe(3);
    expect(stream.begun).toEqual(['a', 'b']);
  });
});

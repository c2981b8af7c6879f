import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { LazyConnection } from '../../lib/dynamodb/client';
import { type TableLayout, resolveLayout } from '../../lib/dynamodb/layout';
import type { StreamsClient } from '../../lib/dynamodb/stream-client';
import { StreamFollower } from '../../lib/dynamodb/stream-follower';
import { StreamSource } from '../../lib/dynamodb/stream-source';
import { Table } from '../../lib/dynamodb/table';
import { ManualClock } from '../../lib/testing';
import type { ChangeListener } from '../../lib/tiers/entry-changes';
import { FakeStream, named } from './fake-stream';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()));
});

/** Follows the fake, on a clock that stands still; every `tick` is a round of reading. */
async function follow(stream: FakeStream, layout: TableLayout = {}) {
  const told: string[] = [];
  const listener: ChangeListener = {
    changed: (address) => told.push(address),
    missed: () => told.push('MISSED'),
    upToDate: () => told.push('UP TO DATE'),
    failed: (error) => told.push(`FAILED ${(error as Error).message}`),
  };
  const clock = new ManualClock();
  const controller = new AbortController();
  const table = new Table('table', resolveLayout(layout), new LazyConnection(stream.as<DynamoDBClient>()));
  const source = new StreamSource(table, controller.signal, async () => stream.as<StreamsClient>());
  let isOver = false;
  const run = new StreamFollower(source, clock, listener, controller.signal).run().then(() => {
    isOver = true;
  });
  const idle = async () => {
    while (clock.waiting === 0 && !isOver) await new Promise(setImmediate);
  };
  const tick = async (ms = 1_000) => {
    clock.advance(ms);
    await idle();
  };
  const end = async () => {
    controller.abort(new Error('closed'));
    await run;
  };
  endings.push(end);
  await idle();
  return { told, clock, tick, end, take: () => told.splice(0) };
}

describe('the beginning', () => {
  it('says that it may have missed anything, and reads from there on', async () => {
    const stream = new FakeStream('a');
    stream.write('a', 'earlier');
    const { take, tick } = await follow(stream);
    expect(take()).toEqual(['MISSED', 'UP TO DATE']);
    stream.write('a', 'later');
    await tick();
    expect(take()).toEqual(['later', 'UP TO DATE']);
  });

  it('reads every shard of every page, and none that has a child', async () => {
    const stream = new FakeStream('a', 'b', 'c');
    stream.close('a');
    stream.open('a1', 'a');
    stream.open('a2', 'a');
    const { take, tick } = await follow(stream);
    for (const id of ['b', 'c', 'a1', 'a2']) stream.write(id, `in ${id}`);
    take();
    expect(stream.requests.filter((name) => name === 'GetShardIterator')).toHaveLength(4);
    const before = stream.requests.length;
    await tick();
    expect(take().sort()).toEqual(['UP TO DATE', 'in a1', 'in a2', 'in b', 'in c']);
    expect(stream.requests.slice(before)).toEqual(Array(4).fill('GetRecords'));
  });

  it('waits for a stream, and says how to switch it on', async () => {
    const stream = new FakeStream('a');
    stream.arn = undefined;
    const { told, take, tick } = await follow(stream);
    expect(told).toEqual([expect.stringContaining('aws dynamodb update-table --table-name table')]);
    stream.arn = 'stream-1';
    take();
    await tick(30_000);
    expect(take()).toEqual(['MISSED', 'UP TO DATE']);
  });

  it('waits while the stream of earlier is off', async () => {
    const stream = new FakeStream('a');
    stream.isOn = false;
    const { take } = await follow(stream);
    expect(take()).toEqual([expect.stringContaining('has no stream')]);
  });
});

describe('what is told', () => {
  it('is every write, whatever its event is called', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    for (const eventName of ['INSERT', 'MODIFY', 'REMOVE', 'UNKNOWN'])
      stream.write('a', eventName, { eventName });
    await tick();
    expect(take()).toEqual(['INSERT', 'MODIFY', 'REMOVE', 'UNKNOWN', 'UP TO DATE']);
  });

  it('is neither a lease nor what TTL deleted', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    stream.write('a', 'cache#~lease:menu:7');
    stream.write('a', 'cache#menu:7', { eventName: 'REMOVE', deletedBy: 'dynamodb.amazonaws.com' });
    stream.write('a', 'cache#menu:8', { eventName: 'REMOVE', deletedBy: 'somebody' });
    await tick();
    expect(take()).toEqual(['cache#menu:8', 'UP TO DATE']);
  });

  it('is no item of others in a table with a sort key', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream, { sortKey: 'sk' });
    take();
    stream.write('a', 'order', { sk: '2026' });
    stream.write('a', 'ours', { sk: 'entry' });
    await tick();
    expect(take()).toEqual(['ours', 'UP TO DATE']);
  });

  it('comes without a pause while pages are full', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    for (let i = 0; i < 2_500; i++) stream.write('a', `key ${i}`);
    await tick();
    expect(take()).toHaveLength(2_501);
  });
});

describe('a shard that splits', () => {
  it('is read to its end, and its children from their beginning', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    stream.write('a', 'last of the parent');
    stream.close('a');
    stream.open('a1', 'a');
    stream.open('a2', 'a');
    stream.write('a1', 'first of a child');
    stream.write('a2', 'first of the other');
    await tick();
    expect(take()).toEqual(['last of the parent']);
    await tick();
    expect(take()).toEqual(['first of a child', 'first of the other', 'UP TO DATE']);
  });

  it('is not up to date before its children are listed', async () => {
    const stream = new FakeStream('a', 'b');
    const { take, tick } = await follow(stream);
    take();
    stream.close('a');
    stream.open('a1', 'a');
    stream.write('a1', 'first');
    stream.list('a1', false);
    await tick();
    await tick();
    expect(take()).toEqual([]);
    stream.list('a1', true);
    await tick();
    await tick();
    expect(take()).toEqual(['first', 'UP TO DATE']);
  });

  it('may have a child that is known before its end is read', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    stream.open('a1', 'a');
    stream.write('a1', 'first');
    await tick(MINUTE);
    expect(take()).toEqual(['MISSED', 'UP TO DATE', 'first', 'UP TO DATE']);
    stream.close('a');
    await tick();
    await tick();
    expect(take()).toEqual(['UP TO DATE']);
  });
});

describe('continuity', () => {
  it('is kept when an iterator expires after something was read', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    stream.write('a', 'one');
    await tick();
    take();
    stream.expireIterators();
    stream.write('a', 'two');
    await tick();
    await tick();
    expect(take()).toEqual(['two', 'UP TO DATE']);
  });

  it('is lost when an iterator expires before anything was read', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    stream.write('a', 'unseen');
    stream.expireIterators();
    await tick();
    await tick();
    await tick();
    expect(take()).toEqual([expect.stringContaining('FAILED'), 'MISSED', 'MISSED', 'UP TO DATE']);
  });

  it('is kept in a child of which nothing was read yet', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    stream.close('a');
    stream.open('a1', 'a');
    await tick();
    await tick();
    take();
    stream.write('a1', 'first');
    stream.expireIterators();
    await tick();
    await tick();
    expect(take()).toEqual(['first', 'UP TO DATE']);
  });

  it('is lost when records were trimmed', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    stream.write('a', 'one');
    await tick();
    take();
    stream.write('a', 'unseen');
    stream.trim('a');
    await tick();
    await tick();
    expect(take()).toEqual([expect.stringContaining('Trimmed'), 'MISSED', 'MISSED', 'UP TO DATE']);
  });

  it('is lost when the table is created anew', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    stream.recreate('stream-2', 'z');
    await tick();
    await tick();
    stream.write('z', 'in the new one');
    await tick();
    expect(take()).toEqual([
      expect.stringContaining('ResourceNotFound'),
      'MISSED',
      'MISSED',
      'UP TO DATE',
      'in the new one',
      'UP TO DATE',
    ]);
  });

  it('is lost when the table has another stream while the old one still answers', async () => {
    const stream = new FakeStream('a');
    const { take, tick } = await follow(stream);
    take();
    const { arn } = stream;
    // DynamoDB Local goes on answering for the stream that was.
    const send = stream.send.bind(stream);
    stream.send = async (command) => {
      const isTable = command.constructor.name === 'DescribeTableCommand';
      stream.arn = isTable ? 'stream-2' : arn;
      return send(command);
    };
    await tick(MINUTE);
    expect(take()).toEqual([expect.stringContaining('another stream'), 'MISSED']);
  });

  it('is lost after a silence longer than a stream keeps anything', async () => {
    const stream = new FakeStream('a');
    const { take, tick, clock } = await follow(stream);
    stream.close('a');
    stream.open('a1', 'a');
    await tick();
    await tick();
    take();
    // The machine slept: its monotonic clock stood still.
    stream.write('a1', 'unseen');
    stream.trim('a1');
    stream.expireIterators();
    clock.jump(25 * HOUR);
    await tick();
    expect(take()).toEqual([expect.stringContaining('longer than a stream is kept'), 'MISSED']);
  });
});

describe('a stream in trouble', () => {
  it.each([
    ['LimitExceededException', named('LimitExceededException')],
    ['ThrottlingException', named('ThrottlingException')],
    ['InternalServerError', named('InternalServerError')],
    [
      'a lost connection',
      Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $metadata: { attempts: 2 } }),
    ],
  ])('is asked again where it was after %s', async (_, error) => {
    const stream = new FakeStream('a', 'b');
    const { take, tick } = await follow(stream);
    take();
    stream.fail('GetRecords', error);
    stream.write('a', 'in a');
    stream.write('b', 'in b');
    await tick();
    expect(take()).toEqual(['in b', expect.stringContaining('FAILED')]);
    await tick(30_000);
    expect(take()).toEqual(['in a', 'UP TO DATE']);
  });

  it('is asked less and less often', async () => {
    const stream = new FakeStream('a');
    const { tick } = await follow(stream);
    stream.fail('GetRecords', 'ThrottlingException', Infinity);
    const before = stream.requests.length;
    for (let second = 0; second < 300; second++) await tick();
    const asked = stream.requests.slice(before).filter((name) => name === 'GetRecords').length;
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(asked).toBeLessThanOrEqual(25);
  });

  it('does not spin when a shard never gets a successor', async () => {
    const stream = new FakeStream('a');
    const { tick } = await follow(stream);
    stream.close('a');
    const before = stream.requests.length;
    for (let second = 0; second < 10; second++) await tick();
    expect(stream.requests.length - before).toBeLessThanOrEqual(25);
  });
});

describe('the end', () => {
  it('sends nothing any more', async () => {
    const stream = new FakeStream('a');
    const { end, clock } = await follow(stream);
    await end();
    const before = stream.requests.length;
    clock.advance(HOUR);
    await new Promise(setImmediate);
    expect(stream.requests).toHaveLength(before);
  });

  it('does not wait for a request that hangs', async () => {
    const stream = new FakeStream('a');
    const { end, clock } = await follow(stream);
    stream.send = () => new Promise(() => undefined);
    clock.advance(1_000);
    await new Promise(setImmediate);
    await end();
  });
});

import { describe, expect, it, vi } from 'vitest';
import { InvalidOptionsError, type StreamEvent, type StreamRecord, streamHandler } from '../../lib/core';

const silent = { warn: () => undefined, error: () => undefined };

function record(address: string, SequenceNumber: string, rest: Partial<StreamRecord> = {}): StreamRecord {
  return { dynamodb: { Keys: { pk: { S: address } }, SequenceNumber }, ...rest };
}

/** Writes to `count` addresses, numbered from 0, with the sequence numbers 100, 101, … */
function writes(count: number): StreamEvent {
  return { Records: Array.from({ length: count }, (_, i) => record(`cache#${i}`, String(100 + i))) };
}

describe('streamHandler', () => {
  it('tells what changed, in order, each once', async () => {
    const notify = vi.fn(async () => undefined);
    const handler = streamHandler(notify);
    const Records = [record('cache#b', '1'), record('cache#a', '2'), record('cache#b', '3')];
    expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
    expect(notify.mock.calls).toEqual([[['cache#b', 'cache#a']]]);
  });

  it('tells at most 100 addresses a time', async () => {
    const notify = vi.fn(async (_addresses: readonly string[]) => undefined);
    await streamHandler(notify)(writes(250));
    expect(notify.mock.calls.map(([addresses]) => addresses.length)).toEqual([100, 100, 50]);
    expect(notify.mock.calls.flat(2)).toEqual(Array.from({ length: 250 }, (_, i) => `cache#${i}`));
  });

  it('asks Lambda to begin again where telling failed, and tells nothing after it', async () => {
    const told: string[] = [];
    const notify = async (addresses: readonly string[]) => {
      if (addresses.includes('cache#150')) throw new Error('SNS is down');
      told.push(...addresses);
    };
    const response = await streamHandler(notify, { logger: silent })(writes(300));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '200' }] });
    expect(told).toHaveLength(100);
  });

  it('tells everything at last when Lambda begins again there', async () => {
    const told = new Set<string>();
    let isDown = true;
    const handler = streamHandler(
      async (addresses) => {
        if (isDown && addresses.includes('cache#150')) throw new Error('SNS is down');
        for (const address of addresses) told.add(address);
      },
      { logger: silent },
    );
    const event = writes(300);
    const { batchItemFailures } = await handler(event);
    const from = event.Records.findIndex(
      ({ dynamodb }) => dynamodb?.SequenceNumber === batchItemFailures[0]?.itemIdentifier,
    );
    isDown = false;
    expect(await handler({ Records: event.Records.slice(from) })).toEqual({ batchItemFailures: [] });
    expect(told.size).toBe(300);
  });

  it('says why telling failed', async () => {
    const logger = { warn: vi.fn(), error: vi.fn() };
    const handler = streamHandler(() => Promise.reject(new Error('SNS is down')), { logger });
    await handler(writes(1));
    expect(logger.error).toHaveBeenCalledWith(expect.stringContaining('SNS is down'));
  });

  it('leaves out what TTL deleted, leases, and records of something else', async () => {
    const notify = vi.fn(async () => undefined);
    const Records: StreamRecord[] = [
      record('cache#a', '1', { userIdentity: { principalId: 'dynamodb.amazonaws.com' } }),
      record('cache#~lease:a', '2'),
      { dynamodb: { Keys: { id: { S: 'an order' } }, SequenceNumber: '3' } },
      {},
    ];
    expect(await streamHandler(notify)({ Records })).toEqual({ batchItemFailures: [] });
    expect(notify).not.toHaveBeenCalled();
  });

  it('reads a table with a sort key and other names', async () => {
    const notify = vi.fn(async () => undefined);
    const handler = streamHandler(notify, { layout: { partitionKey: 'id', sortKey: 'range' } });
    const keys = (id: string, range: string) => ({
      dynamodb: { Keys: { id: { S: id }, range: { S: range } } },
    });
    await handler({ Records: [keys('cache#a', 'entry'), keys('order 7', '2026')] });
    expect(notify.mock.calls).toEqual([[['cache#a']]]);
  });

  it('repeats the whole batch when a record that failed has no number', async () => {
    const handler = streamHandler(() => Promise.reject(new Error('SNS is down')), { logger: silent });
    const Records = [{ dynamodb: { Keys: { pk: { S: 'cache#a' } } } }];
    expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '' }] });
  });

  it('refuses a layout that cannot be one', () => {
    expect(() => streamHandler(async () => undefined, { layout: { partitionKey: '' } })).toThrow(
      InvalidOptionsError,
    );
  });
});

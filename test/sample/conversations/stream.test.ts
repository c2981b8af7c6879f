/** The stream's part of the conversations sample: brought twice, late, out of order, or half done. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamodbEndpoint } from '../../support/dynamodb';
import { FaultyProxy } from '../../support/faulty-proxy';
import { deliver } from '../../../sample/02-conversations/src/local-stream/delivery';
import type { Message } from '../../../sample/02-conversations/src/conversations/message';
import type { StreamRecord } from '../../../sample/02-conversations/src/last-message/stream-event';
import { Backend, recordOf, rowsAt, talk } from './backend';

let proxy: FaultyProxy;
let backend: Backend;

beforeAll(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  backend = await Backend.start(proxy.endpoint);
});
beforeEach(() => {
  proxy.intercept = undefined;
});
afterAll(async () => {
  await backend.drop();
  await proxy.close();
});

const POISON: StreamRecord = {
  eventName: 'INSERT',
  dynamodb: {
    Keys: { pk: { S: 'conversation#x' }, sk: { S: 'message#x' } },
    NewImage: { text: { S: 'no time, no sender' } },
    SequenceNumber: 'poison',
  },
};

async function receive(...records: StreamRecord[]): Promise<string[]> {
  const { batchItemFailures } = await backend.stream.receive({ Records: records });
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

function numberOf(record: StreamRecord): string | undefined {
  return record.dynamodb?.SequenceNumber;
}

/** How many moves were sent while this ran. */
async function movesDuring(run: () => Promise<unknown>): Promise<number> {
  const before = proxy.count('TransactWriteItems');
  await run();
  return proxy.count('TransactWriteItems') - before;
}

describe('a new message', () => {
  it('moves the conversation in both lists, in one transaction', async () => {
    const [first, second] = await backend.conversation(2);
    expect(await backend.rows(first)).toEqual(rowsAt(first));
    const moves = await movesDuring(async () => expect(await receive(recordOf(second!))).toEqual([]));
    expect(moves).toBe(1);
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });

  it('puts the conversation on top of both lists', async () => {
    const [{ conversationId }, second] = await backend.conversation(2);
    await backend.conversation(1);
    const late = { ...second!, id: second!.id.replace('1895', '1896') };
    const tops = () =>
      Promise.all(
        ['jack', 'algernon'].map(async (user) => (await backend.lists.list(user))[0]?.lastMessage.id),
      );
    expect(await tops()).not.toContain(late.id);
    expect(await receive(recordOf(late))).toEqual([]);
    expect(await tops()).toEqual([late.id, late.id]);
    expect((await backend.lists.list('jack'))[0]?.id).toBe(conversationId);
  });

  it('moves once for all messages of a conversation in a batch', async () => {
    const [first, ...next] = await backend.conversation(5);
    expect(await movesDuring(() => receive(...next.map(recordOf)))).toBe(1);
    expect(await backend.rows(first)).toEqual(rowsAt(next.at(-1)!));
  });

  it('is the only thing that is acted upon', async () => {
    const [first, second] = await backend.conversation(2);
    const record = recordOf(second!);
    const others = [
      { ...record, eventName: 'MODIFY' },
      { ...record, eventName: 'REMOVE' },
      { ...record, dynamodb: { ...record.dynamodb, Keys: { sk: { S: 'conversation#x' } } } },
      {},
    ];
    expect(await movesDuring(async () => expect(await receive(...others)).toEqual([]))).toBe(0);
    expect(await backend.rows(first)).toEqual(rowsAt(first));
  });
});

describe('a record that is brought again', () => {
  it('moves nothing', async () => {
    const [first, second] = await backend.conversation(2);
    const record = recordOf(second!);
    await receive(record);
    expect(await movesDuring(async () => expect(await receive(record)).toEqual([]))).toBe(0);
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });

  it('evicts what whoever moved the conversation did not live to evict', async () => {
    const [first, second] = await backend.conversation(2);
    const lastTexts = async () => {
      const lists = await Promise.all(['jack', 'algernon'].map((user) => backend.lists.list(user)));
      return lists.map((list) => list.find(({ id }) => id === first.conversationId)?.lastMessage.text);
    };
    await backend.messages.add(second!);
    expect([
      ...(await lastTexts()),
      (await backend.lists.page(first.conversationId)).messages.length,
    ]).toEqual(['line 0', 'line 0', 2]);
    await backend.conversations.move(await backend.conversations.places(first.conversationId), second!);
    expect(await lastTexts()).toEqual(['line 0', 'line 0']);
    await receive(recordOf(second!));
    expect(await lastTexts()).toEqual(['line 1', 'line 1']);
  });

  it('evicts the messages of a sender who ended before evicting', async () => {
    const [first, second] = await backend.conversation(2);
    expect((await backend.lists.page(first.conversationId)).messages).toHaveLength(1);
    await backend.messages.add(second!);
    expect((await backend.lists.page(first.conversationId)).messages).toHaveLength(1);
    await receive(recordOf(second!));
    expect((await backend.lists.page(first.conversationId)).messages).toHaveLength(2);
  });
});

describe('an older message after a newer one', () => {
  it('does not move the conversation back', async () => {
    const [first, second, third] = await backend.conversation(3);
    await receive(recordOf(third!));
    expect(await movesDuring(async () => expect(await receive(recordOf(second!))).toEqual([]))).toBe(0);
    expect(await backend.rows(first)).toEqual(rowsAt(third!));
  });

  it('does not, in the same batch, either', async () => {
    const [first, second, third] = await backend.conversation(3);
    await receive(recordOf(third!), recordOf(second!));
    expect(await backend.rows(first)).toEqual(rowsAt(third!));
  });

  it('does not when the newer one comes between reading and writing', async () => {
    const [first, second, third] = await backend.conversation(3);
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'TransactWriteItems') return undefined;
      proxy.intercept = undefined;
      await receive(recordOf(third!));
      return 'pass';
    };
    expect(await receive(recordOf(second!))).toEqual([]);
    expect(await backend.rows(first)).toEqual(rowsAt(third!));
  });

  it('does not by an index that lags', async () => {
    const [first, second, third] = await backend.conversation(3);
    const before = await backend.conversations.places(first.conversationId);
    await receive(recordOf(third!));
    const places = vi.spyOn(backend.conversations, 'places').mockResolvedValueOnce(before);
    expect(await receive(recordOf(second!))).toEqual([]);
    expect(places).toHaveBeenCalledTimes(2);
    places.mockRestore();
    expect(await backend.rows(first)).toEqual(rowsAt(third!));
  });

  it('does not in any order, however often, by two readers at once', async () => {
    const [first, ...next] = await backend.conversation(9);
    const brought = [...next, ...next, ...next].map((message, i) => ({ message, at: (i * 7) % 24 }));
    const records = brought.sort((a, b) => a.at - b.at).map(({ message }) => recordOf(message));
    const reader = async (mine: StreamRecord[]) => {
      const failed: string[] = [];
      for (const record of mine) failed.push(...(await receive(record)));
      return failed;
    };
    await Promise.all([
      reader(records.slice(0, 12)),
      reader(records.slice(12)),
      reader([...records].reverse()),
    ]);
    expect(await backend.rows(first)).toEqual(rowsAt(next.at(-1)!));
  });
});

describe('an index that has not seen the conversation yet', () => {
  it.each([
    ['none of its places', 0],
    ['one of its places', 1],
  ])('and shows %s is asked again', async (_what, seen) => {
    const [first, second] = await backend.conversation(2);
    const all = await backend.conversations.places(first.conversationId);
    const places = vi
      .spyOn(backend.conversations, 'places')
      .mockResolvedValueOnce(new Map([...all].slice(0, seen)));
    expect(await receive(recordOf(second!))).toEqual([]);
    expect(places).toHaveBeenCalledTimes(2);
    places.mockRestore();
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });
});

describe('a record that fails', () => {
  it('fails alone when it can never be read', async () => {
    const [first, second] = await backend.conversation(2);
    const [other, reply] = await backend.conversation(2);
    expect(await receive(recordOf(second!), POISON, recordOf(reply!))).toEqual(['poison']);
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
    expect(await backend.rows(other)).toEqual(rowsAt(reply!));
  });

  it('fails with the others of its conversation, and with those only', async () => {
    const [first, second, third] = await backend.conversation(3);
    const [other, reply] = await backend.conversation(2);
    proxy.intercept = ({ operation, body }) =>
      operation === 'TransactWriteItems' && JSON.stringify(body).includes(first.conversationId)
        ? 'access-denied'
        : undefined;
    const mine = [recordOf(second!), recordOf(third!)];
    expect(await receive(mine[0]!, recordOf(reply!), mine[1]!)).toEqual(mine.map(numberOf));
    expect(await backend.rows(first)).toEqual(rowsAt(first));
    expect(await backend.rows(other)).toEqual(rowsAt(reply!));
    proxy.intercept = undefined;
    expect(await receive(...mine)).toEqual([]);
    expect(await backend.rows(first)).toEqual(rowsAt(third!));
  });

  it('of a conversation that is nowhere is named, and comes again', async () => {
    const [lost] = talk(1);
    const record = recordOf(lost!);
    expect(await receive(record)).toEqual([numberOf(record)]);
  });

  it('is not one whose answer was lost: it was moved once', async () => {
    const [first, second] = await backend.conversation(2);
    let answers = 0;
    proxy.intercept = ({ operation }) =>
      operation === 'TransactWriteItems' && answers++ === 0 ? 'lost-response' : undefined;
    expect(await receive(recordOf(second!))).toEqual([]);
    expect(answers).toBeGreaterThan(1);
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });
});

describe('the poller', () => {
  const never = new AbortController().signal;
  const quiet = { error: vi.fn() };

  it('brings a record that cannot be read five times, and goes on behind it', async () => {
    const [first, second] = await backend.conversation(2);
    const received = vi.spyOn(backend.stream, 'receive');
    await deliver([POISON, recordOf(second!)], backend.stream, never, quiet);
    expect(received).toHaveBeenCalledTimes(6);
    expect(received.mock.calls.at(-1)?.[0].Records).toHaveLength(1);
    received.mockRestore();
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
    expect(quiet.error).toHaveBeenCalledWith('Record poison is left out.');
  });

  it('begins again at the first record that failed', async () => {
    const records = talk(4).map(recordOf);
    const batches: number[] = [];
    const failing = new Set([numberOf(records[1]!), numberOf(records[3]!)]);
    await deliver(
      records,
      {
        async receive({ Records: brought }) {
          batches.push(brought.length);
          const failed = brought.map(numberOf).filter((number) => failing.delete(number));
          return { batchItemFailures: failed.map((number = '') => ({ itemIdentifier: number })) };
        },
      },
      never,
      quiet,
    );
    expect(batches).toEqual([4, 3]);
  });
});

describe('lists', () => {
  it('are cached for both people, and loaded again when a message is sent', async () => {
    const [{ conversationId }] = await backend.conversation(1);
    const loads = vi.spyOn(backend.messages, 'page');
    const texts = async (user: string): Promise<string[]> =>
      (await backend.lists.read(user, conversationId)).messages.map(({ text }) => text);
    await texts('jack');
    await texts('algernon');
    expect(loads).toHaveBeenCalledTimes(1);
    await backend.lists.reply('algernon', conversationId, 'How are you, my dear Ernest?');
    expect(await texts('jack')).toEqual(['How are you, my dear Ernest?', 'line 0']);
    loads.mockRestore();
  });

  it('show a conversation that has just begun', async () => {
    await backend.lists.list('cecily');
    await backend.lists.list('gwendolen');
    const { conversationId } = await backend.lists.start('cecily', 'gwendolen', 'Pray sit down.');
    for (const user of ['cecily', 'gwendolen'])
      expect((await backend.lists.list(user)).map(({ id }) => id)).toContain(conversationId);
  });

  it('give pages, and none twice', async () => {
    const [first, ...next] = await backend.conversation(65);
    await Promise.all(next.map((message) => backend.messages.add(message)));
    const all: Message[] = [];
    let before: string | undefined;
    do {
      const page = await backend.lists.read('jack', first.conversationId, before);
      all.push(...page.messages);
      before = page.before;
    } while (before !== undefined);
    expect(all.map(({ text }) => text)).toEqual([first, ...next].map(({ text }) => text).reverse());
  });

  it('are for the two only', async () => {
    const [{ conversationId }] = await backend.conversation(1);
    await backend.lists.read('jack', conversationId);
    const message = 'You have no such conversation.';
    await expect(backend.lists.read('lane', conversationId)).rejects.toThrow(message);
    await expect(backend.lists.reply('lane', conversationId, 'Yes, sir.')).rejects.toThrow(message);
  });
});

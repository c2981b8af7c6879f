/** The play with which the conversations begin: written once, however often and in how many pieces. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TALK } from '../../../sample/02-conversations/src/demo/session';
import { Play } from '../../../sample/02-conversations/src/play/play';
import { dynamodbEndpoint, scanAll } from '../../support/dynamodb';
import { FaultyProxy, type ProxiedRequest } from '../../support/faulty-proxy';
import dialogues from '../../../sample/02-conversations/data/dialogues.json';
import { Backend } from './backend';

let proxy: FaultyProxy;
let backend: Backend;

beforeAll(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
beforeEach(async () => {
  proxy.intercept = undefined;
  backend = await Backend.start(proxy.endpoint);
  return () => backend.drop();
});
afterAll(() => proxy.close());

const stage = () => new Play(backend.messages).stage();
const writes = () => proxy.count('PutItem', 'TransactWriteItems');

/** The texts of each dialogue as they stand in the table, and under which of them it is listed, for both of its people. */
async function written(): Promise<{ lines: string[]; listed: string[] }[]> {
  const items = await scanAll(backend.tables.CONVERSATIONS_TABLE);
  return dialogues.map(({ id }) => ({
    lines: items
      .filter(({ pk }) => pk?.S === `conversation#${id}`)
      .sort((a, b) => (a.sk!.S! < b.sk!.S! ? -1 : 1))
      .map(({ text }) => text!.S!),
    listed: items
      .filter(({ message_group_uuid: group }) => group?.S === id)
      .map(
        ({ sk }) =>
          items.find((item) => item.sk?.S === sk!.S!.replace('conversation#', 'message#'))!.text!.S!,
      ),
  }));
}

const whole = dialogues.map(({ lines }) => {
  const texts = lines.map(([, text]) => text!);
  return { lines: texts, listed: [texts.at(-1)!, texts.at(-1)!] };
});

it('is written, and then not again', async () => {
  await stage();
  expect(await written()).toEqual(whole);
  const before = writes();
  await stage();
  expect(writes()).toBe(before);
});

describe('a play whose writer ended', () => {
  const isLine = ({ operation }: ProxiedRequest) => operation === 'PutItem';
  let count: number;

  it.each<[string, (request: ProxiedRequest) => boolean]>([
    ['before the first word', ({ operation }) => operation === 'TransactWriteItems'],
    ['behind the first transaction', isLine],
    ['in the middle of a dialogue', (request) => isLine(request) && count++ % 2 === 1],
    ['in the middle of the last one', (request) => isLine(request) && count++ > 60],
  ])('%s is completed', async (_when, fails) => {
    count = 0;
    proxy.intercept = (request) => (fails(request) ? 'access-denied' : undefined);
    await expect(stage()).rejects.toThrow();
    expect(await written()).not.toEqual(whole);
    proxy.intercept = undefined;
    await stage();
    expect(await written()).toEqual(whole);
  });

  it('is completed behind a conversation that has gone on meanwhile', async () => {
    const talk = dialogues.findIndex(({ id }) => id === TALK);
    proxy.intercept = (request) =>
      isLine(request) && JSON.stringify(request.body).includes(`conversation#${TALK}`)
        ? 'access-denied'
        : undefined;
    await expect(stage()).rejects.toThrow();
    proxy.intercept = undefined;
    const [person] = dialogues[talk]!.people;
    const message = await backend.lists.reply(person!, TALK, 'Where were we?');
    await backend.lastMessages.show(message);
    await stage();
    const { lines, listed } = (await written())[talk]!;
    expect(lines).toEqual([...whole[talk]!.lines, 'Where were we?']);
    expect(listed).toEqual(['Where were we?', 'Where were we?']);
  });
});

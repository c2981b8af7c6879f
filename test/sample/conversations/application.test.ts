import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Visitor } from '../../../sample/02-conversations/src/demo/visitor';
import { inWords, readFigures, readParagraph } from '../../../sample/02-conversations/src/demo/figures';
import { TALK } from '../../../sample/02-conversations/src/demo/session';
import { findChromium } from '../../../sample/02-conversations/src/screenshot/find-chromium';
import { deferred } from '../../engine/deferred';
import { dynamodbEndpoint } from '../../support/dynamodb';
import { FaultyProxy, type ProxiedRequest } from '../../support/faulty-proxy';
import { Backend, recordOf, rowsAt } from './backend';
import { ChatPage } from './chat-page';
import { Application, LambdaEnvironment, SAMPLE } from './processes';

const PATIENCE_MS = 120_000;
const executablePath = findChromium();
if (!executablePath) {
  const missing = 'There is no Chromium on the PATH or at CHROMIUM_PATH';
  if (process.env.CI === 'true') throw new Error(`${missing}: .ci/run installs one.`);
  console.warn(`${missing}: the page of ${SAMPLE} is not tested.`);
}

// The demo builds the sample, too. A shell, because npm is a script on Windows.
let story: string;
let application: Application;
beforeAll(async () => {
  ({ stdout: story } = await promisify(execFile)(`npm run demo --workspace ${SAMPLE}`, { shell: true }));
  application = await Application.start();
}, PATIENCE_MS);
afterAll(async () => {
  await application.stop();
});

describe('the demo of the conversations', () => {
  it('tells of loads and hits, a message, its move, a stale list, and records that come again', () => {
    const steps = ['LOAD', 'HIT', 'SEND', 'MOVE', 'STALE', 'AGAIN'];
    expect(story.match(/^[A-Z]{3,}(?= )/gm)).toEqual(steps);
  });

  it('says what the cache saved', () => {
    expect(story).toMatch(/The cache\nspared the conversations' table \d\d % of the requests/);
  });
});

it('has the figures in its README that are in figures.json', () => {
  expect(readParagraph()).toBe(inWords(readFigures()));
});

describe('the application of the conversations', () => {
  it('shows every list that is asked for after a message was acknowledged with that message', async () => {
    const people = ['jack', 'algernon'];
    const acknowledged: string[] = [];
    const lastSeen = new Map<string, string>();
    const wrong: string[] = [];
    let isOver = false;
    const readMessages = async (person: string): Promise<void> => {
      const visitor = new Visitor(application.url, person);
      while (!isOver) {
        const expected = [...acknowledged];
        const ids = new Set((await visitor.messages(TALK)).data.map(({ id }) => id));
        wrong.push(...expected.filter((id) => !ids.has(id)).map((id) => `${person} misses ${id}`));
      }
    };
    const readConversations = async (person: string): Promise<void> => {
      const visitor = new Visitor(application.url, person);
      while (!isOver) {
        const before = lastSeen.get(person) ?? '';
        const { data } = await visitor.conversations();
        const last = data.find(({ id }) => id === TALK)?.lastMessage.id ?? '';
        if (last < before) wrong.push(`${person}'s list goes back from ${before} to ${last}`);
        if (last > (lastSeen.get(person) ?? '')) lastSeen.set(person, last);
      }
    };
    const write = async (): Promise<void> => {
      for (let i = 0; i < 24; i++) {
        const { id } = await new Visitor(application.url, people[i % 2]!).reply(TALK, `message ${i}`);
        acknowledged.push(id);
      }
    };
    // Two readers of each list, because they share what they load.
    const readers = [...people, ...people].flatMap((person) => [
      readMessages(person),
      readConversations(person),
    ]);
    await write();
    await expect
      .poll(() => people.map((person) => lastSeen.get(person)), { timeout: 15_000 })
      .toEqual([acknowledged.at(-1), acknowledged.at(-1)]);
    isOver = true;
    await Promise.all(readers);
    expect(wrong).toEqual([]);
  });

  async function ask(path: string, user: string | undefined, body?: object): Promise<Response> {
    return fetch(application.url + path, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...(user && { 'x-user': user }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  it.each([
    ['nobody', 401, '/conversations', undefined, undefined],
    ['whose name is none', 401, '/conversations', 'jack#', undefined],
    ['of another conversation', 404, `/conversations/${TALK}/messages`, 'cecily', undefined],
    [
      'who writes into another conversation',
      404,
      `/conversations/${TALK}/messages`,
      'cecily',
      { text: 'Oh!' },
    ],
    ['who asks for no conversation', 400, '/conversations/x/messages', 'jack', undefined],
    ['who asks for messages before none', 400, `/conversations/${TALK}/messages?before=x`, 'jack', undefined],
    ['who says nothing', 400, `/conversations/${TALK}/messages`, 'jack', { text: '' }],
    ['who says too much', 400, `/conversations/${TALK}/messages`, 'jack', { text: 'x'.repeat(2_001) }],
    ['who talks to himself', 400, '/conversations', 'jack', { to: 'jack', text: 'Ah!' }],
  ])('refuses somebody %s', async (_who, status, path, user, body) => {
    expect((await ask(path, user, body)).status).toBe(status);
  });
});

describe.skipIf(!executablePath)('the page', () => {
  let browser: Browser;
  let chat: ChatPage;

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath && { executablePath }) });
  }, PATIENCE_MS);
  beforeEach(async () => {
    chat = await ChatPage.open(browser, application.url);
    return () => chat.close();
  }, PATIENCE_MS);
  afterAll(() => browser.close());

  it(
    'shows a message of one to the other, and never an older list after it',
    { timeout: PATIENCE_MS },
    async () => {
      for (let i = 0; i < 6; i++) {
        const [from, to] = i % 2 === 0 ? ['jack', 'algernon'] : ['algernon', 'jack'];
        const text = `Line ${i}, said ${Date.now()}`;
        await chat.write(from, text);
        await chat.waitFor(to, text);
        // The stream's part has moved the conversation for both of them.
        for (const person of [from, to])
          await chat
            .side(person)
            .locator('.conversations li:first-child .preview', { hasText: text })
            .waitFor();
      }
      expect(await chat.staleAnswers()).toEqual([]);
      expect(await chat.stepsBack()).toEqual([]);
    },
  );

  it('shows no answer that was overtaken', { timeout: PATIENCE_MS }, async () => {
    const held = deferred();
    const released = deferred();
    let count = 0;
    await chat.page.route(/\/messages$/, async (route) => {
      const request = route.request();
      const isJacks = request.method() === 'GET' && request.headers()['x-user'] === 'jack';
      if (!isJacks || count++ > 0) return route.continue();
      const response = await route.fetch();
      held.resolve();
      await released.promise;
      return route.fulfill({ response });
    });
    await held.promise;
    const text = `Overtaking, ${Date.now()}`;
    await chat.write('jack', text);
    await chat.waitFor('jack', text);
    // Jack's side asks again when the answer that was held has come.
    const next = chat.page.waitForRequest((request) => request.headers()['x-user'] === 'jack');
    released.resolve();
    await next;
    expect(await chat.stepsBack()).toEqual([]);
  });

  it('says of every request what the cache did, and how long it took', async () => {
    const requests = chat.side('jack').locator('.requests li');
    await requests
      .filter({ hasText: /^GET messages(hit|stale|load)\d+\.\d ms$/ })
      .first()
      .waitFor();
    await requests
      .filter({ hasText: /^GET conversations(hit|stale|load)\d+\.\d ms$/ })
      .first()
      .waitFor();
    await expect.poll(() => chat.page.locator('#totals').innerText()).toMatch(/hit\s+[1-9]\d*\s+[\d.]+ ms/);
  });

  it('shows what people write as text', async () => {
    const text = `<img src="x" onerror="document.title='taken'"> ${Date.now()}`;
    await chat.write('jack', text);
    await chat.waitFor('algernon', text);
    expect(await chat.page.locator('img').count()).toBe(0);
  });

  it('goes back to older messages', async () => {
    const side = chat.side('algernon');
    const before = await side.locator('.message').count();
    await side.locator('.more').click();
    await expect.poll(() => side.locator('.message').count()).toBeGreaterThan(before);
  });
});

describe('the Lambda function', () => {
  let proxy: FaultyProxy;
  let backend: Backend;

  beforeAll(async () => {
    proxy = await FaultyProxy.start(dynamodbEndpoint);
    backend = await Backend.start(dynamodbEndpoint);
  });
  beforeEach(() => {
    proxy.intercept = undefined;
  });
  afterAll(async () => {
    await backend.drop();
    await proxy.close();
  });

  const isMove = ({ operation }: ProxiedRequest): boolean => operation === 'TransactWriteItems';
  const isEviction = ({ operation, body }: ProxiedRequest): boolean =>
    /^(Put|Update|BatchWrite)Item$/.test(operation) &&
    JSON.stringify(body).includes(backend.tables.CACHE_TABLE);

  it('does what the poller does, and names what failed', { timeout: PATIENCE_MS }, async () => {
    const [first, second] = await backend.conversation(2);
    const poison = {
      eventName: 'INSERT',
      dynamodb: { Keys: { sk: { S: 'message#' } }, SequenceNumber: '7' },
    };
    const environment = new LambdaEnvironment(proxy.endpoint, backend.tables, [poison, recordOf(second!)]);
    expect(await environment.response()).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });

  it('ends with a word of what is wrong with its options', async () => {
    const environment = new LambdaEnvironment(proxy.endpoint, backend.tables, [], { CACHE_TTL: 'soon' });
    await expect(environment.response()).rejects.toThrow('ttl: "soon" is not a duration');
    expect(environment.exitCode).toBe(1);
  });

  it.each([
    ['reading and moving', isMove, false],
    ['moving and evicting', isEviction, true],
  ])('may die between %s', { timeout: PATIENCE_MS }, async (_what, isFatal, hasMoved) => {
    const [first, second] = await backend.conversation(2);
    const record = recordOf(second!);
    const lastText = async () =>
      (await backend.lists.list('jack')).find(({ id }) => id === first.conversationId)?.lastMessage.text;
    expect(await lastText()).toBe('line 0');

    const dying = deferred();
    const dead = deferred();
    proxy.intercept = async (request) => {
      if (!isFatal(request)) return undefined;
      dying.resolve();
      await dead.promise;
      return 'black-hole';
    };
    const environment = new LambdaEnvironment(proxy.endpoint, backend.tables, [record]);
    await dying.promise;
    await environment.kill();
    dead.resolve();
    expect(await backend.rows(first)).toEqual(rowsAt(hasMoved ? second! : first));
    expect(await lastText()).toBe('line 0');

    proxy.intercept = undefined;
    const next = new LambdaEnvironment(proxy.endpoint, backend.tables, [record]);
    expect(await next.response()).toEqual({ batchItemFailures: [] });
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
    expect(await lastText()).toBe('line 1');
  });

  it('asks for the record again when the eviction is lost', { timeout: PATIENCE_MS }, async () => {
    const [first, second] = await backend.conversation(2);
    const record = recordOf(second!);
    proxy.intercept = (request) => (isEviction(request) ? 'access-denied' : undefined);
    const environment = new LambdaEnvironment(proxy.endpoint, backend.tables, [record]);
    const itemIdentifier = record.dynamodb?.SequenceNumber;
    expect(await environment.response()).toEqual({ batchItemFailures: [{ itemIdentifier }] });
    expect(await backend.rows(first)).toEqual(rowsAt(second!));
  });
});

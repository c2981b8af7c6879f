/**
 * The story without a browser: Jack and Algernon talk over HTTP. Each step checks what it tells; the first one that does not
 * hold ends the demo with exit code 1. With --record its figures are written to figures.json and into the README.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDatabase } from '../database/embedded-database';
import { MessageStream } from '../last-message/message-stream';
import { DemoApp } from './demo-app';
import { inWords, machine, writeFigures } from './figures';
import { TALK, playSession } from './session';
import { type Visitor, count, medianMs } from './visitor';
import { wholeStream } from './whole-stream';

const TTL_MS = 2_000;
const MOVED_WITHIN_MS = 10_000;

interface Pair {
  readonly jack: Visitor;
  readonly algernon: Visitor;
}

async function main(): Promise<void> {
  const dynamodb = await startDatabase();
  try {
    process.env.CACHE_TTL = `${TTL_MS}ms`;
    const demoApp = await DemoApp.start('demo');
    console.log(`\nThe application runs on an embedded DynamoDB (${dynamodb.engine}).\n`);
    try {
      const pair = { jack: demoApp.visitor('jack'), algernon: demoApp.visitor('algernon') };
      await loadsAndHits(pair);
      await send(pair);
      await move(pair);
      await stale(pair);
      await bringAgain(pair, demoApp);
    } finally {
      await demoApp.close();
    }
    delete process.env.CACHE_TTL;
    await measure(dynamodb.engine);
  } finally {
    await dynamodb.stop();
  }
}

async function loadsAndHits({ jack, algernon }: Pair): Promise<void> {
  const first = [await jack.conversations(), await algernon.conversations(), await jack.messages(TALK)];
  holds(count(first, 'load') === 3, 'lists are loaded when they are asked for first');
  tell('LOAD', `three lists for the first time: ${medianMs(first).toFixed(1)} ms.`);
  const shared = await algernon.messages(TALK);
  assert.deepEqual([shared.origin, shared.data], ['hit', first[2]?.data], 'both people share a conversation');
  const again = [
    shared,
    await jack.conversations(),
    await algernon.conversations(),
    await jack.messages(TALK),
  ];
  holds(count(again, 'hit') === again.length, 'they are hits then');
  tell('HIT', `and again, Algernon from what Jack's visit loaded: ${medianMs(again).toFixed(1)} ms.`);
}

async function send({ jack, algernon }: Pair): Promise<void> {
  const sent = await jack.reply(TALK, 'What shall we do after dinner?');
  const { origin, data } = await algernon.messages(TALK);
  holds(origin === 'load' && data[0]?.id === sent.id, 'who asks after a message was sent gets it');
  tell('SEND', 'Jack writes. The next time Algernon asks, the message is there.');
}

async function move({ jack, algernon }: Pair): Promise<void> {
  const beganMs = performance.now();
  for (const person of [jack, algernon]) {
    const [top, ...others] = await onTop(person, beganMs);
    holds(top?.lastMessage.text === 'What shall we do after dinner?', 'the conversation is on top');
    holds(!others.some(({ id }) => id === TALK), 'it is nowhere else');
  }
  const ms = performance.now() - beganMs;
  tell(
    'MOVE',
    `the table's stream has put the conversation on top of both lists, ${ms.toFixed(0)} ms later.`,
  );
}

async function onTop(person: Visitor, beganMs: number) {
  for (;;) {
    const { data } = await person.conversations();
    if (data[0]?.id === TALK) return data;
    holds(performance.now() - beganMs < MOVED_WITHIN_MS, 'the stream moves it within seconds');
    await sleep(20);
  }
}

async function stale({ jack }: Pair): Promise<void> {
  const before = await jack.messages(TALK);
  await sleep(TTL_MS + 100);
  const after = await jack.messages(TALK);
  assert.deepEqual(
    [after.origin, after.data],
    ['stale', before.data],
    'past its life a list is served once more',
  );
  tell(
    'STALE',
    `${TTL_MS / 1_000} s later, nobody wrote: ${after.ms.toFixed(1)} ms, read anew behind the answer.`,
  );
}

async function bringAgain({ jack, algernon }: Pair, demoApp: DemoApp): Promise<void> {
  const before = [await jack.conversations(), await algernon.conversations()].map(({ data }) => data);
  const records = await wholeStream(demoApp);
  const stream = demoApp.get(MessageStream);
  for (const Records of [records, [...records].reverse()]) {
    assert.deepEqual(await stream.receive({ Records }), { batchItemFailures: [] });
  }
  const after = [await jack.conversations(), await algernon.conversations()].map(({ data }) => data);
  assert.deepEqual(after, before, 'what is brought again, or late, moves nothing');
  tell('AGAIN', `all ${records.length} records of the stream twice more, once backwards: nothing moves.`);
}

async function measure(engine: string): Promise<void> {
  const isRecorded = process.argv.includes('--record');
  const rounds = isRecorded ? 250 : 50;
  const uncached = await playSession('uncached', rounds, { isCached: false });
  const strict = await playSession('strict', rounds);
  process.env.CACHE_MAY_LAG = '1s';
  const lagging = await playSession('lagging', rounds);
  for (const { visits, loads, requests } of [strict, lagging]) {
    holds(loads < visits / 2, 'most answers come from the cache');
    holds(requests < uncached.requests / 2, 'the table is asked less often');
  }
  const figures = { machine: machine(), engine, uncached, strict, lagging };
  console.log(`\n${inWords(figures)}\n`);
  if (isRecorded) writeFigures(figures);
}

function holds(claim: boolean, what: string): void {
  assert.ok(claim, `This does not hold: ${what}.`);
}

function tell(step: string, what: string): void {
  console.log(`${step.padEnd(6)} ${what}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

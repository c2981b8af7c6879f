/**
 * The story: an application that its authorisation server throttles, and what a cache makes of it. Each step checks what
 * it tells; the first one that does not hold ends the demo with exit code 1. With `--write` the figures are kept.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoCache } from 'nestjs-dynamo-cache';
import { type Figures, ms, paragraph } from './figures';
import { Fleet } from './fleet';
import { CLIENTS, Stage, TABLE, newKey } from './stage';
import { readable, shows, storedBytes } from './stored-items';
import { type Visit, answered, crowd, inTurn, medianMs } from './visits';

const TIMES = 25;
const STATEMENTS = CLIENTS.length * TIMES;

async function main(): Promise<void> {
  const stage = await Stage.set();
  try {
    console.log(`\nThe application runs on an embedded DynamoDB (${stage.dynamodb.engine}).\n`);
    const without = await throttled(stage);
    await fleet(stage);
    const app = await stage.startCached();
    const cached = await served(stage, await app.getUrl(), app.get(DynamoCache));
    await ahead(stage, await app.getUrl());
    await stale(stage, await app.getUrl());
    await otherKey(stage);
    await table(stage);
    const machine = `${cpus().length} cores, Node ${process.versions.node}`;
    const figures = { machine, statements: STATEMENTS, clients: CLIENTS.length, without, cached };
    console.log(`\n${paragraph(figures)}\n`);
    if (process.argv.includes('--write')) keep(figures);
  } finally {
    await stage.strike();
  }
}

async function throttled(stage: Stage): Promise<Figures['without']> {
  const app = await stage.startWithout();
  const url = await app.getUrl();
  // The first one of a process is slow for reasons of its own.
  await inTurn(url, CLIENTS.slice(0, 1), 1);
  const singles = await inTurn(url, CLIENTS.slice(1), 1);
  stage.clock.forwardMinutes(1);
  stage.platform.takeAnswers();
  const visits = await crowd([url], CLIENTS, TIMES);
  const { tokens, secrets } = stage.platform.takeAnswers();
  const refusals = tokens.throttled + secrets.throttled;
  holds(refusals > STATEMENTS, 'without the cache the servers throttle');
  holds(answered(visits) < STATEMENTS, 'and some statements cannot be had');
  const asked = refusals + tokens.answered + secrets.answered;
  tell(
    'WITHOUT',
    `${STATEMENTS} statements at once for ${CLIENTS.length} clients: ${answered(visits)} answered.`,
  );
  tell(
    '',
    `${asked} requests for tokens and passwords, ${refusals} of them answered 429, in spite of the back-off.`,
  );
  return { answered: answered(visits), asked, throttled: refusals, medianMs: medianMs(singles) };
}

async function fleet(stage: Stage): Promise<void> {
  stage.clock.forwardMinutes(1);
  process.env.CACHE_TABLE = `${TABLE}-fleet`;
  const processes = await Fleet.start(2);
  process.env.CACHE_TABLE = TABLE;
  try {
    stage.platform.takeAnswers();
    const visits = await crowd(processes.urls, CLIENTS, TIMES);
    const { tokens, secrets } = stage.platform.takeAnswers();
    holds(answered(visits) === 2 * STATEMENTS, 'a fleet answers everything');
    assert.deepEqual([tokens, secrets], [CLIENTS, CLIENTS].map(once), 'a fleet asks once for each client');
    tell('FLEET', `two processes, one table, ${2 * STATEMENTS} statements at once: all answered.`);
    tell('', `${tokens.answered} requests for tokens, ${secrets.answered} for passwords, none throttled.`);
  } finally {
    await processes.stop();
  }
}

async function served(stage: Stage, url: string, cache: DynamoCache): Promise<Figures['cached']> {
  stage.clock.forwardMinutes(1);
  stage.platform.takeAnswers();
  const visits = await crowd([url], CLIENTS, TIMES);
  const { tokens, secrets } = stage.platform.takeAnswers();
  holds(answered(visits) === STATEMENTS, 'with the cache everything is answered');
  assert.deepEqual([tokens, secrets], [CLIENTS, CLIENTS].map(once), 'one request for each client');
  const { hits, misses, loaderMsSaved, readUnits, writeUnits, estimatedCost } = cache.stats();
  const later = await inTurn(url, CLIENTS, TIMES);
  assert.deepEqual(stage.platform.takeAnswers().tokens, once([]), 'what is cached is not asked for');
  tell('WITH', `the same with the cache: ${answered(visits)} answered, by ${tokens.answered} tokens and`);
  tell(
    '',
    `${secrets.answered} passwords. The next ${later.length} ask for none, ${ms(medianMs(later))} each.`,
  );
  return {
    answered: answered(visits),
    asked: tokens.answered + secrets.answered,
    throttled: tokens.throttled + secrets.throttled,
    medianMs: medianMs(later),
    savedMs: Math.round(loaderMsSaved),
    calls: hits + misses,
    readUnits,
    writeUnits,
    dollars: estimatedCost,
  };
}

async function ahead(stage: Stage, url: string): Promise<void> {
  stage.clock.forwardMinutes(40);
  const fills = stage.count('fill');
  const visits = await inTurn(url, CLIENTS, 1);
  await until(() => stage.count('fill') === fills + 2 * CLIENTS.length, 'tokens and passwords are refreshed');
  holds(stage.platform.answers.tokens.answered === CLIENTS.length, 'each token once');
  holds(answered(visits) === CLIENTS.length && stage.count('stale') === 0, 'nobody waits for a refresh');
  tell(
    'AHEAD',
    `40 minutes later: hits, and behind them ${CLIENTS.length} tokens and passwords are fetched ahead of time.`,
  );
}

async function stale(stage: Stage, url: string): Promise<void> {
  const { platform, clock } = stage;
  clock.forwardMinutes(52);
  platform.takeAnswers();
  platform.throttledForSeconds = 60;
  const visits = await crowd([url], CLIENTS, TIMES);
  const { tokens, ledger } = platform.takeAnswers();
  holds(answered(visits) === STATEMENTS, 'while the server throttles, everything is answered');
  holds(tokens.throttled > 0 && stage.count('stale') > 0, 'by what is stale');
  holds(ledger.refused === 0, 'and what is stale is still good');
  tell(
    'STALE',
    `52 minutes later, every token request gets a 429 (${tokens.throttled} did): ${answered(visits)} answered,`,
  );
  tell('', `by tokens that are stale in the cache and good for 3 more minutes.`);

  clock.forwardMinutes(4);
  const refused = await inTurn(url, CLIENTS, 1);
  holds(refused.every(isPutOff), 'a token is not served past its end');
  holds(platform.takeAnswers().ledger.refused === 0, 'nor sent');
  platform.throttledForSeconds = undefined;
  clock.forwardMinutes(1);
  holds(answered(await inTurn(url, CLIENTS, 1)) === CLIENTS.length, 'and all is well again');
  tell(
    'ENDED',
    `4 minutes later the tokens have ended: 503, and none of them is sent. Then the throttling ends: 200.`,
  );
}

async function otherKey(stage: Stage): Promise<void> {
  process.env.CACHE_KEYS = newKey('second');
  stage.platform.takeAnswers();
  const app = await stage.startCached();
  const visits = await inTurn(await app.getUrl(), CLIENTS, 1);
  const unknown = stage.count('undecodable', 'unknown-key');
  const { tokens } = stage.platform.takeAnswers();
  holds(answered(visits) === CLIENTS.length && tokens.answered === CLIENTS.length, 'it loads afresh');
  holds(unknown >= CLIENTS.length, 'and says what it could not open');
  tell(
    'KEY',
    `an application with another key: ${tokens.answered} tokens afresh, ${unknown} events "undecodable".`,
  );
}

async function table({ dynamodb, allSecrets, logged }: Stage): Promise<void> {
  const items = await storedBytes(dynamodb.endpoint, TABLE);
  holds(items.length > CLIENTS.length, 'the table has items');
  const parts = Buffer.concat(items.flatMap(readable));
  holds(!allSecrets.some((secret) => shows(parts, secret)), 'no secret is in the table');
  holds(
    logged.some((line) => line.includes('[secret]')),
    'the log tells of tokens',
  );
  holds(!allSecrets.some((secret) => logged.some((line) => line.includes(secret))), 'and shows none');
  tell(
    'TABLE',
    `${items.length} items and ${logged.length} lines of the log: none of ${allSecrets.length} secrets is in them.`,
  );
}

/** What a service has answered that was asked once for each client. */
function once(clients: readonly string[]) {
  return { answered: clients.length, throttled: 0, refused: 0 };
}

function isPutOff({ status }: Visit): boolean {
  return status === 503;
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 500 && !isSo(); turn++) await wait(20);
  holds(isSo(), what);
}

function keep(figures: Figures): void {
  const file = join(__dirname, '..', '..', 'figures.json');
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}

function holds(claim: boolean, what: string): void {
  assert.ok(claim, `This does not hold: ${what}.`);
}

function tell(step: string, what: string): void {
  console.log(`${step.padEnd(8)} ${what}`);
}

// A signal that nobody handles ends this process without its 'exit' event, and its fleet goes on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

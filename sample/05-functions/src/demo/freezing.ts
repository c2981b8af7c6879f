/** What may happen to an instance while it is frozen, and that the next answer is right all the same. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoCache, callKey } from 'nestjs-dynamo-cache/core';
import { readRoundQuestion } from '../rounds/round-question';
import { LambdaFunction } from '../runtime/lambda-function';
import type { ServerlessFunction } from '../runtime/serverless-function';
import { VercelFunction } from '../runtime/vercel-function';
import { type Stage, assertPlannedBy, ms, smallQuestion, tell } from './stage';

const LIFE_MS = 2_000;

/** The clock jumps past the life of a value that is in the instance's memory, and its connections end. */
export async function pastItsLife({ env, traffic, link }: Stage): Promise<void> {
  const code = { env: { ...env, CACHE_TTL: `${LIFE_MS}ms`, CACHE_STALE: '1ms' } };
  await onBoth(code.env, async (asked, platform) => {
    const question = smallQuestion('Vienna', platform === 'Lambda' ? 5 : 4);
    assertPlannedBy(traffic.report, await asked.ask(question), 'the first answer');
    // It is frozen from here on.
    await sleep(LIFE_MS + 100);
    const cut = link.cut();
    traffic.report++;
    const answer = await asked.ask(question);
    assertPlannedBy(
      traffic.report,
      answer,
      `${platform}: what has expired in a frozen instance is not served`,
    );
    tell('FROZEN', `${platform}: past the life of what it holds, ${cut} connections ended: ${answer.cache}.`);
  });
}

/** Its connections are dead, and nobody has told it. */
export async function deadConnections({ env, traffic, link }: Stage): Promise<void> {
  await onBoth({ ...env, CACHE_MEMORY: 'off', CACHE_TIMEOUT: '2s' }, async (asked, platform) => {
    const question = smallQuestion('Prague');
    await asked.ask(question);
    assert.equal((await asked.ask(question)).cache, 'hit in the table');
    const dead = link.silence();
    const answers = [await asked.ask(question), await asked.ask(question)] as const;
    for (const answer of answers) assertPlannedBy(traffic.report, answer, 'an answer over dead connections');
    assert.equal(answers[1].cache, 'hit in the table', `${platform}: the next read takes a new connection`);
    const [{ ms: took, cache }] = answers;
    tell(
      'DEAD',
      `${platform}: of its ${dead} connections none answers: ${cache}, ${ms(took)}; then a hit again.`,
    );
  });
}

/** A refresh behind an answer is frozen in the middle; meanwhile the value is evicted, and loaded anew by another instance. */
export async function refreshInTheMiddle({ env, traffic }: Stage, table: string): Promise<void> {
  const lifeMs = 300;
  const onVercel = new VercelFunction({
    module: 'functions/vercel',
    env: { ...env, CACHE_TTL: `${lifeMs}ms` },
  });
  const onLambda = new LambdaFunction({ module: 'functions/lambda', env });
  const operator = createDynamoCache({
    table,
    timeout: '5s',
    client: {
      endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });
  try {
    const query = smallQuestion('Warsaw');
    const { depot, stops } = readRoundQuestion(new URLSearchParams(query));
    assertPlannedBy(traffic.report, await onVercel.ask(query), 'the first answer');
    await sleep(lifeMs);
    const held = traffic.holdNext();
    const before = traffic.report++;
    const stale = await onVercel.ask(query);
    assertPlannedBy(before, stale, 'past its life a value stands in');
    assert.match(stale.cache, /^stale/);
    await held.arrival;
    assert.ok(!onVercel.isFrozen, 'what was handed to waitUntil gets its time');
    onVercel.freeze();

    await operator.delete(callKey('planRound', [depot, stops]));
    traffic.report++;
    assertPlannedBy(traffic.report, await onLambda.ask(query), 'another instance loads what was evicted');
    held.release();
    assertPlannedBy(
      traffic.report,
      await onVercel.ask(query),
      'the refresh does not bring back what was evicted',
    );
    await until(() => onVercel.isFrozen);
    const entry = await operator.get<{ trafficReport: number }>(callKey('planRound', [depot, stops]));
    assert.equal(entry?.trafficReport, traffic.report, 'nor does it reach the table');
    tell(
      'REFRESH',
      'frozen in the middle, thawed after an eviction: it writes nothing, the newer round stands.',
    );
  } finally {
    await Promise.all([onVercel.close(), onLambda.close(), operator.close()]);
  }
}

async function onBoth(
  env: Readonly<Record<string, string>>,
  scene: (asked: ServerlessFunction, platform: 'Lambda' | 'Vercel') => Promise<void>,
): Promise<void> {
  const onLambda = new LambdaFunction({ module: 'functions/lambda', env, isQuiet: true });
  const onVercel = new VercelFunction({ module: 'functions/vercel', env, isQuiet: true });
  try {
    await scene(onLambda, 'Lambda');
    await scene(onVercel, 'Vercel');
  } finally {
    await Promise.all([onLambda.close(), onVercel.close()]);
  }
}

async function until(claim: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!claim()) {
    assert.ok(performance.now() < deadlineMs, `never came true: ${claim.toString()}`);
    await sleep(10);
  }
}

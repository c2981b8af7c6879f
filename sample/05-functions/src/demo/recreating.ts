/** The table is deleted and created anew by the command line while both functions are asked: none of the answers fails. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LambdaFunction } from '../runtime/lambda-function';
import type { Answer, ServerlessFunction } from '../runtime/serverless-function';
import { VercelFunction } from '../runtime/vercel-function';
import type { Figures } from './figures';
import { DEPOTS, type Stage, assertPlannedBy, ms, smallQuestion, tell } from './stage';

const QUESTIONS = DEPOTS.slice(0, 8).map((depot) => smallQuestion(depot));
const COOLDOWN = '300ms';
// Before and after, too, so that there is something to lose and something to come back.
const ROUNDS_AROUND = 2;
const VISITORS_EACH = 2;

export async function recreating(stage: Stage): Promise<Figures['recreate']> {
  const { traffic, link } = stage;
  // Without memory, so that every question goes to the table.
  const env = { ...stage.env, CACHE_MEMORY: 'off', CACHE_COOLDOWN: COOLDOWN };
  const functions = [
    new LambdaFunction({ module: 'functions/lambda', env, isQuiet: true }),
    new VercelFunction({ module: 'functions/vercel', env, isQuiet: true }),
  ];
  try {
    const before = await visits(functions, rounds(ROUNDS_AROUND));
    let isOver = false;
    let rest = ROUNDS_AROUND;
    const visiting = visits(functions, () => !isOver || rest-- > 0);
    const began = performance.now();
    await recreate(env).finally(() => {
      isOver = true;
    });
    const tookMs = performance.now() - began;
    const during = await visiting;
    for (const answer of [...before, ...during])
      assertPlannedBy(traffic.report, answer, 'an answer meanwhile');
    assert.ok(
      during.some(({ cache }) => !cache.startsWith('hit')),
      'what the old table held is gone',
    );

    const { requests } = await link.counting(() => visits(functions, rounds(ROUNDS_AROUND)));
    const after = await visits(functions, rounds(1));
    assert.ok(
      requests > 0 && after.every(({ cache }) => cache === 'hit in the table'),
      'the new table is used',
    );
    tell(
      'RECREATE',
      `by the command line in ${ms(tookMs)}; ${during.length} questions meanwhile, none failed,`,
    );
    tell(
      '',
      `${count(during, /load/)} loads; then ${after.length} of ${after.length} are hits in the new table.`,
    );
    return { requests: during.length, ms: tookMs };
  } finally {
    await Promise.all(functions.map((asked) => asked.close()));
  }
}

/** Visitors that ask all questions in turn, as long as they may go on. */
async function visits(functions: readonly ServerlessFunction[], mayGoOn: () => boolean): Promise<Answer[]> {
  const visitors = functions.flatMap((asked) => Array.from({ length: VISITORS_EACH }, () => asked));
  const answers: Answer[] = [];
  while (mayGoOn()) {
    await Promise.all(
      visitors.map(async (asked) => {
        for (const question of QUESTIONS) answers.push(await asked.ask(question));
      }),
    );
  }
  return answers;
}

function rounds(count: number): () => boolean {
  let left = count;
  return () => left-- > 0;
}

function count(answers: readonly Answer[], cache: RegExp): number {
  return answers.filter((answer) => cache.test(answer.cache)).length;
}

/** `npx dynamo-cache table recreate --yes`, as it is built. */
async function recreate(env: Readonly<Record<string, string>>): Promise<void> {
  const manifest = require.resolve('nestjs-dynamo-cache/package.json');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- where npx would find it
  const { bin } = require(manifest) as { bin: { 'dynamo-cache': string } };
  const program = join(dirname(manifest), bin['dynamo-cache']);
  // Where it keeps the table's settings until it is done.
  const cwd = await mkdtemp(join(tmpdir(), 'dynamo-cache-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'table', 'recreate', '--yes'], {
      cwd,
      env: { ...process.env, ...env },
    });
    assert.match(stdout, /recreated/);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

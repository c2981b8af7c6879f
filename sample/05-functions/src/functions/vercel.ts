/** The Vercel function: on Vercel this file is `api/round.ts`. */
import { configureDefaultCache, memoize } from 'nestjs-dynamo-cache/core';
import { planRound } from '../rounds/plan-round';
import { RoundQuestionError, readRoundQuestion } from '../rounds/round-question';
import { cacheOptions } from './cache.options';
import { waitUntil } from './wait-until';

configureDefaultCache({ ...cacheOptions(), waitUntil });
const cachedRound = memoize(planRound, { name: 'planRound' });

export async function GET(request: Request): Promise<Response> {
  try {
    const { depot, stops } = readRoundQuestion(new URL(request.url).searchParams);
    return Response.json(await cachedRound(depot, stops));
  } catch (error) {
    if (error instanceof RoundQuestionError)
      return Response.json({ message: error.message }, { status: 400 });
    throw error;
  }
}

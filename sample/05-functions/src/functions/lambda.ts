/** The Lambda function: an event of API Gateway (payload 2.0) or of a function URL in, a result out. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { configureDefaultCache, memoize } from 'nestjs-dynamo-cache/core';
import { planRound } from '../rounds/plan-round';
import { RoundQuestionError, readRoundQuestion } from '../rounds/round-question';
import { cacheOptions } from './cache.options';

configureDefaultCache(cacheOptions());
const cachedRound = memoize(planRound, { name: 'planRound' });

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const { depot, stops } = readRoundQuestion(new URLSearchParams(event.rawQueryString));
    return json(200, await cachedRound(depot, stops));
  } catch (error) {
    if (error instanceof RoundQuestionError) return json(400, { message: error.message });
    throw error;
  }
}

function json(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The same function without a cache, to compare it with. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { planRound } from '../rounds/plan-round';
import { readRoundQuestion } from '../rounds/round-question';

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { depot, stops } = readRoundQuestion(new URLSearchParams(event.rawQueryString));
  return { statusCode: 200, body: JSON.stringify(await planRound(depot, stops)) };
}

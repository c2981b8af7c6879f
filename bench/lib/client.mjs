import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The client that both sides use: one attempt, as a cache wants it, and sockets enough for the callers. */
export function clientOf(endpoint) {
  const agent = { keepAlive: true, maxSockets: 200 };
  return new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: { httpAgent: agent, httpsAgent: agent },
  });
}

/** Counts the requests of a client from now on. */
export function countRequests(client) {
  const requests = { sent: 0 };
  const count = (next) => (request) => {
    requests.sent++;
    return next(request);
  };
  client.middlewareStack.add(count, { step: 'initialize', name: 'countRequests' });
  return requests;
}

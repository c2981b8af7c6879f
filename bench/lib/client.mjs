import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What both sides make their clients of: one attempt, as a cache wants it, and sockets enough for the callers. */
export function configOf(endpoint) {
  const agent = { keepAlive: true, maxSockets: 200 };
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: { httpAgent: agent, httpsAgent: agent },
  };
}

export function clientOf(endpoint) {
  return new DynamoDBClient(configOf(endpoint));
}

/** Counts what the clients that are made of a configuration send, by connections that they share. */
export function counted(config) {
  const { requestHandler } = new DynamoDBClient(config).config;
  const requests = { sent: 0 };
  const counting = Object.create(requestHandler, {
    handle: {
      value: (...request) => {
        requests.sent++;
        return requestHandler.handle(...request);
      },
    },
  });
  return { config: { ...config, requestHandler: counting }, requests };
}

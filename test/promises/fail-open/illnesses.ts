import type { DynamoCacheOptions } from '../../../lib/core';
import type { FaultyProxy, ProxyMode } from '../../support/faulty-proxy';
import { clientOptions } from './build-cache';

export interface Illness {
  /** Options of a cache that suffers from it. */
  options(proxy: FaultyProxy, table: string): DynamoCacheOptions;
  readonly mode?: ProxyMode;
  /** How many requests one operation sends, at most. */
  readonly requestsAnOperation: number;
}

const proxied = (mode: ProxyMode, requestsAnOperation = 1): Illness => ({
  mode,
  requestsAnOperation,
  options: ({ endpoint }, table) => ({ table, client: clientOptions({ endpoint }) }),
});

const unreachable = (client: Parameters<typeof clientOptions>[0]): Illness => ({
  requestsAnOperation: 0,
  options: (_, table) => ({ table, client: clientOptions(client) }),
});

const fake = (send: () => Promise<never>): Illness => ({
  requestsAnOperation: 0,
  options: (_, table) => ({ table, client: { send } }),
});

export const ILLNESSES: Record<string, Illness> = {
  'connections are refused': proxied('refuse', 0),
  'requests vanish in a black hole': proxied('black-hole'),
  'headers come after the budget': proxied('slow-headers'),
  'the body stalls': proxied('stalled-body'),
  'it answers 500': proxied('status-500'),
  'it is throttled': proxied('throttle'),
  'its account is throttled': proxied('throttling-exception'),
  'it answers garbage': proxied('garbage'),
  // A connection that was lost is tried once more.
  'connections are reset in the middle': proxied('reset', 2),
  'answers are lost': proxied('lost-response', 2),
  'access is denied': proxied('access-denied'),
  'the table does not exist': {
    requestsAnOperation: 1,
    options: ({ endpoint }) => ({ table: 'no-such-table', client: clientOptions({ endpoint }) }),
  },
  'there are no credentials': unreachable({
    credentials: () => Promise.reject(new Error('Could not load credentials from any providers')),
  }),
  'credentials never come': unreachable({ credentials: () => new Promise(() => {}) }),
  'nothing listens at the endpoint': unreachable({ endpoint: 'http://127.0.0.1:1' }),
  'the endpoint is no host': unreachable({ endpoint: 'http://dynamodb.invalid' }),
  'the region cannot be told': unreachable({
    region: (): Promise<string> => Promise.reject(new Error('no region')),
  }),
  'the endpoint does not speak TLS': {
    requestsAnOperation: 0,
    options: ({ endpoint }, table) => ({
      table,
      client: clientOptions({ endpoint: endpoint.replace('http:', 'https:') }),
    }),
  },
  'the client ignores its abort signal': fake(() => new Promise(() => {})),
  'the client throws instead of rejecting': fake(() => {
    throw new Error('no');
  }),
};

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { explain } from '../../lib/cli/failures';
import { resolveSettings } from '../../lib/cli/settings';
import { dynamodbEndpoint, freshTable } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { commandLine, errorOf, onTable } from './command-line';

const settings = resolveSettings({ table: 'cache-prod', region: 'eu-central-1' }, {});
const { signal } = new AbortController();

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

describe('a failure is told in one line:', () => {
  const DENIED =
    'User: arn:aws:iam::1:user/eve is not authorized to perform: dynamodb:Scan on resource: ' +
    'arn:aws:dynamodb:eu-central-1:1:table/cache-prod because no identity-based policy allows the action';

  it.each<[string, Error, { code: string; exitCode?: number; message: RegExp; hint?: RegExp }]>([
    [
      'no permission',
      named('AccessDeniedException', DENIED),
      {
        code: 'ACCESS_DENIED',
        message:
          /^Not permitted: dynamodb:Scan on arn:aws:dynamodb:eu-central-1:1:table\/cache-prod by arn:aws:iam::1:user\/eve\.$/,
        hint: /dynamo-cache iam/,
      },
    ],
    [
      "no permission for the table's key",
      named(
        'AccessDeniedException',
        DENIED.replace('dynamodb:Scan', 'kms:Decrypt').replace(/on resource: \S+/, 'on it'),
      ),
      {
        code: 'ACCESS_DENIED',
        message: /^Not permitted: kms:Decrypt on the table cache-prod by/,
        hint: /dynamo-cache iam --kms-key/,
      },
    ],
    [
      'an expired token',
      named('ExpiredTokenException', 'The security token included in the request is expired'),
      {
        code: 'EXPIRED_TOKEN',
        message: /has expired/,
        hint: /aws sso login/,
      },
    ],
    [
      'a token nobody knows',
      named('UnrecognizedClientException', 'x'),
      { code: 'BAD_CREDENTIALS', message: /does not accept/ },
    ],
    [
      'no credentials',
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      { code: 'NO_CREDENTIALS', message: /No AWS credentials/ },
    ],
    [
      'no region',
      new Error('Region is missing'),
      { code: 'NO_REGION', message: /No AWS region/, hint: /--region/ },
    ],
    [
      'no table',
      named('ResourceNotFoundException', 'x'),
      { code: 'NO_TABLE', exitCode: 3, message: /no table cache-prod in eu-central-1/ },
    ],
    [
      'throttling',
      named('ThrottlingException', 'x'),
      { code: 'THROTTLED', message: /throttles the table cache-prod/ },
    ],
    [
      'an unknown host',
      named('Error', 'x', { code: 'ENOTFOUND' }),
      { code: 'UNREACHABLE', message: /ENOTFOUND/ },
    ],
    [
      'a refused connection inside others',
      new AggregateError([named('Error', 'x', { code: 'ECONNREFUSED' })]),
      { code: 'UNREACHABLE', message: /ECONNREFUSED/ },
    ],
    [
      'a lost eviction, by its cause',
      named('EvictionLostError', 'x', { code: 'EVICTION_LOST', cause: named('ExpiredToken', 'x') }),
      { code: 'EXPIRED_TOKEN', message: /expired/ },
    ],
    [
      'anything else, by itself',
      named('LimitExceededException', 'Too many\noperations'),
      { code: 'LimitExceededException', message: /^Too many$/ },
    ],
  ])('%s', (_what, error, { code, exitCode = 1, message, hint }) => {
    const told = explain(error, { settings, connection: undefined, signal });
    expect(told).toMatchObject({ code, exitCode, message: expect.stringMatching(message) });
    if (hint) expect(told.hint).toMatch(hint);
  });

  it('which operation was denied, where DynamoDB does not say', async () => {
    const table = await freshTable();
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    proxy.mode = 'access-denied';
    try {
      const line = ['--json', '--table', table, '--endpoint', proxy.endpoint];
      expect(errorOf(await commandLine(['keys', ...line])).message).toBe(
        `Not permitted: dynamodb:Scan on the table ${table}.`,
      );
      // Through the product's own cache, which says nothing to its callers.
      expect(errorOf(await commandLine(['get', 'k', ...line])).message).toMatch(
        /^Not permitted: dynamodb:(Batch)?GetItem/,
      );
      expect(errorOf(await commandLine(['delete', 'k', ...line])).message).toMatch(
        /^Not permitted: dynamodb:PutItem/,
      );
      expect(errorOf(await commandLine(['clear', '--yes', ...line])).code).toBe('ACCESS_DENIED');
    } finally {
      await proxy.close();
    }
  });
});

describe('on the network', () => {
  const COMMANDS = [
    ['get', 'k'],
    ['set', 'k', '1', '--ttl', '1m'],
    ['delete', 'k'],
    ['keys'],
    ['inspect', 'k'],
    ['evict-tag', 't'],
    ['clear', '--yes'],
    ['flush', '--yes'],
    ['table', 'describe'],
    ['table', 'doctor'],
  ];

  it.each(COMMANDS)('%s %s says that the table is missing', async (...line) => {
    const ran = await onTable('no-such-table', '--json')(line);
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(errorOf(ran)).toMatchObject({ code: 'NO_TABLE' });
  });

  it.each([['get', 'k'], ['keys'], ['table', 'describe']])(
    '%s %s says that nothing answers at the endpoint',
    async (...line) => {
      const ran = await commandLine([
        ...line.filter(Boolean),
        '--json',
        '--table',
        'some',
        '--endpoint',
        'http://127.0.0.1:1',
      ]);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(errorOf(ran)).toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('http://127.0.0.1:1 (ECONNREFUSED)'),
      });
    },
  );

  it('a server that is no DynamoDB is named as that', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const ran = await commandLine([
        'table',
        'describe',
        '--json',
        '--table',
        'some',
        '--endpoint',
        endpoint,
      ]);
      expect(errorOf(ran)).toMatchObject({
        code: 'NOT_DYNAMODB',
        message: expect.stringContaining(endpoint),
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('a table of another shape is named as that', async () => {
    const table = await freshTable({ partitionKey: 'id' });
    for (const line of [
      ['get', 'k'],
      ['inspect', 'k'],
      ['set', 'k', '1', '--ttl', '1m'],
    ]) {
      const ran = await onTable(table, '--json')(line);
      expect([line, ran.code, errorOf(ran).code]).toEqual([line, 1, 'OTHER_SHAPE']);
    }
  });

  it('the stack comes with --verbose only', async () => {
    const line = ['table', 'describe', '--table', 'some', '--endpoint', 'http://127.0.0.1:1'];
    expect((await commandLine(line)).err).not.toMatch(/^ {4}at /m);
    expect((await commandLine([...line, '--verbose'])).err).toMatch(/^ {4}at /m);
  });

  it('Ctrl-C while nothing answers is exit code 130', async () => {
    const table = await freshTable();
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    proxy.mode = 'black-hole';
    const interrupt = new AbortController();
    try {
      const running = commandLine(['get', 'k', '--table', table, '--endpoint', proxy.endpoint], {
        signal: interrupt.signal,
      });
      await expect.poll(() => Object.keys(proxy.requests).length).toBeGreaterThan(0);
      interrupt.abort(new Error('interrupted'));
      expect(await running).toMatchObject({ code: 130, out: '', err: 'error Interrupted.\n' });
    } finally {
      await proxy.close();
    }
  });
});

it('never repeats credentials that stand in an endpoint', async () => {
  const failed = await commandLine([
    ...['get', 'k', '--json', '--table', 'cache-prod'],
    ...['--endpoint', 'http://eve:hunter2@127.0.0.1:1'],
  ]);
  expect(failed.code).toBe(1);
  expect(errorOf(failed).message).toContain('http://127.0.0.1:1');
  expect(JSON.stringify(failed)).not.toContain('hunter2');
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SECRETS, buildCache, clientOptions } from './build-cache';

// What a captive portal, a proxy on the way, or something else than DynamoDB may answer.
const ANSWERS: Record<string, readonly [status: number, body: string]> = {
  'a page': [200, '<html>Please log in, secret-value</html>'],
  'an error page': [503, '<html>secret-value</html>'],
  nothing: [200, ''],
  null: [200, 'null'],
  'a list': [200, '[]'],
  'a text': [200, '"secret-value"'],
  'an item that is a number': [200, '{"Item":7,"Attributes":7,"Responses":7,"UnprocessedKeys":7}'],
  'an item of numbers': [200, '{"Item":{"v":7,"ver":7,"end":7},"Attributes":{"v":7}}'],
  'an item whose value is no base64': [
    200,
    '{"Item":{"pk":{"S":"secret-value"},"v":{"B":"secret value!"},"ver":{"S":"1"}}}',
  ],
  'values behind the end of the item': [200, '{"Item":{"v":{"S":"secret-value"}}} "secret-value"'],
  'tables that are lists': [200, '{"Responses":{"table":{"pk":1}},"UnprocessedKeys":[1]}'],
  'keys that stay unprocessed': [
    200,
    '{"Responses":{},"UnprocessedKeys":{"some-table":{"Keys":[{"pk":{"S":"cache#a"}}]}}}',
  ],
  'a redirection': [301, ''],
  'an error without a type': [400, '{}'],
  'an error that is a list': [400, '[1]'],
};

let server: Server;
let answer: readonly [number, string] = [200, ''];

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer[0], { 'content-type': 'application/x-amz-json-1.0' }).end(answer[1]);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function build() {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return buildCache({ table: 'some-table', client: clientOptions({ endpoint }), timeout: 500 });
}

describe.each(Object.entries(ANSWERS))('a DynamoDB that answers with %s', (_, chosen) => {
  let built: ReturnType<typeof build>;
  beforeEach(() => {
    answer = chosen;
    built = build();
  });
  afterEach(async () => {
    for (const secret of SECRETS) expect(built.lines.all.join('\n')).not.toContain(secret);
    for (const line of built.lines.all) expect(line).not.toContain('\n');
    await built.cache.close();
  });

  it('harms no call', async () => {
    const { cache, lines } = built;
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      expect(await cache.getOrLoad(key, () => key)).toBe(key);
    const keys = Array.from({ length: 20 }, (__, i) => `k${i}`);
    expect(await Promise.all(keys.map((key) => cache.getOrLoad(key, () => key)))).toEqual(keys);
    expect(cache.stats().loads).toBe(27);
    expect(lines.all.length).toBeLessThanOrEqual(3);
  });

  it('harms no set and no delete', async () => {
    expect(typeof (await built.cache.set('a', 'secret-value'))).toBe('boolean');
    expect(typeof (await built.cache.delete('a'))).toBe('boolean');
    expect(await built.cache.get('a')).toBeUndefined();
  });
});

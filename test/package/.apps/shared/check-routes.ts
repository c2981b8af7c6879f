/** What the interceptor does on every Nest and every adapter: a hit, a 304, and nothing that is one user's alone. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { INestApplication } from '@nestjs/common';

interface Answer {
  status: number | undefined;
  cacheStatus: string;
  etag: string;
  body: string;
}

export async function checkRoutes(app: INestApplication, id: string): Promise<void> {
  await app.listen(0, '127.0.0.1');
  try {
    const url = `${await app.getUrl()}/menus/${id}`;
    const miss = await ask(url);
    assert.match(miss.cacheStatus, /fwd=uri-miss.*stored/);
    const hit = await ask(url);
    assert.match(hit.cacheStatus, /; hit/);
    assert.deepEqual([hit.status, hit.body], [200, miss.body]);
    const unchanged = await ask(url, { 'if-none-match': hit.etag });
    assert.deepEqual([unchanged.status, unchanged.body], [304, '']);

    const [mine, again] = [await ask(`${url}/mine`), await ask(`${url}/mine`)];
    assert.notEqual(again.body, mine.body, 'what is private is not kept');
  } finally {
    await app.close();
  }
}

// Not fetch, which asks past every cache when it is given an `If-None-Match`.
function ask(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const { 'cache-status': cacheStatus = '', etag = '' } = response.headers;
      text(response).then(
        (body) => resolve({ status: response.statusCode, cacheStatus: String(cacheStatus), etag, body }),
        reject,
      );
    }).on('error', reject);
  });
}

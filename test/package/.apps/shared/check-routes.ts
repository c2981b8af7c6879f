/** What the interceptor does on every Nest and every adapter: a hit, a 304, and nothing that is one user's alone. */
import assert from 'node:assert/strict';
import type { INestApplication } from '@nestjs/common';

export async function checkRoutes(app: INestApplication, id: string): Promise<void> {
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/menus/${id}`;

  const miss = await fetch(url);
  assert.match(miss.headers.get('cache-status') ?? '', /fwd=uri-miss.*stored/);
  const loaded = await miss.json();
  const hit = await fetch(url);
  assert.match(hit.headers.get('cache-status') ?? '', /; hit/);
  assert.deepEqual(await hit.json(), loaded);
  const unchanged = await fetch(url, { headers: { 'if-none-match': hit.headers.get('etag') ?? '' } });
  assert.equal(unchanged.status, 304);

  const [mine, again] = [await fetch(`${url}/mine`), await fetch(`${url}/mine`)];
  assert.notDeepEqual(await again.json(), await mine.json(), 'what is private is not kept');
  await app.close();
}

// Alice and Bob ask for the same page, known to the server by any of the usual means, while the handler says any of the
// usual things, in every order that a cache knows. Neither ever sees the other's body, headers or status.
import 'reflect-metadata';
import { beforeAll, describe, it } from 'vitest';
import type { Headers } from '../../support/http-client';
import { PLATFORMS, type Site } from '../../support/http-site';
import { type Answering, type Pages, openShop } from './basket-site';
import { IDENTITIES } from './people';
import { Visit } from './visit';

const always = (headers: Headers): Answering => ({ headers: () => headers });
const control = (...lines: string[]): Answering => always({ 'cache-control': lines });
const OWN = 'Authorization, Cookie, X-User';

/** What the handler says. */
const ANSWERS: Record<string, Answering> = {
  nothing: {},
  'a lifetime': control('public, max-age=600, s-maxage=600'),
  private: control('private'),
  'private with a lifetime': control('private, max-age=600, s-maxage=600'),
  'PRIVATE after others': control('s-maxage=600,\tPRIVATE'),
  'private on a line of its own': control('public, max-age=600', 'private'),
  'private, naming a header': control('max-age=600, private="x-for"'),
  'no-store': control('no-store'),
  'no-store with a lifetime': control('max-age=600, no-store'),
  'no-cache': control('no-cache, max-age=600'),
  'max-age=0': control('max-age=0'),
  'Set-Cookie': { headers: (name) => ({ 'set-cookie': `session=${name}` }) },
  'Set-Cookie, twice, with a lifetime': {
    headers: (name) => ({ 'set-cookie': ['a=b', `session=${name}`], 'cache-control': 'public, max-age=600' }),
  },
  Vary: always({ vary: OWN }),
  'Vary, in capitals among others': always({ vary: 'ACCEPT-LANGUAGE,AUTHORIZATION , COOKIE,X-USER' }),
  'Vary, on several lines': always({ vary: ['Accept-Language', OWN] }),
  'Vary, spread over calls': {
    headers: (_name, nth) => ({ vary: nth === 1 ? 'Accept-Language, X-User' : `${OWN}, Accept` }),
  },
  'Vary: *': always({ vary: '*' }),
  'Vary: * among others': always({ vary: ['Accept-Language, *'] }),
  'private from the second call on': {
    headers: (_name, nth): Headers => (nth === 1 ? {} : { 'cache-control': 'private' }),
    isEverybodysUntil: 1,
  },
  'Set-Cookie from the second call on': {
    headers: (name, nth): Headers => (nth === 1 ? {} : { 'set-cookie': `session=${name}` }),
    isEverybodysUntil: 1,
  },
  'Vary from the second call on': {
    headers: (_name, nth): Headers => (nth === 1 ? {} : { vary: OWN }),
    isEverybodysUntil: 1,
  },
  'Vary: * from the second call on': {
    headers: (_name, nth): Headers => (nth === 1 ? {} : { vary: '*' }),
    isEverybodysUntil: 1,
  },
};

/** The ones that are tried in every order, and with a memory tier; the others in the orders that matter most. */
const COMMON = new Set([
  'nothing',
  'private',
  'Set-Cookie',
  'Vary',
  'private from the second call on',
  'Vary from the second call on',
]);

/** Says nothing that keeps two people apart whom the request does not tell apart. */
const SILENT = new Set(['nothing', 'a lifetime', 'max-age=0']);

type Etag = string | undefined;
const unlessMatches = (etag: Etag): Headers => ({ 'if-none-match': etag ?? '"none"' });

/** In which order they ask. */
const WAYS: Record<string, (visit: Visit) => Promise<void>> = {
  'one after the other': async ({ alice, bob }) => {
    await alice();
    await bob();
    await alice();
    await bob();
  },
  "Bob while Alice's handler works": async (visit) => {
    const { answered, release } = await visit.aliceIsHeld();
    const arrived = await visit.bobArrives();
    release();
    await Promise.all([answered, ...arrived]);
    await visit.bob();
    await visit.alice();
  },
  "several while Alice's handler works": async (visit) => {
    const { answered, release } = await visit.aliceIsHeld();
    const first = await visit.bobArrives();
    const again = visit.alice();
    const second = await visit.bobArrives('HEAD');
    release();
    await Promise.all([answered, again, ...first, ...second]);
    await visit.bob();
  },
  "Bob while Alice's handler fails": async (visit) => {
    const { answered, release } = await visit.aliceIsHeld();
    const arrived = await visit.bobArrives();
    visit.break();
    release();
    await Promise.all([answered, ...arrived]);
    await visit.bob();
  },
  'the page is stale': async (visit) => {
    await visit.alice();
    visit.later(12);
    await visit.bob();
    await visit.alice();
    await visit.bob();
    await visit.alice();
  },
  'the page is stale, and Bob asks again': async (visit) => {
    await visit.alice();
    visit.later(12);
    await visit.alice();
    await visit.bob();
    visit.later(12);
    await visit.bob();
    await visit.alice();
    await visit.bob();
  },
  'the page is stale, and Bob comes while it is refreshed for Alice': async (visit) => {
    await visit.alice();
    visit.later(12);
    const { answered, release } = await visit.aliceIsHeld();
    const arrived = await visit.bobArrives();
    release();
    await Promise.all([answered, ...arrived]);
    await visit.bob();
    await visit.alice();
  },
  'the page is stale, and the handler fails': async (visit) => {
    await visit.alice();
    visit.later(30);
    visit.break();
    await visit.bob();
    await visit.alice();
    await visit.bob('HEAD');
  },
  'the page is stale, and fails for Alice while Bob waits': async (visit) => {
    await visit.alice();
    visit.later(30);
    const { answered, release } = await visit.aliceIsHeld();
    const arrived = await visit.bobArrives();
    visit.break();
    release();
    await Promise.all([answered, ...arrived]);
    await visit.bob();
  },
  'the page is gone': async (visit) => {
    await visit.alice();
    visit.later(120);
    await visit.bob();
    await visit.alice();
  },
  'HEAD first': async ({ alice, bob }) => {
    await alice('HEAD');
    await bob();
    await alice();
    await bob('HEAD');
  },
  'HEAD afterwards': async ({ alice, bob }) => {
    await alice();
    await bob('HEAD');
    await bob();
    await alice('HEAD');
  },
  "Bob with Alice's ETag": async ({ alice, bob }) => {
    const { etag } = (await alice()).headers;
    await bob('GET', unlessMatches(etag));
    await bob('HEAD', unlessMatches(etag));
    await alice();
  },
  "Bob with Alice's ETag, on a stale page": async (visit) => {
    const { etag } = (await visit.alice()).headers;
    visit.later(12);
    await visit.bob('GET', unlessMatches(etag));
    await visit.bob('GET', unlessMatches(etag));
  },
  'Alice is told that nothing changed': async ({ alice, bob }) => {
    const { etag } = (await alice()).headers;
    await alice('GET', unlessMatches(etag));
    await bob();
    await alice('GET', unlessMatches(etag));
    await bob('GET', unlessMatches(etag));
  },
  'Alice asks with a condition first': async ({ alice, bob }) => {
    await alice('GET', unlessMatches('"unknown"'));
    await bob();
    await bob('GET', unlessMatches('"unknown"'));
  },
  'Alice reloads': async ({ alice, bob }) => {
    await bob();
    await alice('GET', { 'cache-control': 'no-cache' });
    await bob();
    await alice('GET', { 'cache-control': 'max-age=0' });
    await bob();
  },
  'Alice wants nothing stored': async ({ alice, bob }) => {
    await alice('GET', { 'cache-control': 'no-store' });
    await bob();
    await bob('GET', { 'cache-control': 'no-store' });
    await alice();
  },
  'Bob wants it from the cache only': async ({ alice, bob }) => {
    await alice();
    await bob('GET', { 'cache-control': 'only-if-cached' });
    await bob('GET', { 'cache-control': 'only-if-cached, max-stale' });
  },
};

const MAIN_WAYS = new Set([
  'one after the other',
  "Bob while Alice's handler works",
  'the page is stale',
  'the page is stale, and the handler fails',
  'HEAD first',
  "Bob with Alice's ETag",
]);

function waysFor(said: string, memory: boolean): [string, (visit: Visit) => Promise<void>][] {
  const isFull = COMMON.has(said) && !memory;
  return Object.entries(WAYS).filter(([way]) => isFull || MAIN_WAYS.has(way));
}

let pagesSoFar = 0;

describe.each(PLATFORMS)('%s', (platform) => {
  describe.each([
    ['without a memory tier', false],
    ['with a memory tier', true],
  ])('%s', (_memory, memory) => {
    let shop: { site: Site; pages: Pages };

    beforeAll(async () => {
      shop = await openShop(platform, memory);
    });

    for (const [known, identity] of Object.entries(IDENTITIES)) {
      describe(`known by ${known}`, () => {
        for (const [said, answering] of Object.entries(ANSWERS)) {
          if (identity.isInvisible && SILENT.has(said)) continue;
          if (memory && !COMMON.has(said)) continue;

          it(`the handler says ${said}: each is given their own`, async () => {
            for (const [way, go] of waysFor(said, memory)) {
              const page = `page-${++pagesSoFar}`;
              shop.pages.set(page, answering);
              const visit = new Visit(shop.site, shop.pages, identity, page);
              await go(visit);
              visit.check(way);
            }
          });
        }
      });
    }
  });
});

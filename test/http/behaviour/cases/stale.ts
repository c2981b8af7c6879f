import type { BehaviourCase, BehaviourGroup, Step } from '../behaviour-case';

const says = (control: string, more: Partial<Step> = {}): Step => ({
  handler: { headers: { 'Cache-Control': control } },
  from: 'handler',
  ...more,
});
const fails: Pick<Step, 'handler'> = { handler: { throws: 'an error' } };
const gone = { from: 'nobody', status: 500, asks: true } as const;

const noStale = (control: string, id = control): BehaviourCase => ({
  id: `stale-close-${id}`,
  does: `\`${control}\` is not served past its lifetime: the handler's error is`,
  route: 'stale',
  steps: [says(`max-age=2, ${control}`), { after: 3, ...fails, ...gone }],
});

const noRevalidation = (control: string): BehaviourCase => ({
  id: `stale-while-revalidate-${control.replace(/=.*/, '')}`,
  does: `nor is it meanwhile: \`${control}\``,
  route: 'stale',
  steps: [says(`max-age=2, ${control}`), { after: 3, from: 'handler' }],
});

/** The route `stale` has a TTL of 10 minutes, staleWhileRevalidate of 5 minutes and staleIfError of an hour. */
export const stale: BehaviourGroup = {
  title: 'Stale answers',
  cases: [
    {
      id: 'stale-close',
      does: 'nothing stale is served without `staleIfError`',
      differs: 'only the server says how long a stale answer may be served',
      steps: [says('max-age=2'), { after: 3, ...fails, ...gone }],
    },
    {
      id: 'stale-sie-decorator',
      does: "the decorator's `staleIfError`: the stale answer when the handler fails",
      route: 'stale',
      steps: [{ from: 'handler' }, { after: 1_200, ...fails, from: 1, asks: true }],
    },
    {
      id: 'stale-sie-decorator-over',
      does: 'and not past it',
      route: 'stale',
      steps: [{ from: 'handler' }, { after: 600 + 3_601, ...fails, ...gone }],
    },
    {
      id: 'stale-swr-decorator',
      does: "the decorator's `staleWhileRevalidate`: the stale answer, and a new one behind it",
      route: 'stale',
      steps: [
        { from: 'handler' },
        { after: 660, from: 1, asks: true, has: { age: '660', 'cache-status': /; ?hit; ?ttl=-60\b/ } },
        { after: 1, from: 2, has: { age: '1' } },
      ],
    },
    {
      id: 'stale-swr-head',
      does: 'a HEAD makes the new answer a whole one',
      route: 'stale',
      steps: [
        { from: 'handler' },
        { after: 660, method: 'HEAD', from: 'nobody', status: 200, asks: true },
        { after: 1, from: 2 },
      ],
    },
    {
      id: 'stale-swr-conditional',
      does: 'so does a conditional request',
      route: 'stale',
      steps: [
        { handler: { headers: { ETag: '"one"' } }, from: 'handler' },
        {
          after: 660,
          headers: { 'If-None-Match': '"one"' },
          handler: { headers: { ETag: '"one"' } },
          from: 'nobody',
          status: 304,
          asks: true,
        },
        { after: 1, from: 2 },
      ],
    },
    {
      id: 'stale-swr-max-age-0',
      does: '`max-age=0` of a handler leaves the `staleWhileRevalidate` of its decorator as it is',
      route: 'stale',
      steps: [says('max-age=0'), { after: 60, ...says('max-age=0'), from: 1, asks: true }],
    },
    {
      id: 'stale-swr-over',
      does: 'past `staleWhileRevalidate` the handler is waited for',
      route: 'stale',
      steps: [{ from: 'handler' }, { after: 901, from: 'handler' }],
    },
    {
      id: 'stale-swr-private',
      does: 'a new answer that is `private` is not stored in its place',
      route: 'stale',
      steps: [
        { from: 'handler' },
        { after: 660, ...says('private'), from: 1, asks: true },
        { after: 301, from: 'handler' },
      ],
    },
    {
      id: 'stale-while-revalidate',
      does: "the handler's `stale-while-revalidate=60` wins over the decorator",
      steps: [
        says('max-age=10, stale-while-revalidate=60'),
        { after: 15, ...says('max-age=3600'), from: 1, asks: true },
        { after: 1, from: 2 },
      ],
    },
    {
      id: 'stale-while-revalidate-shorter',
      does: 'also when it is shorter',
      route: 'stale',
      steps: [says('max-age=10, stale-while-revalidate=5'), { after: 20, from: 'handler' }],
    },
    {
      id: 'stale-if-error-cc-response',
      does: "the handler's `stale-if-error=60` wins over the decorator",
      steps: [says('max-age=2, stale-if-error=60'), { after: 3, ...fails, from: 1, asks: true }],
    },
    {
      id: 'stale-if-error-cc-response-expired',
      does: 'and not past it',
      steps: [says('max-age=2, stale-if-error=1'), { after: 60, ...fails, ...gone }],
    },
    {
      id: 'stale-if-error-cc-request',
      does: '`stale-if-error` of the client changes nothing',
      differs: 'only the server says how long a stale answer may be served',
      steps: [
        says('max-age=2'),
        { after: 3, headers: { 'Cache-Control': 'stale-if-error=3600' }, ...fails, ...gone },
      ],
    },
    {
      id: 'stale-503',
      does: 'a 503 that the handler sets is no error: it is answered, and the stale answer stays',
      differs: 'a handler that fails throws; a status that it sets is what it wants answered',
      route: 'stale',
      steps: [
        { from: 'handler' },
        { after: 1_200, handler: { status: 503 }, from: 'handler' },
        { after: 1, ...fails, from: 1, asks: true },
      ],
    },
    noStale('must-revalidate'),
    noStale('proxy-revalidate'),
    noStale('s-maxage=2'),
    noRevalidation('must-revalidate'),
    noRevalidation('proxy-revalidate'),
    noRevalidation('s-maxage=2'),
    {
      id: 'stale-request-max-age',
      does: 'a client that says `max-age` is served nothing stale',
      route: 'stale',
      steps: [
        { from: 'handler' },
        { after: 660, headers: { 'Cache-Control': 'max-age=10000' }, from: 'handler' },
      ],
    },
    {
      id: 'stale-warning-become',
      does: 'a stale answer has no `Warning`',
      differs: 'RFC 9111 has done away with that header',
      route: 'stale',
      steps: [{ from: 'handler' }, { after: 660, from: 1, asks: true, hasNot: ['warning'] }],
    },
  ],
};

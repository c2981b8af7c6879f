import type { BehaviourGroup, NotApplicable, Step } from '../behaviour-case';

const stored: Step = { handler: { headers: { 'Cache-Control': 'max-age=3600' } }, from: 'handler' };

export const other: BehaviourGroup = {
  title: 'Methods, addresses and several at once',
  cases: [
    {
      id: 'query-args-different',
      does: 'another query is another page',
      steps: [
        { query: '?test=1', from: 'handler' },
        { query: '?test=2', from: 'handler' },
        { query: '?test=1', from: 1 },
      ],
    },
    {
      id: 'query-args-same',
      does: 'a page with a query is reused',
      steps: [
        { query: '?test=1', from: 'handler' },
        { query: '?test=1', from: 1 },
      ],
    },
    {
      id: 'query-args-order',
      does: 'the order of different parameters makes no difference',
      steps: [
        { query: '?a=1&b=2', from: 'handler' },
        { query: '?b=2&a=1', from: 1 },
      ],
    },
    {
      id: 'query-args-repeated',
      does: 'the order of a repeated parameter does',
      steps: [
        { query: '?a=1&a=2', from: 'handler' },
        { query: '?a=2&a=1', from: 'handler' },
        { query: '?a=1', from: 'handler' },
      ],
    },
    {
      id: 'method-HEAD',
      does: "HEAD is answered from GET's entry, without a body",
      steps: [
        { ...stored, handler: { headers: { 'Cache-Control': 'max-age=3600', 'X-Page': 'yes' } } },
        { method: 'HEAD', after: 3, from: 'nobody', status: 200, has: { 'x-page': 'yes', age: '3' } },
      ],
    },
    {
      id: 'method-HEAD-first',
      does: 'a HEAD leaves a whole answer behind, or none',
      steps: [{ method: 'HEAD', from: 'nobody', status: 200, asks: true }, { from: 'either' }],
    },
    {
      id: 'method-POST',
      does: 'the answer to a POST is not stored',
      differs: 'RFC 9110 (9.3.3) would allow it under conditions that handlers hardly meet',
      steps: [
        { method: 'POST', handler: { headers: { 'Cache-Control': 'max-age=3600' } }, from: 'handler' },
        { from: 'handler' },
      ],
    },
    {
      id: 'method-POST-uses',
      does: 'nor is it taken from the cache',
      steps: [stored, { method: 'POST', from: 'handler' }],
    },
    ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
      id: `invalidate-${method}`,
      does: `a ${method} leaves the page in the cache`,
      differs: 'what a write makes stale is more than its address: `@DynamoCacheEvict` and tags say what',
      steps: [stored, { method, from: 'handler' as const }, { from: 1 as const }],
    })),
    {
      id: 'range',
      does: 'a request for a range passes by: a handler may answer it with a part',
      steps: [stored, { headers: { Range: 'bytes=0-1' }, from: 'handler' }, { from: 1 }],
    },
    {
      id: 'range-first',
      does: 'and leaves nothing behind',
      steps: [{ ...stored, headers: { Range: 'bytes=0-1' } }, { from: 'handler' }],
    },
    {
      id: 'if-match',
      does: '`If-Match` and `If-Unmodified-Since` are for the handler',
      steps: [
        stored,
        { headers: { 'If-Match': '"a"' }, from: 'handler' },
        { headers: { 'If-Unmodified-Since': '$now-60' }, from: 'handler' },
        { from: 1 },
      ],
    },
    {
      id: 'get-with-body',
      does: 'a GET with a body passes by: the handler may read it',
      steps: [
        stored,
        {
          headers: { 'Content-Length': '2', 'Content-Type': 'application/json' },
          body: '{}',
          from: 'handler',
        },
        { from: 1 },
      ],
    },
    {
      id: 'collapse-basic',
      does: 'questions that come while the handler works share its answer',
      steps: [{ ...stored, together: 5 }],
    },
    {
      id: 'collapse-private',
      does: 'unless it may not be shared: then each is answered for itself',
      steps: [
        { handler: { headers: { 'Cache-Control': 'private' } }, from: 'handler', together: 3, alone: true },
      ],
    },
    {
      id: 'host',
      does: '`Host` makes no difference',
      differs: 'a client chooses that header; `includeHost` makes it part of the key',
      steps: [stored, { headers: { Host: 'elsewhere.example' }, from: 1 }],
    },
    {
      id: 'host-included',
      does: '`Host` makes a difference under `includeHost: true`',
      route: 'by-host',
      steps: [
        { headers: { Host: 'one.example' }, from: 'handler' },
        { headers: { Host: 'two.example' }, from: 'handler' },
        { headers: { Host: 'one.example' }, from: 1 },
        { headers: { Host: 'ONE.example' }, from: 1 },
      ],
    },
  ],
};

export const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    ids: '`freshness-max-age-s-maxage-private*`, `cc-resp-private-private`, `cc-resp-immutable-*`',
    why: "of a browser's cache",
  },
  {
    ids: '`304-*`, `head-200-*`, `head-410-update`, `conditional-etag-*-generate*`, `cc-resp-no-cache-revalidate*`, `ccreq-no-cache-etag`, `ccreq-no-cache-lm`, `conditional-lm-stale`',
    why: 'the origin is a method in the same process: it is called, not asked whether something has changed, and never answers 304 to the cache',
  },
  {
    ids: '`conditional-lm-fresh*`',
    why: 'answers carry an `ETag`; `If-Modified-Since` alone is left to the platform',
  },
  {
    ids: '`partial-*`',
    why: 'values are structured data; a range of their bytes is not known before they are written out',
  },
  { ids: '`interim-102`, `interim-103`', why: 'a handler returns one answer' },
  {
    ids: '`cdn-*`, `surrogate-*`',
    why: 'RFC 9213 speaks to caches in front of the server; the header is passed on and kept like any other',
  },
  {
    ids: '`invalidate-*-location`, `invalidate-*-cl`, `invalidate-M-SEARCH*`',
    why: 'see the methods above: addresses are not what is invalidated',
  },
  {
    ids: '`other-date-update`',
    why: "`Date` is written by node's HTTP server, when it sends; `Age` says the rest",
  },
  {
    ids: '`freshness-max-age-space-*-equals`, `headers-store-Transfer-Encoding`, `headers-store-Trailer`',
    why: 'malformed headers of a server that is under the same hand as the cache',
  },
];

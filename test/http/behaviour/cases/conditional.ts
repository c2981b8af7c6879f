import type { BehaviourCase, BehaviourGroup, Step } from '../behaviour-case';

const tagged = (etag: string, control = 'max-age=3600'): Step => ({
  handler: { headers: { ETag: etag, 'Cache-Control': control, 'X-Page': 'yes' } },
  from: 'handler',
  has: { etag },
});

function matching(id: string, does: string, etag: string, sent: string, differs?: string): BehaviourCase {
  return {
    id,
    does,
    ...(differs !== undefined && { differs }),
    steps: [tagged(etag), { headers: { 'If-None-Match': sent }, from: 'nobody', status: 304, has: { etag } }],
  };
}

function notMatching(id: string, does: string, etag: string, sent: string, differs?: string): BehaviourCase {
  return {
    id,
    does,
    ...(differs !== undefined && { differs }),
    steps: [tagged(etag), { headers: { 'If-None-Match': sent }, from: 1, has: { etag } }],
  };
}

const LAST_WEEK = '$now-604800';

export const conditional: BehaviourGroup = {
  title: 'Conditional requests',
  cases: [
    matching(
      'conditional-etag-strong-respond',
      "304 for the handler's strong `ETag`, with that `ETag`",
      '"abcdef"',
      '"abcdef"',
    ),
    matching('conditional-etag-weak-respond', '304 for a weak one', 'W/"abcdef"', 'W/"abcdef"'),
    matching(
      'conditional-etag-weak-strong',
      'a weak and a strong one of the same value match',
      'W/"abcdef"',
      '"abcdef"',
    ),
    matching(
      'conditional-etag-strong-respond-multiple-first',
      '304 for the first of several',
      '"abcdef"',
      '"abcdef", "1234", "5678"',
    ),
    matching(
      'conditional-etag-strong-respond-multiple-second',
      '304 for one in the middle',
      '"abcdef"',
      '"1234", "abcdef", "5678"',
    ),
    matching(
      'conditional-etag-strong-respond-multiple-last',
      '304 for the last',
      '"abcdef"',
      '"1234", "5678", "abcdef"',
    ),
    matching('conditional-etag-comma', 'a comma inside the quotes is part of it', '"a,b"', '"x", "a,b"'),
    matching('conditional-etag-star', '304 for `If-None-Match: *`', '"abcdef"', '*'),
    notMatching('conditional-etag-other', '200 for another `ETag`', '"abcdef"', '"ghijkl"'),
    notMatching('conditional-etag-part', '200 for a part of it', '"abcdef"', '"abc", "def"'),
    notMatching('conditional-etag-inside', '200 when it stands inside another', '"b"', '"a, "b" c"x'),
    notMatching(
      'conditional-etag-quoted-respond-unquoted',
      '200 for the `ETag` without its quotes',
      '"abcdef"',
      'abcdef',
      'an `ETag` without quotes is none (RFC 9110, 8.8.3)',
    ),
    {
      id: 'conditional-etag-generated',
      does: 'an answer without an `ETag` is given one, and 304 for it',
      steps: [
        { from: 'handler' },
        { from: 1, has: { etag: /^(W\/)?"[^"]+"$/ } },
        { headers: { 'If-None-Match': '$etag' }, from: 'nobody', status: 304, has: { etag: '$etag' } },
      ],
    },
    {
      id: 'conditional-etag-generated-miss',
      does: 'the `ETag` of the first answer is good for the next',
      steps: [
        { from: 'handler', has: { etag: /^(W\/)?"[^"]+"$/ } },
        { headers: { 'If-None-Match': '$etag' }, from: 'nobody', status: 304 },
      ],
    },
    {
      id: 'conditional-etag-changed',
      does: 'the `ETag` of an answer that has changed is another',
      steps: [
        { from: 'handler' },
        { after: 601, from: 'handler' },
        { from: 2, has: { etag: /"/ } },
        { after: 601, headers: { 'If-None-Match': '$etag' }, from: 'handler' },
      ],
    },
    {
      id: 'conditional-304-headers',
      does: 'a 304 has `Cache-Control`, `Vary`, `Expires` and `Content-Location`, and no `Content-Length`',
      steps: [
        {
          handler: {
            headers: {
              ETag: '"abcdef"',
              'Cache-Control': 'max-age=3600',
              Vary: 'Accept',
              'Content-Location': '/there',
            },
          },
          from: 'handler',
        },
        {
          after: 5,
          headers: { 'If-None-Match': '"abcdef"' },
          from: 'nobody',
          status: 304,
          has: {
            etag: '"abcdef"',
            'cache-control': 'max-age=3600',
            vary: /accept/i,
            'content-location': '/there',
            age: '5',
          },
          hasNot: ['content-length'],
        },
      ],
    },
    {
      id: 'conditional-etag-precedence',
      does: '`If-None-Match` that fails wins over an `If-Modified-Since` that holds',
      steps: [
        {
          handler: {
            headers: { ETag: '"abcdef"', 'Last-Modified': LAST_WEEK, 'Cache-Control': 'max-age=3600' },
          },
          from: 'handler',
        },
        { headers: { 'If-None-Match': '"ghijkl"', 'If-Modified-Since': '$now-1' }, from: 1 },
        {
          headers: { 'If-None-Match': '"abcdef"', 'If-Modified-Since': '$now-900000' },
          from: 'nobody',
          status: 304,
        },
      ],
    },
    {
      id: 'conditional-304-not-stored',
      does: 'the first question being conditional, what is stored is whole',
      steps: [{ headers: { 'If-None-Match': '"other"' }, from: 'handler' }, { from: 1 }],
    },
    {
      id: 'conditional-error',
      does: 'no 304 for an answer that is not 200',
      steps: [
        {
          handler: { status: 404, headers: { ETag: '"abcdef"', 'Cache-Control': 'max-age=3600' } },
          from: 'handler',
        },
        { headers: { 'If-None-Match': '"abcdef"' }, from: 1, status: 404 },
      ],
    },
    {
      id: 'conditional-stale',
      does: 'the `ETag` of an answer past its time reaches the handler',
      steps: [
        tagged('"abcdef"', 'max-age=2'),
        {
          after: 3,
          headers: { 'If-None-Match': '"abcdef"' },
          handler: { headers: { ETag: '"ghijkl"' } },
          from: 'handler',
        },
      ],
    },
    {
      id: 'conditional-etag-vary-headers-mismatch',
      does: 'the `ETag` of another variant reaches the handler',
      steps: [
        {
          headers: { Abc: '123' },
          handler: { headers: { ETag: '"abcdef"', Vary: 'Abc', 'Cache-Control': 'max-age=3600' } },
          from: 'handler',
        },
        {
          headers: { Abc: '456', 'If-None-Match': '"abcdef"' },
          handler: { headers: { ETag: '"ghijkl"', Vary: 'Abc', 'Cache-Control': 'max-age=3600' } },
          from: 'handler',
        },
      ],
    },
    {
      id: 'conditional-etag-head',
      does: '304 for a HEAD as well',
      steps: [
        tagged('"abcdef"'),
        { method: 'HEAD', headers: { 'If-None-Match': '"abcdef"' }, from: 'nobody', status: 304 },
      ],
    },
  ],
};

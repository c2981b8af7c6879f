import { type BehaviourGroup, notReused, notReusedUnder, reused, reusedUnder } from '../behaviour-case';

export const responses: BehaviourGroup = {
  title: 'What the handler allows',
  cases: [
    {
      id: 'cc-resp-private-shared',
      does: '`private` is not stored',
      steps: notReusedUnder('private, max-age=3600'),
    },
    {
      id: 'cc-resp-private-field',
      does: '`private="a"` is not stored at all',
      differs: 'RFC 9111 (5.2.2.7) would allow to store the rest of the answer',
      steps: notReused({ 'Cache-Control': 'max-age=3600, private="a"', a: '1' }),
    },
    {
      id: 'cc-resp-no-store',
      does: '`no-store` is not stored',
      steps: notReusedUnder('no-store'),
    },
    {
      id: 'cc-resp-no-store-case-insensitive',
      does: '`No-StOrE` is not stored',
      steps: notReusedUnder('No-StOrE'),
    },
    {
      id: 'cc-resp-no-store-fresh',
      does: '`no-store` wins over a lifetime',
      steps: notReused({ 'Cache-Control': 'max-age=10000, no-store', Expires: '$now+10000' }),
    },
    {
      id: 'cc-resp-no-cache',
      does: '`no-cache` is not reused, whatever its lifetime',
      steps: notReused({ 'Cache-Control': 'max-age=10000, no-cache', Expires: '$now+10000' }),
    },
    {
      id: 'cc-resp-no-cache-case-insensitive',
      does: '`No-CaChE` is not reused',
      steps: notReusedUnder('max-age=10000, No-CaChE'),
    },
    {
      id: 'headers-omit-headers-listed-in-Cache-Control-no-cache-single',
      does: '`no-cache="a"` is not reused with the header that it names',
      differs: 'the whole answer is loaded anew',
      steps: notReused({ 'Cache-Control': 'max-age=3600, no-cache="a"', a: '1' }),
    },
    {
      id: 'cc-resp-must-revalidate-fresh',
      does: '`must-revalidate` is reused while it is fresh',
      steps: reusedUnder('max-age=10000, must-revalidate'),
    },
    {
      id: 'cc-resp-public',
      does: '`public` alone leaves the lifetime to the decorator',
      steps: reusedUnder('public'),
    },
    {
      id: 'pragma-response-no-cache',
      does: '`Pragma: no-cache` of a handler changes nothing',
      steps: reused({ 'Cache-Control': 'max-age=3600', Pragma: 'no-cache' }),
    },
    {
      id: 'other-set-cookie',
      does: 'an answer with `Set-Cookie` is not stored',
      differs: "a cookie is somebody's; RFC 9111 (7.3) leaves it to the server to forbid the storing",
      steps: notReused({ 'Cache-Control': 'max-age=3600', 'Set-Cookie': 'a=b' }),
    },
    {
      id: 'other-cookie',
      does: 'a request with a `Cookie` is not served from the cache',
      differs: 'safe by default: `varyBy` says which cookie matters',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=3600' } }, from: 'handler' },
        { headers: { Cookie: 'a=b' }, from: 'handler' },
        { from: 1 },
      ],
    },
    {
      id: 'other-authorization',
      does: 'the answer to a request with `Authorization` is not stored',
      steps: [{ headers: { Authorization: 'FOO' }, from: 'handler' }, { from: 'handler' }],
    },
    {
      id: 'other-authorization-uses',
      does: 'a request with `Authorization` is not served what others are',
      steps: [{ from: 'handler' }, { headers: { Authorization: 'FOO' }, from: 'handler' }, { from: 1 }],
    },
    ...['max-age=3600, public', 'max-age=3600, must-revalidate', 's-maxage=3600'].map((control) => ({
      id: `other-authorization-${/public|must-revalidate|smaxage/.exec(control.replace('s-maxage', 'smaxage'))![0]}`,
      does: `nor is it with \`${control}\``,
      differs: 'safe by default: `varyBy` says whose answer it is',
      steps: [
        {
          headers: { Authorization: 'FOO' },
          handler: { headers: { 'Cache-Control': control } },
          from: 'handler' as const,
        },
        { from: 'handler' as const },
      ],
    })),
    {
      id: 'other-fresh-content-disposition-attachment',
      does: 'an answer that is an attachment is reused',
      steps: [
        {
          handler: {
            headers: {
              'Cache-Control': 'max-age=3600',
              'Content-Disposition': 'attachment; filename=example.txt',
            },
          },
          from: 'handler',
        },
        { from: 1, has: { 'content-disposition': 'attachment; filename=example.txt' } },
      ],
    },
  ],
};

import { type BehaviourGroup, notReused, notReusedUnder, reused, reusedUnder } from '../behaviour-case';

const HOUR = 3600;

export const freshness: BehaviourGroup = {
  title: 'How long an answer is fresh',
  cases: [
    {
      id: 'freshness-none',
      does: "keeps an answer without a lifetime for the decorator's TTL",
      differs: 'the decorator is an explicit lifetime, given by the code instead of a header',
      steps: [
        { from: 'handler' },
        { after: 3, from: 1 },
        { after: 596, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
    {
      id: 'freshness-max-age',
      does: "`max-age` wins over the decorator's TTL, longer",
      steps: [
        { handler: { headers: { 'Cache-Control': `max-age=${HOUR}` } }, from: 'handler' },
        { after: HOUR - 1, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
    {
      id: 'freshness-max-age-stale',
      does: "`max-age` wins over the decorator's TTL, shorter",
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=2' } }, from: 'handler' },
        { after: 1, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
    {
      id: 'freshness-max-age-0',
      does: '`max-age=0` is not reused',
      steps: notReusedUnder('max-age=0'),
    },
    {
      id: 'freshness-s-maxage-shared',
      does: "`s-maxage` wins over the decorator's TTL",
      steps: [
        { handler: { headers: { 'Cache-Control': `s-maxage=${HOUR}` } }, from: 'handler' },
        { after: HOUR - 1, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
    {
      id: 'freshness-max-age-s-maxage-shared-longer',
      does: '`s-maxage` wins over a longer `max-age`',
      steps: notReusedUnder('max-age=3600, s-maxage=1'),
    },
    {
      id: 'freshness-max-age-s-maxage-shared-longer-reversed',
      does: '`s-maxage` wins over a longer `max-age` behind it',
      steps: notReusedUnder('s-maxage=1, max-age=3600'),
    },
    {
      id: 'freshness-max-age-s-maxage-shared-longer-multiple',
      does: '`s-maxage` wins over a longer `max-age` on a line of its own',
      steps: notReusedUnder('max-age=3600', 's-maxage=1'),
    },
    {
      id: 'freshness-max-age-s-maxage-shared-shorter',
      does: '`s-maxage` wins over a shorter `max-age`',
      steps: reusedUnder('max-age=1, s-maxage=3600'),
    },
    {
      id: 's-maxage-0',
      does: '`s-maxage=0` is not reused, whatever `max-age` says',
      steps: notReusedUnder('s-maxage=0, max-age=3600'),
    },
    {
      id: 'freshness-max-age-max',
      does: '`max-age=2147483648` is reused',
      steps: reusedUnder('max-age=2147483648'),
    },
    {
      id: 'freshness-max-age-max-plus',
      does: '`max-age=99999999999` is reused',
      steps: reusedUnder('max-age=99999999999'),
    },
    {
      id: 'freshness-max-age-age',
      does: 'an answer that arrives older than its `max-age` (`Age`) is not reused',
      steps: notReused({ 'Cache-Control': 'max-age=10', Age: '15' }),
    },
    {
      id: 'freshness-max-age-expires',
      does: '`max-age` wins over an `Expires` in the past',
      steps: reused({ 'Cache-Control': 'max-age=3600', Expires: '$now-10000' }),
    },
    {
      id: 'freshness-max-age-expires-invalid',
      does: '`max-age` wins over an `Expires` that is no date',
      steps: reused({ 'Cache-Control': 'max-age=3600', Expires: '0' }),
    },
    {
      id: 'freshness-max-age-0-expires',
      does: '`max-age=0` wins over an `Expires` in the future',
      steps: notReused({ 'Cache-Control': 'max-age=0', Expires: '$now+10000' }),
    },
    {
      id: 'freshness-max-age-extension',
      does: 'a directive that nobody knows changes nothing',
      steps: reusedUnder('foobar, max-age=3600'),
    },
    {
      id: 'freshness-expires-future',
      does: 'an answer with an `Expires` in the future is reused',
      steps: reused({ Expires: '$now+2592000' }),
    },
    {
      id: 'freshness-expires-past',
      does: 'an answer with an `Expires` in the past is not reused',
      steps: notReused({ Expires: '$now-2592000' }),
    },
    {
      id: 'freshness-expires-present',
      does: 'an answer that expires now is not reused',
      steps: notReused({ Expires: '$now+0' }),
    },
    {
      id: 'freshness-expires-invalid',
      does: 'an answer with `Expires: 0` is not reused',
      steps: notReused({ Expires: '0' }),
    },
    {
      id: 'freshness-expires-age-slow-date',
      does: 'an answer that arrives older (`Age`) than what its `Expires` leaves is not reused',
      steps: notReused({ Expires: '$now+20', Age: '25' }),
    },
  ],
};

export const parsing: BehaviourGroup = {
  title: 'How Cache-Control is read',
  cases: [
    {
      id: 'freshness-max-age-case-insenstive',
      does: '`MaX-aGe=3600` is `max-age`',
      steps: reusedUnder('MaX-aGe=3600'),
    },
    {
      id: 'freshness-max-age-quoted',
      does: '`max-age="3600"` is `max-age=3600`',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age="3600"' } }, from: 'handler' },
        { after: 3599, from: 1 },
      ],
    },
    {
      id: 'freshness-max-age-leading-zero',
      does: '`max-age=003600` is `max-age=3600`',
      steps: reusedUnder('max-age=003600'),
    },
    {
      id: 'freshness-max-age-ignore-quoted',
      does: 'a `max-age` inside the quotes of another directive is none',
      steps: notReusedUnder('extension="max-age=3600", max-age=1'),
    },
    {
      id: 'freshness-max-age-ignore-quoted-rev',
      does: 'nor is it behind the real one',
      steps: notReusedUnder('max-age=1, extension="max-age=3600"'),
    },
    {
      id: 'no-store-inside-quotes',
      does: 'a `no-store` inside the quotes of another directive is none',
      steps: reusedUnder('extension="a, no-store, b", max-age=3600'),
    },
    {
      id: 'freshness-max-age-two-fresh-stale-sameline',
      does: 'of two `max-age` the shorter counts, when it is the second',
      differs: 'RFC 9111 (4.2.1) allows the first or the most careful; this is the most careful',
      steps: notReusedUnder('max-age=1800, max-age=1'),
    },
    {
      id: 'freshness-max-age-two-stale-fresh-sepline',
      does: 'of two `max-age` the shorter counts, when it is the first',
      differs: 'RFC 9111 (4.2.1) allows the first or the most careful; this is the most careful',
      steps: notReusedUnder('max-age=1', 'max-age=1800'),
    },
    {
      id: 'freshness-max-age-single-quoted',
      does: "`max-age='3600'` is no lifetime, and the answer is not reused",
      steps: notReusedUnder("max-age='3600'"),
    },
    {
      id: 'freshness-max-age-a100',
      does: '`max-age=a3600` is no lifetime, and the answer is not reused',
      differs: 'RFC 9111 (4.2.1) encourages to take what cannot be read as stale',
      steps: notReusedUnder('max-age=a3600'),
    },
    {
      id: 'freshness-max-age-100a',
      does: '`max-age=3600a` is no lifetime, and the answer is not reused',
      differs: 'RFC 9111 (4.2.1) encourages to take what cannot be read as stale',
      steps: notReusedUnder('max-age=3600a'),
    },
    {
      id: 'freshness-max-age-negative',
      does: '`max-age=-3600` is no lifetime, and the answer is not reused',
      steps: notReusedUnder('max-age=-3600'),
    },
    {
      id: 'freshness-max-age-decimal-five',
      does: '`max-age=3600.5` is no lifetime, and the answer is not reused',
      differs: 'RFC 9111 (4.2.1) encourages to take what cannot be read as stale',
      steps: notReusedUnder('max-age=3600.5'),
    },
    {
      id: 'age-parse-nonnumeric',
      does: '`Age: abc` does not keep an answer from being reused',
      steps: reused({ 'Cache-Control': 'max-age=3600', Age: 'abc' }),
    },
    {
      id: 'age-parse-negative',
      does: '`Age: -7200` makes no answer younger',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=3600', Age: '-7200' } }, from: 'handler' },
        { after: 3599, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
  ],
};

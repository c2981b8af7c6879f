import type { BehaviourCase, BehaviourGroup } from '../behaviour-case';

const LIFETIME = { 'Cache-Control': 'max-age=3600' };

const kept = (name: string, value = 'a value'): BehaviourCase => ({
  id: `headers-store-${name}`,
  does: `\`${name}\` is kept`,
  steps: [
    { handler: { headers: { ...LIFETIME, [name]: value } }, from: 'handler' },
    { after: 3, from: 1, has: { [name.toLowerCase()]: value } },
  ],
});

const dropped = (name: string, value: string): BehaviourCase => ({
  id: `headers-store-${name}`,
  does: `\`${name}\` is not kept: it is the connection's`,
  steps: [
    { handler: { headers: { ...LIFETIME, [name]: value } }, from: 'handler' },
    { after: 3, from: 1, hasNot: [name.toLowerCase()] },
  ],
});

export const storedHeaders: BehaviourGroup = {
  title: 'Which headers are kept',
  cases: [
    kept('Test-Header'),
    kept('X-Test-Header'),
    kept('Content-Foo'),
    kept('Content-Language', 'de-CH'),
    kept('Content-Security-Policy', "default-src 'self'"),
    kept('X-Frame-Options', 'deny'),
    kept('Link', '</style.css>; rel=preload'),
    kept('Content-Type', 'application/vnd.menu+json; charset=utf-8'),
    kept('Last-Modified', 'Fri, 01 Jan 2021 00:00:00 GMT'),
    {
      id: 'headers-store-several-lines',
      does: 'a header on several lines is kept on several lines',
      steps: [
        {
          handler: { headers: { ...LIFETIME, 'X-Lines': ['a', 'b'] } },
          from: 'handler',
          has: { 'x-lines': 'a, b' },
        },
        { from: 1, has: { 'x-lines': 'a, b' } },
      ],
    },
    dropped('Proxy-Authenticate', 'Basic'),
    dropped('Proxy-Connection', 'keep-alive'),
    dropped('Proxy-Authentication-Info', 'a'),
    {
      id: 'headers-store-Keep-Alive',
      does: "`Keep-Alive` is not kept: it is the connection's",
      steps: [
        { handler: { headers: { ...LIFETIME, 'Keep-Alive': 'timeout=77' } }, from: 'handler' },
        { after: 3, from: 1, has: { 'keep-alive': /^(?!.*77)/ } },
      ],
    },
    dropped('TE', 'trailers'),
    dropped('Upgrade', 'h2c'),
    {
      id: 'headers-omit-headers-listed-in-Connection',
      does: 'what `Connection` lists is not kept',
      steps: [
        {
          handler: { headers: { ...LIFETIME, Connection: 'a, b', a: '1', b: '2', c: '3' } },
          from: 'handler',
        },
        { from: 1, has: { c: '3' }, hasNot: ['a', 'b'] },
      ],
    },
    {
      id: 'other-age-gen',
      does: '`Age` says for how many seconds an answer has been kept',
      steps: [
        { from: 'handler' },
        { after: 3, from: 1, has: { age: '3' } },
        { after: 60, from: 1, has: { age: '63' } },
      ],
    },
    {
      id: 'other-age-update-max-age',
      does: '`Age` goes on from what the handler said',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=600', Age: '30' } }, from: 'handler' },
        { after: 3, from: 1, has: { age: '33' } },
      ],
    },
    {
      id: 'other-age-update-length',
      does: 'an answer that was 30 s old when it came is fresh for 30 s less',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=600', Age: '30' } }, from: 'handler' },
        { after: 569, from: 1 },
        { after: 1, from: 'handler' },
      ],
    },
    {
      id: 'cache-status-hit',
      does: '`Cache-Status` says that it was a hit, and for how many seconds still',
      steps: [
        { handler: { headers: { 'Cache-Control': 'max-age=3600' } }, from: 'handler' },
        { after: 3, from: 1, has: { 'cache-status': /^nestjs-dynamo-cache; ?hit; ?ttl=3597\b/ } },
      ],
    },
    {
      id: 'cache-status-miss',
      does: '`Cache-Status` says why the handler was asked, and whether its answer was stored',
      steps: [
        { from: 'handler', has: { 'cache-status': /^nestjs-dynamo-cache; ?fwd=(uri-)?miss\b.*; ?stored/ } },
        { after: 601, from: 'handler', has: { 'cache-status': /; ?fwd=(stale|(uri-)?miss)\b.*; ?stored/ } },
        {
          headers: { 'Cache-Control': 'no-cache' },
          from: 'handler',
          has: { 'cache-status': /; ?fwd=request\b.*; ?stored/ },
        },
        {
          headers: { Authorization: 'FOO' },
          from: 'handler',
          has: { 'cache-status': /; ?fwd=bypass\b(?!.*; ?stored\b)/ },
        },
      ],
    },
    {
      id: 'cache-status-not-stored',
      does: '`Cache-Status` does not say `stored` of what was not',
      steps: [
        {
          handler: { headers: { 'Cache-Control': 'private' } },
          from: 'handler',
          has: { 'cache-status': /^nestjs-dynamo-cache; ?fwd=(?!.*; ?stored\b)/ },
        },
      ],
    },
    {
      id: 'cache-status-vary-miss',
      does: '`Cache-Status` says when another variant was there',
      steps: [
        { headers: { Foo: '1' }, handler: { headers: { Vary: 'Foo' } }, from: 'handler' },
        {
          headers: { Foo: '2' },
          handler: { headers: { Vary: 'Foo' } },
          from: 'handler',
          has: { 'cache-status': /; ?fwd=vary-miss\b/ },
        },
      ],
    },
  ],
};

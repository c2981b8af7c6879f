import type { Headers } from '../../../support/http-client';
import type { BehaviourGroup, Step } from '../behaviour-case';

/** Asks with these headers, of a handler that says which of them its answer depends on. */
const first = (vary: string | string[], headers: Headers): Step => ({
  headers,
  handler: { headers: { Vary: vary, 'Cache-Control': 'max-age=3600' } },
  from: 'handler',
});
/** Asks again; the handler's later answers vary like its first. */
const then = (vary: string | string[], headers: Headers, from: Step['from']): Step => ({
  ...first(vary, headers),
  from,
});

const neverReused = (id: string, vary: string | string[], written: string) => ({
  id,
  does: `\`Vary: ${written}\` is not reused`,
  steps: [first(vary, { Foo: '1' }), then(vary, { Foo: '1' }, 'handler')],
});

export const vary: BehaviourGroup = {
  title: 'What the answer depends on: Vary',
  cases: [
    {
      id: 'vary-match',
      does: 'the same header: reused',
      steps: [first('Foo', { Foo: '1' }), then('Foo', { Foo: '1' }, 1)],
    },
    {
      id: 'vary-no-match',
      does: 'another value: not reused',
      steps: [first('Foo', { Foo: '1' }), then('Foo', { Foo: '2' }, 'handler')],
    },
    {
      id: 'vary-omit',
      does: 'the header is missing now: not reused',
      steps: [first('Foo', { Foo: '1' }), then('Foo', {}, 'handler')],
    },
    {
      id: 'vary-omit-stored',
      does: 'the header was missing before: not reused',
      steps: [first('Foo', {}), then('Foo', { Foo: '1' }, 'handler')],
    },
    {
      id: 'vary-empty',
      does: 'an empty header is another than a missing one: not reused',
      steps: [first('Foo', {}), then('Foo', { Foo: '' }, 'handler')],
    },
    {
      id: 'vary-invalidate',
      does: 'both variants are kept side by side',
      steps: [
        first('Foo', { Foo: '1' }),
        then('Foo', { Foo: '2' }, 'handler'),
        then('Foo', { Foo: '1' }, 1),
        then('Foo', { Foo: '2' }, 2),
      ],
    },
    {
      id: 'vary-cache-key',
      does: 'headers that Vary does not name make no difference',
      steps: [first('Foo', { Foo: '1', Other: '2' }), then('Foo', { Foo: '1', Other: '3' }, 1)],
    },
    {
      id: 'vary-2-match',
      does: 'two headers, both the same: reused',
      steps: [first('Foo, Bar', { Foo: '1', Bar: 'abc' }), then('Foo, Bar', { Bar: 'abc', Foo: '1' }, 1)],
    },
    {
      id: 'vary-2-no-match',
      does: 'two headers, one of them another: not reused',
      steps: [
        first('Foo, Bar', { Foo: '1', Bar: 'abc' }),
        then('Foo, Bar', { Foo: '1', Bar: 'abcd' }, 'handler'),
      ],
    },
    {
      id: 'vary-2-match-omit',
      does: 'two headers, one of them missing both times: reused',
      steps: [first('Foo, Bar', { Foo: '1' }), then('Foo, Bar', { Foo: '1' }, 1)],
    },
    {
      id: 'vary-2-swapped',
      does: "two headers with each other's values: not reused",
      steps: [first('Foo, Bar', { Foo: '1', Bar: '2' }), then('Foo, Bar', { Foo: '2', Bar: '1' }, 'handler')],
    },
    {
      id: 'vary-3-no-match',
      does: 'three headers on three lines, the last another: not reused',
      steps: [
        first(['Foo', 'Bar', 'Baz'], { Foo: '1', Bar: 'abc', Baz: '789' }),
        then(['Foo', 'Bar', 'Baz'], { Foo: '1', Bar: 'abc', Baz: '7' }, 'handler'),
      ],
    },
    {
      id: 'vary-3-match',
      does: 'three headers on three lines, all the same: reused',
      steps: [
        first(['Foo', 'Bar', 'Baz'], { Foo: '1', Bar: 'abc', Baz: '789' }),
        then(['Foo', 'Bar', 'Baz'], { Foo: '1', Bar: 'abc', Baz: '789' }, 1),
      ],
    },
    {
      id: 'vary-order',
      does: 'names in another order or case are the same names',
      steps: [
        first('Foo, Bar', { Foo: '1', Bar: '2' }),
        then('bar,FOO', { Foo: '3', Bar: '2' }, 'handler'),
        then('Foo, Bar', { Foo: '1', Bar: '2' }, 1),
      ],
    },
    {
      id: 'vary-grows',
      does: 'a later answer that depends on more keeps the earlier one from those it does not fit',
      steps: [
        first('Foo', { Foo: '1', Bar: '1' }),
        { ...first('Foo, Bar', { Foo: '2', Bar: '1' }), from: 'handler' },
        then('Foo, Bar', { Foo: '2', Bar: '2' }, 'handler'),
        then('Foo, Bar', { Foo: '2', Bar: '1' }, 2),
      ],
    },
    {
      id: 'vary-normalise-combine',
      does: 'a header on two lines is the same as on one',
      steps: [first('Foo', { Foo: '1, 2' }), then('Foo', { Foo: ['1', '2'] }, 1)],
    },
    {
      id: 'vary-normalise-space',
      does: 'white space around a value makes no difference, inside it does',
      differs: 'only some headers are lists, and the cache does not know which',
      steps: [
        first('Foo', { Foo: '1,2' }),
        then('Foo', { Foo: '  1,2 ' }, 1),
        then('Foo', { Foo: '1, 2' }, 'handler'),
      ],
    },
    {
      id: 'vary-normalise-lang-order',
      does: '`Accept-Language` in another order: not reused',
      differs: 'the order may decide at the handler',
      steps: [
        first('Accept-Language', { 'Accept-Language': 'en, de' }),
        then('Accept-Language', { 'Accept-Language': 'de, en' }, 'handler'),
      ],
    },
    neverReused('vary-syntax-star', '*', '*'),
    neverReused('vary-syntax-star-star', '*, *', '*, *'),
    neverReused('vary-syntax-star-star-lines', ['*', '*'], '*` on two lines, `*'),
    neverReused('vary-syntax-empty-star', ', *', ', *'),
    neverReused('vary-syntax-empty-star-lines', ['', '*'], '` and, on another line, `*'),
    neverReused('vary-syntax-star-foo', '*, Foo', '*, Foo'),
    neverReused('vary-syntax-foo-star', 'Foo, *', 'Foo, *'),
  ],
};

// What `http` was given is looked at where it is written: at start-up, or when the class is defined.
import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { DynamoCacheModule, DynamoCacheable, type HttpCacheOptions, InvalidOptionsError } from '../../lib';
import { rejectionOf, started } from '../module/application';
import { Test } from '@nestjs/testing';

const REFUSED: [problem: string, http: unknown, message: string][] = [
  ['no object', 7, "http: is no object: write { clientDirectives: 'ignore' }"],
  ['a list', [], "http: is no object: write { clientDirectives: 'ignore' }"],
  [
    'a mistyped option',
    { varyby: () => 'x' },
    'http.varyby: there is no such option; did you mean "varyBy"?',
  ],
  [
    'a text for varyBy',
    { varyBy: 'user' },
    'http.varyBy: is no function: write varyBy: (context) => userOf(context).id',
  ],
  [
    'a list for tags',
    { tags: ['menus'] },
    'http.tags: is no function: write tags: (context) => [`menu:${idOf(context)}`]',
  ],
  [
    'clientDirectives in other words',
    { clientDirectives: 'honor' },
    "http.clientDirectives: write 'honour' or 'ignore'",
  ],
  ['a text for includeHost', { includeHost: 'yes' }, 'http.includeHost: write true or false'],
  ['a half', { maxQueryParameters: 0.5 }, 'http.maxQueryParameters: write a whole number, 0 or more'],
  ['less than none', { maxQueryParameters: -1 }, 'http.maxQueryParameters: write a whole number, 0 or more'],
  ['another body', { body: 'text' }, "http.body: write 'value' or 'json'"],
  ['true for a body', { body: true }, "http.body: write 'value' or 'json'"],
];

it.each(REFUSED)('%s is refused', async (_problem, http, message) => {
  const inModule = Test.createTestingModule({
    imports: [DynamoCacheModule.forRoot({ http: http as HttpCacheOptions })],
  });
  const error = await rejectionOf(started(inModule));
  expect(error).toBeInstanceOf(InvalidOptionsError);
  expect(error.message).toBe(message);
  expect(() => DynamoCacheable({ http: http as HttpCacheOptions })).toThrow(`@DynamoCacheable ${message}`);
});

describe('is accepted:', () => {
  it.each([
    undefined,
    {},
    { body: 'json', clientDirectives: 'ignore', maxQueryParameters: 0, includeHost: true },
  ])('%j', (http) => {
    expect(() => DynamoCacheable({ http: http as HttpCacheOptions })).not.toThrow();
  });
});

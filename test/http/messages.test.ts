// The rules of HTTP that the response cache stands on, one table each.
import { describe, expect, it } from 'vitest';
import { bypassOf, credentialsOf } from '../../lib/http/bypass';
import { type CacheStatus, renderCacheStatus } from '../../lib/http/cache-status';
import { describesContent, isNotModified } from '../../lib/http/conditional';
import { entityTag } from '../../lib/http/entity-tag';
import { membersOf } from '../../lib/http/header-values';
import { headerChanges } from '../../lib/http/kept-headers';
import { NOTHING_ASKED, type RequestDirectives } from '../../lib/http/request-directives';
import { readRequestUrl } from '../../lib/http/request-url';
import { type Times, reuseOf } from '../../lib/http/reuse';
import { JSON_TYPE } from '../../lib/http/json-body';
import {
  JSON_FORMAT,
  VALUE_FORMAT,
  type StoredResponse,
  isStoredResponse,
} from '../../lib/http/stored-response';
import { isStorableStatus, refusalOf } from '../../lib/http/storability';
import { parseCacheControl } from '../../lib/http/cache-control';
import { isSameVariant, variedFieldsOf, varyNamesOf } from '../../lib/http/vary';
import type { Freshness } from '../../lib/engine/freshness';
import { routeKey } from '../../lib/key/route-key';
import { callKey } from '../../lib/key/call-key';

describe('a list', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    [' , ,', []],
    ['a,b ,\tc', ['a', 'b', 'c']],
    ['"a, b", c', ['"a, b"', 'c']],
    ['W/"x", "y\\","', ['W/"x"', '"y\\","']],
  ])('%j', (field, members) => {
    expect(membersOf(field)).toEqual(members);
  });
});

describe('a URL', () => {
  it.each([
    ['/a?b=1&a=2', '/a?a=2&b=1'],
    ['/a?b=2&a=1&b=1', '/a?a=1&b=2&b=1'],
    ['/a?&&a=1&', '/a?a=1'],
    ['/a?x#y', '/a?x'],
    ['/a?a=1&%61=2&A=3', '/a?A=3&a=1&%61=2'],
    ['/a?c[]=2&a=1&c=1', '/a?a=1&c[]=2&c=1'],
    ['/a?c[x]=2&c[b]=1', '/a?c[x]=2&c[b]=1'],
    ['/a?%=1&a=2', '/a?%=1&a=2'],
    // Spellings stay apart: whoever reads the URL may tell them apart.
    ['/%61/../b//c', '/%61/../b//c'],
    ['/a?', '/a'],
  ])('%s', (url, name) => {
    const { path, query } = readRequestUrl(url);
    expect(query.text === '' ? path : `${path}?${query.text}`).toBe(name);
  });

  it.each([
    ['/a?c=1&c[]=2', '/a?c[]=2&c=1'],
    ['/a?a=1&%61=2', '/a?%61=2&a=1'],
    ['/a?a+b=1&a%20b=2', '/a?a%20b=2&a+b=1'],
    ['/a?a=1&[a]=2', '/a?[a]=2&a=1'],
    ['/a?a=1%262', '/a?a=1&2'],
    ['/a?a', '/a?a='],
    ['/a%3Fb', '/a?b'],
  ])('%s is not %s', (one, other) => {
    expect(readRequestUrl(one)).not.toEqual(readRequestUrl(other));
  });

  it('counts names, not parameters', () => {
    expect(readRequestUrl('/?a=1&a=2&%61=3&b=1').query.names).toBe(2);
  });
});

describe('a key', () => {
  it('tells all parts apart', () => {
    const parts = [
      { path: '/a', query: 'b' },
      { path: '/a', host: 'b' },
      { path: '/a', identity: 'b' },
      { path: '/a', rewritten: 'b' },
      { path: '/a","query":"b' },
      { path: '/a', variant: [[['b', null]]] },
      { path: '/a', variant: [[['b', 'null']]] },
      { path: '/a', variant: [[['b', '']]] },
    ];
    expect(new Set(parts.map((part) => routeKey('Menus.find', part))).size).toBe(parts.length);
  });

  it('is no call of the method, whatever that is called with', () => {
    const parts = { path: '/a' };
    expect(routeKey('Menus.find', parts)).toBe('Menus.find(GET {"path":"/a"})');
    expect(callKey('Menus.find', [parts])).not.toBe(routeKey('Menus.find', parts));
    expect(callKey('Menus.find', ['GET {"path":"/a"}'])).not.toBe(routeKey('Menus.find', parts));
  });

  it('is short, and still begins with the name', () => {
    const one = routeKey('Menus.find', { path: `/${'a'.repeat(600)}` });
    expect(one).toMatch(/^Menus\.find\(GET ~sha256:[\da-f]{64}\)$/);
    expect(one).not.toBe(routeKey('Menus.find', { path: `/${'a'.repeat(601)}` }));
  });
});

describe('Vary', () => {
  it.each<[string | undefined, readonly string[] | '*']>([
    [undefined, []],
    ['', []],
    ['Accept', ['accept']],
    ['B, a,b , A', ['a', 'b']],
    ['a, *', '*'],
  ])('%j', (field, names) => {
    expect(varyNamesOf(field)).toEqual(names);
  });

  it.each<[string | undefined, string | undefined, boolean]>([
    ['de', 'de', true],
    ['de,en', 'de ,\ten', true],
    ['a  b', 'a b', false],
    ['de', 'DE', false],
    ['de, en', 'en, de', false],
    ['', undefined, false],
    [undefined, undefined, true],
    ['null', undefined, false],
  ])('%j and %j', (one, other, isSame) => {
    const stored = variedFieldsOf(['accept-language'], one === undefined ? {} : { 'accept-language': one });
    expect(isSameVariant(stored, other === undefined ? {} : { 'accept-language': other })).toBe(isSame);
  });
});

describe('Vary by a header that is no list', () => {
  it.each([
    ['a,b', 'a, b'],
    ['a', 'a,'],
    [',', ''],
    ['ann  lee', 'ann lee'],
    ['ann\tlee', 'ann lee'],
    ['ann\u00a0', 'ann'],
  ])('%j and %j are two', (one, other) => {
    const stored = variedFieldsOf(['x-user'], { 'x-user': one });
    expect(isSameVariant(stored, { 'x-user': other })).toBe(false);
    expect(isSameVariant(stored, { 'x-user': one })).toBe(true);
  });

  it('lines of one name are one value', () => {
    const stored = variedFieldsOf(['x-user'], { 'x-user': ['a', 'b'] });
    expect(isSameVariant(stored, { 'x-user': 'a, b' })).toBe(true);
  });
});

describe('a response is refused', () => {
  it.each<[number, Record<string, string>, string | undefined]>([
    [200, {}, undefined],
    [204, {}, undefined],
    [206, {}, 'status'],
    [302, {}, 'status'],
    [500, {}, 'status'],
    [200, { 'set-cookie': '' }, 'set-cookie'],
    [200, { 'cache-control': 'public, no-store' }, 'no-store'],
    [200, { 'cache-control': 'private="x"' }, 'private'],
    [200, { 'cache-control': 'max-age=9, no-cache="x"' }, 'no-cache'],
    [200, { 'cache-control': 'max-age="9, private"' }, undefined],
    [200, { vary: 'a, *' }, 'vary-any'],
    [200, { vary: Array.from({ length: 16 }, (_, i) => `h${i}`).join() }, undefined],
    [200, { vary: Array.from({ length: 17 }, (_, i) => `h${i}`).join() }, 'vary-too-many'],
  ])('%i %j', (status, headers, refusal) => {
    expect(refusalOf(status, headers, parseCacheControl(headers['cache-control']))).toBe(refusal);
  });

  it('by any other status than these', () => {
    const kept = Array.from({ length: 600 }, (_, status) => status).filter(isStorableStatus);
    expect(kept.filter((status) => status < 200 || status > 299)).toEqual([301, 308, 404, 410]);
    expect(kept).not.toContain(206);
  });
});

describe('a request passes by', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ 'content-length': '0' }, undefined],
    [{ 'content-length': '1' }, 'body'],
    [{ 'transfer-encoding': 'chunked' }, 'body'],
    [{ range: 'bytes=0-' }, 'range'],
    [{ 'if-match': '*' }, 'precondition'],
    [{ 'if-unmodified-since': 'x' }, 'precondition'],
    [{ 'if-none-match': '*' }, undefined],
  ])('%j', (headers, bypass) => {
    expect(bypassOf(headers, { text: '', names: 0 }, 0)).toBe(bypass);
  });

  it('with credentials, even empty ones', () => {
    expect([credentialsOf({ authorization: '' }), credentialsOf({ cookie: '' }), credentialsOf({})]).toEqual([
      'authorization',
      'cookie',
      undefined,
    ]);
  });
});

describe('reuse', () => {
  const FRESH: Times = { ageMs: 4_000, remainingMs: 6_000 };
  const STALE: Times = { ageMs: 15_000, remainingMs: -5_000 };

  it.each<[Freshness, Times, Partial<RequestDirectives>, boolean, Freshness, boolean]>([
    ['fresh', FRESH, {}, false, 'fresh', false],
    ['due', FRESH, {}, false, 'due', false],
    ['stale', STALE, {}, false, 'stale', false],
    ['standby', STALE, {}, false, 'standby', false],
    ['fresh', FRESH, { noCache: true }, false, 'expired', true],
    ['standby', STALE, { noCache: true }, false, 'expired', true],
    ['fresh', FRESH, { maxAge: 4 }, false, 'fresh', false],
    ['fresh', FRESH, { maxAge: 3 }, false, 'expired', true],
    ['fresh', { ...FRESH, ageMs: 0 }, { maxAge: 0 }, false, 'expired', true],
    ['fresh', FRESH, { minFresh: 6 }, false, 'fresh', false],
    ['fresh', FRESH, { minFresh: 7 }, false, 'expired', true],
    ['stale', STALE, { maxAge: 20 }, false, 'expired', true],
    ['standby', STALE, { maxAge: 20 }, false, 'expired', true],
    ['expired', STALE, { maxAge: 20 }, false, 'expired', false],
    ['stale', STALE, { maxAge: 20, maxStale: 5 }, false, 'fresh', false],
    ['standby', STALE, { maxStale: 5 }, false, 'fresh', false],
    ['stale', STALE, { maxStale: Infinity }, false, 'fresh', false],
    ['expired', STALE, { maxStale: 5 }, false, 'fresh', false],
    ['expired', STALE, { maxStale: 4 }, false, 'expired', false],
    ['expired', STALE, { maxStale: 5 }, true, 'expired', false],
    ['standby', STALE, { maxStale: 5, maxAge: 1 }, false, 'expired', true],
  ])('%s %j %j, must revalidate: %j', (freshness, times, asked, mustRevalidate, result, isRefused) => {
    expect(reuseOf(freshness, times, { ...NOTHING_ASKED, ...asked }, mustRevalidate)).toEqual({
      freshness: result,
      isRefused,
    });
  });
});

describe('a condition', () => {
  const date = 'Mon, 01 Jan 2024 00:00:00 GMT';
  it.each<[Record<string, string>, number, Record<string, string>, boolean]>([
    [{}, 200, { etag: '"a"' }, false],
    [{ 'if-none-match': '"a"' }, 200, { etag: '"a"' }, true],
    [{ 'if-none-match': 'W/"a"' }, 200, { etag: '"a"' }, true],
    [{ 'if-none-match': '"b", "a"' }, 204, { etag: 'W/"a"' }, true],
    [{ 'if-none-match': '"a,b"' }, 200, { etag: '"a,b"' }, true],
    [{ 'if-none-match': 'a' }, 200, { etag: '"a"' }, false],
    [{ 'if-none-match': '*' }, 200, {}, true],
    [{ 'if-none-match': '"a"' }, 404, { etag: '"a"' }, false],
    [{ 'if-none-match': '"a"' }, 301, { etag: '"a"' }, false],
    [
      { 'if-none-match': '"b"', 'if-modified-since': date },
      200,
      { etag: '"a"', 'last-modified': date },
      false,
    ],
    [{ 'if-modified-since': date }, 200, { 'last-modified': date }, true],
    [{ 'if-modified-since': 'now' }, 200, { 'last-modified': date }, false],
    [{ 'if-modified-since': date }, 200, {}, false],
  ])('%j, %i %j', (request, status, headers, isKnown) => {
    expect(isNotModified(request, status, headers)).toBe(isKnown);
  });

  it('what describes content', () => {
    const names = ['content-type', 'content-length', 'content-location', 'content-security-policy', 'etag'];
    expect(names.filter(describesContent)).toEqual(['content-type', 'content-length']);
  });
});

describe('what is found is a response only with', () => {
  const whole: StoredResponse = {
    format: VALUE_FORMAT,
    status: 200,
    headers: { etag: '"a"', link: ['a', 'b'] },
    removed: ['x-powered-by'],
    vary: [['accept', null]],
    body: new Uint8Array(),
    initialAgeMs: 0,
    mustRevalidate: false,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
  };

  it('all of it', () => {
    expect(isStoredResponse(whole)).toBe(true);
    expect([null, undefined, 7, [], 'x'].some(isStoredResponse)).toBe(false);
  });

  it.each<[keyof StoredResponse, unknown]>([
    ['format', 'response-0'],
    ['status', 500],
    ['status', '200'],
    ['headers', null],
    ['headers', { etag: 7 }],
    ['headers', { link: ['a', 7] }],
    ['headers', { 'a b': 'c' }],
    ['headers', { a: 'b\r\nc: d' }],
    ['headers', { 'set-cookie': 'a' }],
    ['headers', { 'Set-Cookie': 'a' }],
    ['headers', { 'X-Set': 'a' }],
    ['removed', 'x'],
    ['removed', [7]],
    ['vary', undefined],
    ['vary', ['accept']],
    ['vary', [['accept']]],
    ['vary', [['accept', 7]]],
    ['body', [1]],
    ['initialAgeMs', -1],
    ['staleIfErrorMs', NaN],
    ['staleWhileRevalidateMs', undefined],
    ['mustRevalidate', 'no'],
  ])('%s other than %j', (name, value) => {
    expect(isStoredResponse({ ...whole, [name]: value })).toBe(false);
  });

  it.each(['response-0', 'json-0', undefined])('a format other than %j, whatever is in it', (format) => {
    const json = { ...whole, headers: { ...whole.headers, 'content-type': JSON_TYPE }, body: '{}' };
    expect(isStoredResponse({ ...json, format: JSON_FORMAT })).toBe(true);
    expect(isStoredResponse({ ...json, format })).toBe(false);
    expect(isStoredResponse({ ...json, format: JSON_FORMAT, body: whole.body })).toBe(false);
  });
});

describe('an entity tag', () => {
  const bytes = new Uint8Array([1]);

  it('is weak, and changes with what it stands for', () => {
    const tags = [
      entityTag(200, {}, bytes),
      entityTag(404, {}, bytes),
      entityTag(200, { 'content-type': 'text/plain' }, bytes),
      entityTag(200, {}, new Uint8Array([2])),
    ];
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
    expect(new Set(tags).size).toBe(tags.length);
    expect(entityTag(200, { 'x-other': '1' }, bytes)).toBe(tags[0]);
  });
});

describe('headers that are kept', () => {
  it('are those that were set, changed or removed, without those of one message', () => {
    const before = { 'x-powered-by': 'x', vary: 'origin', 'x-same': '1', 'x-list': ['a', 'b'] };
    const after = {
      vary: 'origin, accept',
      'x-same': '1',
      'x-list': ['a', 'b'],
      'x-new': '1',
      link: ['a', 'b'],
      connection: 'close, X-Hop',
      'x-hop': '1',
      date: 'x',
      age: '1',
      'content-length': '1',
      'set-cookie': ['a'],
      'cache-status': 'other; hit',
      'transfer-encoding': 'chunked',
    };
    expect(headerChanges(before, after)).toEqual({
      set: { vary: 'origin, accept', 'x-new': '1', link: ['a', 'b'] },
      removed: ['x-powered-by'],
    });
  });
});

describe('Cache-Status', () => {
  it.each<[CacheStatus, string]>([
    [{ hit: true, ttlMs: 59_999 }, 'hit; ttl=60'],
    [{ hit: true, ttlMs: -400 }, 'hit; ttl=0'],
    [{ hit: true, ttlMs: -1_000, detail: 'stale-if-error' }, 'hit; ttl=-1; detail=stale-if-error'],
    [{ hit: false, fwd: 'uri-miss', isStored: true, ttlMs: 1_000 }, 'fwd=uri-miss; stored; ttl=1'],
    [{ hit: false, fwd: 'miss', isStored: false }, 'fwd=miss'],
    [{ hit: false, fwd: 'stale', isCollapsed: true, ttlMs: 0 }, 'fwd=stale; collapsed; ttl=0'],
    [{ hit: false, fwd: 'bypass', detail: 'cookie' }, 'fwd=bypass; detail=cookie'],
  ])('%j', (status, text) => {
    expect(renderCacheStatus(status)).toBe(`nestjs-dynamo-cache; ${text}`);
    expect(renderCacheStatus(status, 'origin; hit')).toBe(`origin; hit, nestjs-dynamo-cache; ${text}`);
  });
});

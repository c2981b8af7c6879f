import { describe, expect, it } from 'vitest';
import { parseCacheControl, secondsOf } from '../../lib/http/cache-control';
import { readHttpDate } from '../../lib/http/http-date';
import { lifetimeOf } from '../../lib/http/lifetime';
import { requestDirectivesOf } from '../../lib/http/request-directives';

describe('Cache-Control', () => {
  it.each<[string, Record<string, string>]>([
    ['max-age=60', { 'max-age': '60' }],
    ['Max-Age=60, PUBLIC', { 'max-age': '60', public: '' }],
    ['max-age="60"', { 'max-age': '60' }],
    ['private="a, b", no-store', { private: 'a, b', 'no-store': '' }],
    ['private="a\\", no-store"', { private: 'a", no-store' }],
    ['  ,, max-age=1 ,', { 'max-age': '1' }],
    ['max-age = 5', { 'max-age': '5' }],
    ['ext="a=b", x=y=z', { ext: 'a=b', x: 'y=z' }],
    // A quote that is never closed swallows nothing.
    ['x="y, no-store', { x: '"y', 'no-store': '' }],
    ['max-age=9, max-age=3', { 'max-age': '3' }],
    ['max-age=3, max-age=9', { 'max-age': '3' }],
    ['max-age=nine, max-age=9', { 'max-age': 'nine' }],
  ])('%s', (field, directives) => {
    expect(Object.fromEntries(parseCacheControl(field))).toEqual(directives);
  });

  it.each<[string, number | undefined]>([
    ['max-age=60', 60],
    ['max-age=060', 60],
    ['max-age=0', 0],
    ['max-age=-1', 0],
    ['max-age=1.5', 0],
    ['max-age=1e3', 0],
    ['max-age=', 0],
    ['max-age', 0],
    ['max-age=60s', 0],
    ['max-age=99999999999999999999', 2 ** 31],
    ['s-maxage=1', undefined],
  ])('%s: %j seconds', (field, seconds) => {
    expect(secondsOf(parseCacheControl(field), 'max-age')).toBe(seconds);
  });
});

describe('a lifetime', () => {
  const nowMs = Date.UTC(2024, 0, 1);
  const of = (headers: Record<string, string>) =>
    lifetimeOf(headers, parseCacheControl(headers['cache-control']), nowMs);

  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'cache-control': 'public' }, undefined],
    [{ 'cache-control': 'max-age=5' }, 5_000],
    [{ 'cache-control': 'max-age=5, s-maxage=7' }, 7_000],
    [{ 'cache-control': 's-maxage=0, max-age=9' }, 0],
    [{ 'cache-control': 'max-age=5', expires: 'Mon, 01 Jan 2024 00:01:00 GMT' }, 5_000],
    [{ expires: 'Mon, 01 Jan 2024 00:01:00 GMT' }, 60_000],
    [{ expires: 'Mon, 01 Jan 2024 00:01:00 GMT', date: 'Mon, 01 Jan 2024 00:00:30 GMT' }, 30_000],
    [{ expires: 'Mon, 01 Jan 2023 00:00:00 GMT' }, 0],
    [{ expires: '0' }, 0],
    [{ expires: 'tomorrow' }, 0],
  ])('%j', (headers, ms) => {
    expect(of(headers).freshMs).toBe(ms);
  });

  it.each<[string, number]>([
    ['7', 7_000],
    ['7, 9', 7_000],
    ['-7', 0],
    ['x', 0],
  ])('Age: %s', (age, ms) => {
    expect(of({ age }).initialAgeMs).toBe(ms);
  });

  it.each<[string, boolean, number | undefined, number | undefined]>([
    ['', false, undefined, undefined],
    ['must-revalidate', true, 0, 0],
    ['proxy-revalidate, stale-if-error=9', true, 0, 0],
    ['s-maxage=1', true, 0, 0],
    ['s-maxage=1, stale-while-revalidate=2', true, 2_000, 0],
    ['stale-if-error=3', false, undefined, 3_000],
  ])('%s', (control, mustRevalidate, staleWhileRevalidateMs, staleIfErrorMs) => {
    expect(of({ 'cache-control': control })).toMatchObject({
      mustRevalidate,
      staleWhileRevalidateMs,
      staleIfErrorMs,
    });
  });
});

describe('a date', () => {
  it.each<[string, string | undefined]>([
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
    ['1994-11-06', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['Sun, nonsense GMT', undefined],
  ])('%s', (text, iso) => {
    const ms = readHttpDate(text);
    expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(iso);
  });
});

describe('what a client asks for', () => {
  const NOTHING = { noStore: false, noCache: false, onlyIfCached: false, minFresh: 0 };

  it.each<[Record<string, string>, object]>([
    [{}, NOTHING],
    [
      { 'cache-control': 'no-cache, no-store, only-if-cached' },
      { noStore: true, noCache: true, onlyIfCached: true },
    ],
    [{ 'cache-control': 'max-age=1, min-fresh=2, max-stale=3' }, { maxAge: 1, minFresh: 2, maxStale: 3 }],
    [{ 'cache-control': 'max-stale' }, { maxStale: Infinity }],
    [{ 'cache-control': 'max-age=x' }, { maxAge: 0 }],
    [{ pragma: 'no-cache' }, { noCache: true }],
    [{ pragma: 'x, No-Cache' }, { noCache: true }],
    [{ pragma: 'no-cached' }, { noCache: false }],
    // Who sends both means the newer one.
    [
      { pragma: 'no-cache', 'cache-control': 'max-age=9' },
      { noCache: false, maxAge: 9 },
    ],
  ])('%j', (headers, asked) => {
    expect(requestDirectivesOf(headers)).toMatchObject(asked);
  });
});

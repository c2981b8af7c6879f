import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isAvailable } from '../../lib/codec/compression';
import { createDynamoCache } from '../../lib/core';
import { resolveOptions } from '../../lib/core/resolve-options';
import { InvalidOptionsError } from '../../lib/invalid-options-error';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));
const key = { id: '2027-01', key: bytes };

function refusalOf(options: object): string {
  try {
    createDynamoCache(options);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return (error as Error).message;
  }
}

describe('seal', () => {
  it.each<[string, object, RegExp]>([
    ['a key by itself', { seal: bytes }, /^seal\.0: there is no such option|^seal\.keys/],
    ['a text', { seal: 'secret' }, /^seal: is no object: write \{ keys: \[/],
    ['no keys', { seal: {} }, /^seal\.keys: is no list: write \[\{ id/],
    ['an empty list', { seal: { keys: [] } }, /^seal\.keys: is empty: write one key at least/],
    ['a key without a name', { seal: { keys: [bytes] } }, /^seal\.keys\[0\]\.id: write 1 to 32/],
    ['a name too long', { seal: { keys: [{ ...key, id: 'x'.repeat(33) }] } }, /^seal\.keys\[0\]\.id/],
    ['a name with blanks', { seal: { keys: [{ ...key, id: 'a b' }] } }, /^seal\.keys\[0\]\.id/],
    ['two keys of one name', { seal: { keys: [key, key] } }, /two keys are called "2027-01"/],
    [
      'a key that is not set',
      { seal: { keys: [{ id: 'a', key: undefined }] } },
      /^seal\.keys\[0\]\.key: is no key: write 32/,
    ],
    [
      '16 bytes',
      { seal: { keys: [{ id: 'a', key: bytes.subarray(16) }] } },
      /^seal\.keys\[0\]\.key: has 16 bytes: .*openssl rand -base64 32/,
    ],
    ['33 bytes', { seal: { keys: [{ id: 'a', key: Buffer.alloc(33) }] } }, /has 33 bytes/],
    [
      'a password',
      { seal: { keys: [{ id: 'a', key: 'correct horse battery staple' }] } },
      /is no text of 32 bytes/,
    ],
    [
      '16 bytes in hexadecimal',
      { seal: { keys: [{ id: 'a', key: 'ab'.repeat(16) }] } },
      /is no text of 32 bytes/,
    ],
    [
      '48 bytes in base64',
      { seal: { keys: [{ id: 'a', key: 'A'.repeat(64) + 'z' }] } },
      /is no text of 32 bytes/,
    ],
    [
      'another option',
      { seal: { keys: [key], algorithm: 'x' } },
      /^seal\.algorithm: there is no such option/,
    ],
    [
      'a flag that is none',
      { seal: { keys: [key], acceptUnsealed: 'yes' } },
      /^seal\.acceptUnsealed: write true or false/,
    ],
    ['a refresh that is no duration', { seal: { keys: () => [key], refresh: 'often' } }, /^seal\.refresh/],
  ])('refuses %s, and says what to write', (_what, options, message) => {
    expect(refusalOf(options)).toMatch(message);
  });

  it('never quotes a key, nor shows one', () => {
    const text = bytes.toString('base64');
    expect(refusalOf({ seal: { keys: [{ id: 'a', key: `${text}x` }] } })).not.toContain(text.slice(0, 10));
    const shown = inspect(resolveOptions({ seal: { keys: [{ id: 'a', key: text }] } }).packing, {
      depth: 9,
      showHidden: true,
    });
    expect(shown).toContain("id: 'a'");
    for (const form of [text, bytes.toString('hex'), inspect(bytes)])
      expect(shown).not.toContain(form.slice(0, 20));
  });

  it('reads a key as bytes, in base64, base64url and hexadecimal', () => {
    const forms = [
      bytes,
      new Uint8Array(bytes),
      ...(['base64', 'base64url', 'hex'] as const).map((as) => bytes.toString(as)),
    ];
    for (const form of forms) {
      const { keys } = resolveOptions({ seal: { keys: [{ id: 'a', key: form }] } }).packing.seal!;
      if (typeof keys === 'function') throw new Error('a set was expected');
      expect(keys.newest.key.export().equals(bytes)).toBe(true);
    }
  });

  it('does not call a function that fetches keys at start-up', () => {
    const never = () => {
      throw new Error('called');
    };
    expect(refusalOf({ seal: { keys: never } })).toBe('none');
  });
});

describe('compress', () => {
  it('is deflate unless it is told otherwise', () => {
    const chosen = [undefined, true, false].map(
      (compress) => resolveOptions(compress === undefined ? {} : { compress }).packing.compress,
    );
    expect(chosen).toEqual(['deflate', 'deflate', undefined]);
  });

  it.each(['deflate', 'gzip', 1, null, {}])('refuses %s', (compress) => {
    expect(refusalOf({ compress })).toBe("compress: write true, false or 'zstd'");
  });

  it('takes zstd only where Node has it', () => {
    const refusal = refusalOf({ compress: 'zstd' });
    if (isAvailable('zstd')) expect(refusal).toBe('none');
    else expect(refusal).toMatch(/^compress: this Node has no zstd/);
  });
});

describe("codec: 'json'", () => {
  it.each([
    ['compress', { compress: true }],
    ['seal', { seal: { keys: [key] } }],
    ['maxChunks', { maxChunks: 2 }],
  ])('refuses %s: other programs would not find plain JSON', (option, options) => {
    expect(refusalOf({ codec: 'json', ...options })).toMatch(new RegExp(`^${option}: other programs`));
  });

  it('neither compresses nor cuts, and may be told so', () => {
    for (const options of [{}, { compress: false, maxChunks: 1 }]) {
      const { packing, store } = resolveOptions({ codec: 'json', ...options });
      expect([packing.compress, store.maxChunks]).toEqual([undefined, 1]);
    }
  });
});

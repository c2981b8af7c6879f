import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidKeyPartError } from '../../lib/key/invalid-key-part-error';
import { assertNamespace, assertVersion, itemPrefix, storageKey, userKey } from '../../lib/key/storage-key';

const anyKey = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 700 }),
  fc.string({ unit: fc.constantFrom('~', '#', 'a', '\ud800', '\udc00', '\ufffd'), maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('é', '€', '\u{1f600}', 'x'), minLength: 120, maxLength: 600 }),
  fc
    .tuple(fc.constantFrom('~sha256:', '~~sha256:', '~sha256-utf16:', '~~'), fc.string())
    .map((parts) => parts.join('')),
);

describe('a stored key', () => {
  it.each(['', 'menu:7', 'a#b', '#', '__proto__', 'naïve ☕', '\ufffd', '\u{1f600}', 'x'.repeat(512)])(
    'is the key itself: %j',
    (key) => {
      expect(storageKey(key)).toBe(key);
      expect(userKey(key)).toBe(key);
    },
  );

  it('has one more ~ when the key starts with it', () => {
    expect(storageKey('~')).toBe('~~');
    expect(storageKey('~sha256:00')).toBe('~~sha256:00');
    expect(userKey('~~sha256:00')).toBe('~sha256:00');
  });

  it('is a digest over 512 bytes of UTF-8, however few characters that are', () => {
    expect(storageKey('x'.repeat(513))).toMatch(/^~sha256:[0-9a-f]{64}$/);
    expect(storageKey('€'.repeat(170))).toBe('€'.repeat(170));
    expect(storageKey('€'.repeat(171))).toMatch(/^~sha256:[0-9a-f]{64}$/);
    expect(storageKey('x'.repeat(5000))).not.toBe(storageKey('x'.repeat(5001)));
  });

  it('tells lone surrogates apart, which UTF-8 cannot', () => {
    const keys = ['\ud800', '\ud801', '\udc00\ud800', 'a\ud800', '\ufffd'];
    expect(new Set(keys.map(storageKey)).size).toBe(keys.length);
    expect(storageKey('\ud800')).toMatch(/^~sha256-utf16:[0-9a-f]{64}$/);
  });

  it('is short and survives UTF-8, whatever the key', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const stored = storageKey(key);
        const bytes = Buffer.from(stored);
        return bytes.length <= 513 && bytes.toString() === stored;
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the key back, or nothing when it is a digest', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const stored = storageKey(key);
        const back = userKey(stored);
        return back === undefined ? /^~sha256(-utf16)?:[0-9a-f]{64}$/.test(stored) : back === key;
      }),
      { numRuns: 2000 },
    );
  });

  it('is another for another key', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => (storageKey(a) === storageKey(b)) === (a === b)),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(
        anyKey,
        (key) => storageKey(storageKey(key)) === storageKey(key) || storageKey(key) !== key,
      ),
      { numRuns: 500 },
    );
  });

  it('cannot be taken for one of the cache’s own items', () => {
    expect(userKey('~lease:x')).toBeUndefined();
    fc.assert(fc.property(anyKey, (key) => /^(?!~)|^~~|^~sha256(-utf16)?:/.test(storageKey(key))));
  });
});

describe('the prefix of an item', () => {
  it('is the namespace, and the version when there is one', () => {
    expect(itemPrefix('shop', undefined)).toBe('shop#');
    expect(itemPrefix('shop', '2')).toBe('shop@2#');
  });

  it.each(['shop', 'shop:eu', 'a b', 'tøy', '~'.padStart(2, 'a'), '1.0.0-rc.1', 'x'.repeat(64)])(
    'takes %j',
    (text) => {
      expect(() => {
        assertNamespace(text);
        assertVersion(text);
      }).not.toThrow();
    },
  );

  it.each([
    ['', 'is empty'],
    ['a#b', 'write for example "a-b"'],
    ['a@b', 'write for example "a-b"'],
    ['a\nb', 'write for example "a-b"'],
    ['a\u0085b', 'write for example "a-b"'],
    ['~a', 'write for example "-a"'],
    ['a\ud800', 'well-formed'],
    [undefined, 'is undefined; write a string'],
    [7, 'is number; write a string'],
  ])('refuses %j', (text, message) => {
    const assertions: ((part: unknown) => void)[] = [assertNamespace, assertVersion];
    for (const assertPart of assertions) {
      const attempt = () => {
        assertPart(text);
      };
      expect(attempt).toThrow(InvalidKeyPartError);
      expect(attempt).toThrow(message);
    }
  });

  it('refuses a namespace over 255 bytes and a version over 64', () => {
    expect(() => {
      assertNamespace('é'.repeat(127) + 'a');
    }).not.toThrow();
    expect(() => {
      assertNamespace('é'.repeat(128));
    }).toThrow('namespace: is 256 bytes long; write at most 255.');
    expect(() => {
      assertVersion('x'.repeat(65));
    }).toThrow('version: is 65 bytes long; write at most 64.');
  });
});

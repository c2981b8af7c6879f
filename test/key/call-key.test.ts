import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callKey } from '../../lib/key/call-key';
import { storageKey } from '../../lib/key/storage-key';

describe('the key of a call', () => {
  it('reads as the call', () => {
    expect(callKey('Menus.find', ['7', { a: 1 }])).toBe('Menus.find("7",{"a":1})');
    expect(callKey('Menus.all', [])).toBe('Menus.all()');
  });

  it('is a digest of the arguments when the whole is over 512 bytes of UTF-8', () => {
    const fits = 512 - 'Menus.find("")'.length;
    expect(callKey('Menus.find', ['x'.repeat(fits)])).toHaveLength(512);
    const sha256 = createHash('sha256')
      .update(`"${'x'.repeat(fits + 1)}"`)
      .digest('hex');
    expect(callKey('Menus.find', ['x'.repeat(fits + 1)])).toBe(`Menus.find(~sha256:${sha256})`);
    expect(callKey('Menus.find', ['€'.repeat(200)])).toMatch(/^Menus\.find\(~sha256:[0-9a-f]{64}\)$/);
  });

  it('is another for arguments whose text passes for a digest', () => {
    const long = callKey('f', ['x'.repeat(600)]);
    expect(callKey('f', [long.slice(2, -1)])).not.toBe(long);
  });

  it('is another for another name, even one with brackets and quotes', () => {
    const keys = [
      callKey('f', ['a']),
      callKey('f("a")', []),
      callKey('f("a"', [1]),
      callKey('f', ['a")(']),
      callKey('f("a")(', ['']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is told apart by lone surrogates, once hashed too', () => {
    const keys = ['\ud800', '\udfff', '\ufffd'].map((char) => storageKey(callKey('f', [char.repeat(300)])));
    expect(new Set(keys).size).toBe(3);
  });
});

import { defaultSerialize } from '@keyv/serialize';
import { describe, expect, it } from 'vitest';
import { UndecodableValueError } from '../../lib/codec/codec-errors';
import { encodeKeyvText, keyvTextOf } from '../../lib/codec/keyv-text';
import { createCodec } from '../../lib/codec/value-codec';

const codec = createCodec();

describe('Keyv text', () => {
  it.each(['{"value":{"a":1},"expires":1700000000000}', '', 'not json', '"žluť 👍 \\u0000"'])(
    'keeps %j',
    (text) => {
      expect(keyvTextOf(encodeKeyvText(text))).toBe(text);
    },
  );

  it('is not mistaken for a structured value, nor the reverse', () => {
    expect(keyvTextOf(codec.encode('text'))).toBeUndefined();
    expect(keyvTextOf(new Uint8Array(0))).toBeUndefined();
  });

  it.each([
    [{ a: 1, list: [null, true, 'x'] }],
    [':colon'],
    ['::two'],
    [':base64:kept as text'],
    [Buffer.from('bytes')],
    [{ nested: { buffer: Buffer.from([1, 2]), text: ':x' } }],
    [0],
    [false],
    [null],
    [''],
  ])('reads the value that Keyv serialised: %j', (value) => {
    const text = defaultSerialize({ value, expires: 1 });
    expect(codec.decode(encodeKeyvText(text))).toEqual(value);
  });

  it.each([{ value: undefined, expires: 5 }, { value: undefined }])(
    'reads an undefined value: %j',
    (envelope) => {
      expect(codec.decode(encodeKeyvText(defaultSerialize(envelope)))).toBeUndefined();
    },
  );

  it.each([
    'plain text',
    '',
    '[1]',
    '7',
    'null',
    '{"value":',
    '{"json":{"value":1}}',
    '{"value":1,"meta":{}}',
  ])('leaves %j to the serialiser that wrote it', (text) => {
    expect(() => codec.decode(encodeKeyvText(text))).toThrow(UndecodableValueError);
  });

  it('does not pollute through __proto__', () => {
    const value = codec.decode(encodeKeyvText('{"value":{"__proto__":{"polluted":1}}}'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(() => codec.decode(encodeKeyvText('{"__proto__":{"value":2}}'))).toThrow(UndecodableValueError);
  });

  it('refuses bytes that are not UTF-8 and text nested without end', () => {
    expect(() => codec.decode(Uint8Array.of(2, 0xff, 0xfe))).toThrow(UndecodableValueError);
    expect(keyvTextOf(Uint8Array.of(2, 0xff))).toBeUndefined();
    const deep = `{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => codec.decode(encodeKeyvText(deep))).toThrow(UndecodableValueError);
  });
});

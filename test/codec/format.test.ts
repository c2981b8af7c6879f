/**
 * Bytes written by earlier versions stay in people's tables. The fixture holds one value of every kind as format 1
 * wrote it; `UPDATE_FORMAT=1 npx vitest run test/codec/format.test.ts` adds values that it lacks and changes none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../lib/codec/value-codec';
import { deepState } from './deep-state';
import { types, values } from './values';

const path = join(__dirname, 'fixtures', 'format-1.json');
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
const codec = createCodec({ types });

if (process.env.UPDATE_FORMAT === '1') {
  for (const [name, value] of Object.entries(values)) {
    fixture[name] ??= Buffer.from(codec.encode(value)).toString('hex');
  }
  writeFileSync(path, `${JSON.stringify(fixture, null, 2)}\n`);
}

describe('format 1', () => {
  it.each(Object.entries(fixture))('reads %s as it was written', (name, hex) => {
    expect(deepState(codec.decode(Buffer.from(hex, 'hex')))).toEqual(deepState(values[name]));
  });

  it.each(Object.entries(values))('writes %s as before', (name, value) => {
    expect(Buffer.from(codec.encode(value)).toString('hex')).toBe(fixture[name]);
  });
});

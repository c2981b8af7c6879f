// The option table of the README against the options' own documentation, and against what the cache does with them.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../lib/core/resolve-options';
import { tableUnder } from './markdown';

const rows = tableUnder('Options').map(([name = '', otherwise = '', meaning = '']) => ({
  name: withoutTicks(name),
  otherwise: withoutTicks(otherwise),
  meaning,
}));

function withoutTicks(text: string): string {
  return text.replaceAll('`', '');
}

/** The members of an interface, each with what its `@default` says. */
function defaultsOf(file: string, name: string): { name: string; otherwise: string }[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const declaration = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((statement) => statement.name.text === name);
  if (!declaration) throw new Error(`${file} has no interface ${name}`);
  return declaration.members.map((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
    const text = ts.getTextOfJSDocComment(tag?.comment) ?? 'not documented';
    return { name: member.name?.getText(source) ?? '', otherwise: withoutTicks(text) };
  });
}

describe('the option table', () => {
  it('lists every option of forRoot, with the default that its documentation says', () => {
    const documented = [
      ...defaultsOf('lib/core/options.ts', 'DynamoCacheOptions'),
      ...defaultsOf('lib/dynamo-cache.module-definition.ts', 'DynamoCacheModuleOptions'),
      ...defaultsOf('lib/dynamo-cache.module-definition.ts', 'DynamoCacheModuleExtras'),
    ];
    expect(rows.map(({ name, otherwise }) => ({ name, otherwise }))).toEqual(documented);
  });

  it('says what each is for', () => {
    expect(rows.filter(({ meaning }) => meaning === '')).toEqual([]);
  });

  it('names defaults that change nothing when they are written out', () => {
    const written = Object.fromEntries(
      rows
        .filter(
          ({ name, otherwise }) =>
            !['isGlobal', 'http'].includes(name) && /^([[{']|\d|true$|false$)/.test(otherwise),
        )
        .map(({ name, otherwise }) => [name, runInNewContext(`(${otherwise})`) as unknown]),
    );
    expect(Object.keys(written)).toEqual(expect.arrayContaining(['ttl', 'breaker', 'layout', 'types']));
    const { codec: _ours, ...explicit } = resolveOptions({ table: 'cache', ...written }).engine;
    const { codec: _theirs, ...implicit } = resolveOptions({ table: 'cache' }).engine;
    expect(explicit).toEqual(implicit);
  });
});

/**
 * Every ```ts block of README.md and docs/ is code that is type-checked by `npm run types` and run by a test: the same
 * lines stand in a file of this folder between `// #region <name>` and `// #endregion`. To add a snippet:
 *
 * 1. Write it into a test here, one file per snippet, named after its section (`menu-service.test.ts`), importing from
 *    'nestjs-dynamo-cache', '/core' or '/testing' as users do. Put the region's comments around it. A snippet of
 *    statements stands inside its test; its imports stand at the top in a region of the same name, which is joined with it.
 * 2. What the reader has to imagine (`loadMenu`, `Menu`) stands outside of the region. So do the assertions of what the
 *    prose beside the snippet says; `startModule` of test/module gives a cache in memory, `createReadmeTable` one in DynamoDB.
 * 3. Copy the lines between the comments into a ```ts block. This test says which block or region is without its twin.
 *
 * A README of a sample quotes the sample's own source instead.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CodeBlock, DOCUMENTS, SAMPLES, codeBlocksOf, filesIn } from './markdown';
import { isQuotedFrom, isSameCode, regionsOf } from './regions';

/** What is wrong between the blocks of documents and the regions of sources. */
function differences(blocks: readonly CodeBlock[], sources: Readonly<Record<string, string>>): string[] {
  const regions = Object.entries(sources).flatMap(([file, source]) =>
    [...regionsOf(file, source)].map(([name, code]) => ({ place: `${file} ${name}`, code })),
  );
  return [
    ...withoutTwin(blocks, regions).map(({ place }) => `${place}: no region has these lines`),
    ...withoutTwin(regions, blocks).map(({ place }) => `${place}: no document shows this region`),
  ];
}

function withoutTwin(some: readonly CodeBlock[], others: readonly CodeBlock[]): CodeBlock[] {
  return some.filter(({ code }) => !others.some((other) => isSameCode(other.code, code)));
}

function sourcesOf(folder: string): Record<string, string> {
  return Object.fromEntries(filesIn(folder, '.ts').map((file) => [file, readFileSync(file, 'utf8')]));
}

describe('the snippets', () => {
  it('of README.md and docs/ are the regions of these tests', () => {
    const { 'test/readme/readme.test.ts': _itself, ...sources } = sourcesOf('test/readme');
    const blocks = DOCUMENTS.flatMap((file) => codeBlocksOf(file, 'ts'));
    expect(blocks).not.toHaveLength(0);
    expect(differences(blocks, sources)).toEqual([]);
  });

  it.each(SAMPLES)('of %s are quoted from its source', (sample) => {
    const sources = Object.values(sourcesOf(`${sample}/src`));
    const strange = codeBlocksOf(`${sample}/README.md`, 'ts')
      .filter(({ code }) => !sources.some((source) => isQuotedFrom(source, code)))
      .map(({ place }) => place);
    expect(strange).toEqual([]);
  });

  it.each(DOCUMENTS)('of %s are fenced as ts', (file) => {
    expect(['typescript', 'js', 'javascript', ''].flatMap((name) => codeBlocksOf(file, name))).toEqual([]);
  });
});

describe('the check', () => {
  const block = (code: string): CodeBlock => ({ place: 'README.md:1', code });
  const region = (code: string) => `// #region a\n${code}\n// #endregion\n`;

  it('passes a block that stands in a test, indented', () => {
    const source = "it('works', () => {\n  // #region a\n  if (x) {\n\n    y();\n  }\n  // #endregion\n});";
    expect(differences([block('if (x) {\n  y();\n}')], { 'a.ts': source })).toEqual([]);
  });

  it('joins the parts of a region', () => {
    const source = region("import { x } from 'x';") + region('x();');
    expect(differences([block("import { x } from 'x';\n\nx();")], { 'a.ts': source })).toEqual([]);
  });

  it.each([
    ['another character', 'x();', 'x()'],
    ['another indentation inside', 'if (x)\n  y();', 'if (x)\n    y();'],
    ['a line less', 'x();\ny();', 'x();'],
    ['a line more', 'x();', 'x();\ny();'],
  ])('refuses %s', (_what, shown, code) => {
    expect(differences([block(shown)], { 'a.ts': region(code) })).toEqual([
      'README.md:1: no region has these lines',
      'a.ts a: no document shows this region',
    ]);
  });

  it('refuses a region that does not end, begins twice, or ends without a beginning', () => {
    expect(() => regionsOf('a.ts', '// #region a\nx();')).toThrow('a.ts: the region a has no end');
    expect(() => regionsOf('a.ts', '// #region a\n// #region b')).toThrow('a.ts:2: a region inside');
    expect(() => regionsOf('a.ts', 'x();\n// #endregion')).toThrow('a.ts:2: the end of no region');
  });

  it('finds a quotation inside a source, and no half of one', () => {
    const source = 'class A {\n  @B()\n  c() {\n    d();\n  }\n}';
    expect(isQuotedFrom(source, '@B()\nc() {')).toBe(true);
    expect(isQuotedFrom(source, '@B()\nd();')).toBe(false);
    expect(isQuotedFrom(source, '@B()\nc()')).toBe(false);
  });

  it('refuses a block that does not end', () => {
    expect(() => codeBlocksOf('a.md', 'ts', 'a\n```ts\nx();')).toThrow('a.md:3: the block has no end');
  });
});

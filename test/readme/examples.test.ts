/**
 * Every `@example` in the source compiles when it is pasted: with imports of what this package, Nest and Keyv export, and
 * with the reader's own functions, which PLACEHOLDERS stand for.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from './markdown';

/** What examples leave to the reader's imagination. Add here what a new one needs. */
const PLACEHOLDERS = `
  interface Menu { readonly id: string; readonly isPartial: boolean }
  interface Summary { readonly id: string }
  declare const menu: Menu;
  declare const cache: import('nestjs-dynamo-cache').DynamoCache;
  declare function loadMenu(id: string | number): Promise<Menu>;
  declare function loadSummary(id: string): Promise<Summary>;
  declare function summary(id: string): Promise<Summary>;
  declare function channelIndex(): Promise<string[]>;
  declare function sendReports(): Promise<void>;
`;

/** Where a name that an example uses without importing it comes from. */
const PACKAGES: Record<string, string[]> = {
  'nestjs-dynamo-cache': exportsOf('lib/index.ts'),
  'nestjs-dynamo-cache/testing': exportsOf('lib/testing/index.ts'),
  '@nestjs/common': ['Injectable', 'Module'],
  keyv: ['Keyv'],
};

interface Example {
  /** `lib/core/memoize.ts:26` */
  readonly place: string;
  readonly code: string;
}

function parse(file: string, text = readFileSync(file, 'utf8')): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function exportsOf(file: string): string[] {
  return parse(file).statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
}

function examplesOf(file: string, text?: string): Example[] {
  const source = parse(file, text);
  const examples: Example[] = [];
  const visit = (node: ts.Node): void => {
    for (const comment of ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)) {
      // By hand, because TypeScript takes a decorator at the start of an example's line for the next tag.
      const [, ...parts] = comment.getText(source).split(/^[ \t]*(?:\/\*)?\*+[ \t]*@example\b/m);
      const line = source.getLineAndCharacterOfPosition(comment.getStart(source)).line + 1;
      for (const part of parts) examples.push({ place: `${file}:${line}`, code: withoutStars(part) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return examples;
}

function withoutStars(comment: string): string {
  return comment
    .replace(/\*\/\s*$/, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .trim();
}

/** A module of an example: its own code after the imports that it leaves out. */
function moduleOf(code: string): string {
  const source = parse('example.ts', code);
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    if ((ts.isVariableDeclaration(node) || ts.isClassDeclaration(node)) && node.name)
      declared.add(node.name.getText(source));
    if (ts.isImportSpecifier(node)) declared.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const imports = Object.entries(PACKAGES).map(([from, names]) => {
    const needed = names.filter((name) => used.has(name) && !declared.has(name));
    return `import { ${needed.join(', ')} } from '${from}';`;
  });
  return [...imports, code, 'export {};'].join('\n');
}

const examples = filesIn('lib', '.ts').flatMap((file) => examplesOf(file));
const BROKEN: Example = {
  place: 'broken',
  code: `await cache.getOrLoad('menu:7', () => loadMenu(7), { tll: '1h' });`,
};

let problems: Map<Example, string[]>;

// One program for all of them: what costs time is the library's types.
beforeAll(() => {
  const folder = join(process.cwd(), 'test', 'readme');
  const modules = new Map(
    [...examples, BROKEN].map((example, i) => [join(folder, `example-${i}.ts`), example] as const),
  );
  const sources = new Map([...modules].map(([file, { code }]) => [file, moduleOf(code)]));
  sources.set(join(folder, 'placeholders.ts'), PLACEHOLDERS);
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(
    config,
    ts.sys,
    process.cwd(),
    undefined,
    join(process.cwd(), 'tsconfig.json'),
  );
  // Examples await at the top.
  options.module = ts.ModuleKind.ESNext;
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists.call(host, file);
  host.readFile = (file) => sources.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, target, ...rest) => {
    const text = sources.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, target, ...rest)
      : ts.createSourceFile(file, text, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  problems = new Map(
    [...modules].map(([file, example]) => {
      const source = program.getSourceFile(file);
      const diagnostics = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      return [
        example,
        diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ];
    }),
  );
}, 60_000);

describe('the example of', () => {
  it.each(examples.map((example) => [example.place, example] as const))('%s compiles', (_place, example) => {
    expect(problems.get(example)).toEqual([]);
  });
});

describe('the check', () => {
  it('refuses an example with an option that there is not', () => {
    expect(problems.get(BROKEN)).toEqual([expect.stringContaining("'tll' does not exist")]);
  });

  it('finds examples in any place, with decorators in them', () => {
    const text = [
      '/**',
      ' * A class.',
      ' *',
      ' * @throws never',
      ' * @example',
      ' * @Module({})',
      ' * class A {}',
      ' */',
      'class B {',
      '  /** @example b(); */',
      '  b() {}',
      '}',
    ].join('\n');
    expect(examplesOf('a.ts', text).map(({ code }) => code)).toEqual(['@Module({})\nclass A {}', 'b();']);
    expect(examples.length).toBeGreaterThan(10);
  });
});

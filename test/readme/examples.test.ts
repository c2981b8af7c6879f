/**
 * Everything that is published says what it is, and how it is used where it is a value. Every `@example` in the source
 * compiles when it is pasted: with imports of what this package, Nest and Keyv export, and with the reader's own
 * functions, which PLACEHOLDERS stand for.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from './markdown';

/** What examples leave to the reader's imagination. Add here what a new one needs. */
const PLACEHOLDERS = `
  interface Menu { readonly id: string; readonly isPartial: boolean }
  interface Summary { readonly id: string }
  interface Restaurant { readonly id: string }
  declare class AppModule {}
  declare const menu: Menu;
  declare const cache: import('nestjs-dynamo-cache').DynamoCache;
  declare function loadMenu(id: string | number): Promise<Menu>;
  declare function loadSummary(id: string): Promise<Summary>;
  declare function loadRestaurants(ids: readonly string[]): Promise<Restaurant[]>;
  declare function saveName(id: string, name: string): Promise<Summary>;
  declare function summary(id: string): Promise<Summary>;
  declare function channelIndex(): Promise<string[]>;
  declare function sendReports(): Promise<void>;
  declare function makeStore(): import('nestjs-dynamo-cache').EntryStore;
  declare function publish(message: string): Promise<void>;
  declare function subscribe(listener: (message: string) => void): void;
  declare function it(name: string, run: () => Promise<void>): void;
  declare const stack: import('aws-cdk-lib').Stack;
  declare const api: import('aws-cdk-lib/aws-lambda').Function;
  declare const cacheTable: import('nestjs-dynamo-cache/cdk').DynamoCacheTable;
  declare const health: import('@nestjs/terminus').HealthCheckService;
  declare const cacheHealth: import('nestjs-dynamo-cache/terminus').DynamoCacheHealthIndicator;
`;

/** Where a name that an example uses without importing it comes from. */
const PACKAGES: Record<string, string[]> = {
  '@aws-sdk/client-dynamodb': ['DynamoDBClient'],
  '@nestjs/testing': ['Test'],
  'cache-manager': ['type Cache'],
  'nestjs-dynamo-cache': exportsOf('lib/index.ts'),
  'nestjs-dynamo-cache/testing': exportsOf('lib/testing/index.ts'),
  'nestjs-dynamo-cache/cdk': exportsOf('lib/cdk/index.ts'),
  '@nestjs/common': ['Controller', 'Get', 'Inject', 'Injectable', 'Module', 'Param', 'UseInterceptors'],
  keyv: ['Keyv'],
};

/** The published subpaths. */
const INDEXES = [
  'lib/index.ts',
  'lib/core/index.ts',
  'lib/testing/index.ts',
  'lib/terminus/index.ts',
  'lib/cdk/index.ts',
];

interface Example {
  /** `lib/core/memoize.ts:26` */
  readonly place: string;
  readonly code: string;
}

function parse(file: string, text = readFileSync(file, 'utf8')): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function exportsOf(file: string): string[] {
  return publishedBy(file).map(({ name }) => name);
}

/** What a file exports from others, and where that is declared. */
function publishedBy(index: string): { name: string; file: string }[] {
  return parse(index).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return [];
    const { exportClause, moduleSpecifier } = statement;
    if (!exportClause || !ts.isNamedExports(exportClause) || !moduleSpecifier) return [];
    const from = (moduleSpecifier as ts.StringLiteral).text;
    const file = posix.join(posix.dirname(index), `${from}.ts`);
    const handedOn = publishedBy(file);
    return exportClause.elements.map(
      ({ name: { text: name } }) => handedOn.find((other) => other.name === name) ?? { name, file },
    );
  });
}

/** What the documentation of a published name lacks. */
function missingIn(name: string, file: string, text?: string): string[] {
  const declared = parse(file, text).statements.find((statement) => namesOf(statement).includes(name));
  if (!declared) return ['a declaration in the file that it is exported from'];
  const documentation = ts.getJSDocCommentsAndTags(declared).filter(ts.isJSDoc);
  if (documentation.length === 0) return ['a docstring'];
  const isValue = !ts.isInterfaceDeclaration(declared) && !ts.isTypeAliasDeclaration(declared);
  // Errors are caught, not made.
  const needsExample = isValue && !/.Error$/.test(name);
  const hasExample = documentation.some((comment) => comment.getText().includes('@example'));
  return needsExample && !hasExample ? ['an @example'] : [];
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.Statement & { name?: ts.Identifier };
  return name ? [name.text] : [];
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
    const needed = names.filter((name) => {
      const plain = name.replace('type ', '');
      return used.has(plain) && !declared.has(plain);
    });
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

const published = new Map(
  INDEXES.flatMap(publishedBy).map(({ name, file }) => [`${file} ${name}`, { name, file }] as const),
);

describe('the documentation of', () => {
  it.each([...published])('%s says what it is', (_place, { name, file }) => {
    expect(missingIn(name, file)).toEqual([]);
  });
});

describe('the example of', () => {
  it.each(examples.map((example) => [example.place, example] as const))('%s compiles', (_place, example) => {
    expect(problems.get(example)).toEqual([]);
  });
});

describe('the check', () => {
  it.each([
    ['nothing', '/** A. @example a(); */ export function a() {}', []],
    ['an example of a function', '/** A. */ export function a() {}', ['an @example']],
    ['an example of a constant', '/** A. */ export const a = 1;', ['an @example']],
    ['no example of a type', '/** A. */ export interface a {}', []],
    ['a docstring', 'export type a = 1;', ['a docstring']],
    ['a declaration', 'export type b = 1;', ['a declaration in the file that it is exported from']],
  ])('misses %s', (_what, text, missing) => {
    expect(missingIn('a', 'a.ts', text)).toEqual(missing);
  });

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

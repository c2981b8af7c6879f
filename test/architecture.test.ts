/**
 * Holds the import directions of the source: a module file reaches down to the bytes, never the other way; only
 * the Nest side knows Nest, only the table's side knows the AWS SDK, and that one loads it late.
 * A folder that is not in the table below is refused: a new folder takes its place in the order first.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Everything from the engine down to the bytes; what stands above it may reach any of these. */
const BELOW = ['key', 'engine', 'tiers', 'dynamodb', 'entry', 'codec'];

/** What each place may import besides itself and COMMON. `type x` allows the types of x only. */
const MAY_IMPORT: Record<string, string[]> = {
  module: ['decorators', 'interceptors', 'cache-manager', 'core', 'keyv', ...BELOW],
  interceptors: ['decorators', 'http', ...BELOW],
  decorators: BELOW,
  'cache-manager': ['keyv', ...BELOW],
  // The store that Keyv sees: a door to the engine.
  keyv: BELOW,
  core: ['cache-manager', 'keyv', ...BELOW],
  engine: ['key', 'tiers', 'dynamodb', 'entry', 'codec'],
  // The rules of HTTP: no Nest, and of the engine only what its words mean.
  http: ['type engine'],
  tiers: ['key', 'dynamodb', 'entry', 'codec'],
  dynamodb: ['key', 'entry', 'codec'],
  key: ['codec'],
  // lib/tiers/entry*.ts: what an entry is and what a store of entries does. Tiers and the table both fulfil it.
  entry: ['codec'],
  codec: [],
  observability: [],
  common: [],
  testing: ['key', 'type engine', 'tiers', 'dynamodb', 'entry', 'codec'],
  cli: ['core', 'infra', ...BELOW],
  infra: ['dynamodb'],
  cdk: ['infra', 'dynamodb'],
  terminus: ['engine'],
};

/** What everybody may import, as long as it does not lead back up. */
const COMMON = ['observability', 'common'];

/** Packages that only some files may import; `late` ones only as a type or inside a function. */
const FENCED = [
  {
    packages: /^(@nestjs\/|rxjs(\/|$)|reflect-metadata$)/,
    files: /^lib\/([\w-]+\.[\w-]+\.ts$|module\/|decorators\/|interceptors\/|terminus\/)/,
    who: 'the module, decorators/, interceptors/ and terminus/',
    late: false,
  },
  {
    packages: /^(aws-cdk-lib|constructs)(\/|$)/,
    files: /^lib\/cdk\//,
    who: 'cdk/',
    late: false,
  },
  {
    packages: /^(@aws-sdk|@smithy)\//,
    files: /^lib\/(dynamodb|cli)\//,
    who: 'dynamodb/ and cli/',
    late: true,
  },
];

/**
 * A folder or `entry`. At the top of lib, index.ts and the files with one of Nest's role suffixes (`.module`,
 * `.explorer`) are the module's; the others, such as errors.ts, are common ground.
 */
function placeOf(file: string): string {
  if (file.startsWith('lib/tiers/entry')) return 'entry';
  const [, folder] = /^lib\/([\w-]+)\//.exec(file) ?? [];
  return folder ?? (/^lib\/(index|[\w-]+\.[\w-]+)\.ts$/.test(file) ? 'module' : 'common');
}

type Sources = Record<string, string>;
interface Import {
  from: string;
  when: 'type' | 'start' | 'late';
}

function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node, isLate: boolean): void => {
    const from = specifierOf(node);
    if (from !== undefined) found.push({ from, when: isTypeOnly(node) ? 'type' : isLate ? 'late' : 'start' });
    ts.forEachChild(node, (child) => {
      visit(child, isLate || ts.isFunctionLike(node));
    });
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest), false);
  return found;
}

function specifierOf(node: ts.Node): string | undefined {
  const name =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isExternalModuleReference(node)
        ? node.expression
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && isLoading(node.expression)
            ? node.arguments[0]
            : undefined;
  return name && ts.isStringLiteralLike(name) ? name.text : undefined;
}

function isLoading(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  );
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node)) return false;
  const clause = node.importClause;
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return clause !== undefined;
  const names = clause.namedBindings;
  return (
    !clause.name &&
    !!names &&
    ts.isNamedImports(names) &&
    names.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}

function resolve(file: string, from: string, sources: Sources): string {
  const path = posix.join(posix.dirname(file), from).replace(/\.js$/, '');
  return [`${path}.ts`, `${path}/index.ts`].find((candidate) => candidate in sources) ?? `${path}/index.ts`;
}

function violationsIn(sources: Sources): string[] {
  const graph = new Map<string, string[]>();
  const wrong = Object.entries(sources).flatMap(([file, text]) => {
    const imports = importsOf(file, text);
    const inside = imports.filter(({ from }) => from.startsWith('.'));
    const outside = imports.filter(({ from }) => !from.startsWith('.'));
    const runtime = inside.filter(({ when }) => when !== 'type');
    graph.set(
      file,
      runtime.map(({ from }) => resolve(file, from, sources)),
    );
    return [
      ...inside.flatMap((each) => wrongDirection(file, resolve(file, each.from, sources), each.when)),
      ...outside.flatMap((each) => wrongPackage(file, each)),
    ];
  });
  return [...wrong, ...cyclesIn(graph)];
}

function wrongDirection(file: string, target: string, when: Import['when']): string[] {
  const place = placeOf(file);
  const targetPlace = target.startsWith('lib/') ? placeOf(target) : 'outside lib';
  const allowed = MAY_IMPORT[place];
  if (!allowed) return [`${file}: give ${place}/ its place in MAY_IMPORT`];
  if ([place, ...allowed, ...COMMON].includes(targetPlace)) return [];
  if (when === 'type' && allowed.includes(`type ${targetPlace}`)) return [];
  return [`${file} imports ${target}: ${place} may not import ${targetPlace}`];
}

function wrongPackage(file: string, { from, when }: Import): string[] {
  if (/^nestjs-dynamo-cache(\/|$)/.test(from)) return [`${file} imports the package itself`];
  const fence = FENCED.find(({ packages }) => packages.test(from));
  if (!fence) return [];
  if (!fence.files.test(file)) return [`${file} imports ${from}: only ${fence.who} may`];
  if (fence.late && when === 'start')
    return [`${file} loads ${from} at start: use "import type", or import() inside a function`];
  return [];
}

function cyclesIn(graph: Map<string, string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) cycles.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

function sourcesOfLib(): Sources {
  const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return Object.fromEntries(
    files.map((name) => [posix.join('lib', name.replaceAll('\\', '/')), readFileSync(`lib/${name}`, 'utf8')]),
  );
}

describe('the source of the library', () => {
  const sources = sourcesOfLib();

  it('imports in one direction, without cycles', () => {
    expect(Object.keys(sources)).not.toHaveLength(0);
    expect(violationsIn(sources)).toEqual([]);
  });

  it('compiles to files that require nothing of the AWS SDK when they load', () => {
    const compilerOptions = {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    const eager = Object.entries(sources).flatMap(([file, text]) =>
      importsOf(file, ts.transpileModule(text, { compilerOptions }).outputText)
        .filter(({ from, when }) => when === 'start' && from.startsWith('@aws-sdk/'))
        .map(({ from }) => `${file} requires ${from}`),
    );
    expect(eager).toEqual([]);
  });
});

describe('the import check refuses', () => {
  const file = (text: string): string => `${text}; export const x = 1;`;

  it.each<[string, Sources, RegExp]>([
    [
      'an import upwards',
      { 'lib/codec/a.ts': file("import { x } from '../engine/b'"), 'lib/engine/b.ts': file('') },
      /codec may not import engine/,
    ],
    [
      "the table in an entry's definition",
      { 'lib/tiers/entry.ts': file("import { x } from '../dynamodb/a'") },
      /entry may not import dynamodb/,
    ],
    [
      'a tier in the table',
      { 'lib/dynamodb/a.ts': file("import { x } from '../tiers/memory'"), 'lib/tiers/memory.ts': file('') },
      /dynamodb may not import tiers/,
    ],
    [
      'a type from upwards',
      { 'lib/tiers/a.ts': file("import type { x } from '../engine'") },
      /tiers may not import engine/,
    ],
    [
      'a re-export from upwards',
      { 'lib/key/a.ts': file("export * from '../dynamodb/b'") },
      /key may not import dynamodb/,
    ],
    [
      'an inline type import from upwards',
      { 'lib/codec/a.ts': file("type T = import('../key/b').T") },
      /codec may not import key/,
    ],
    [
      'observability leading back up',
      { 'lib/observability/a.ts': file("import { x } from '../engine/b'") },
      /observability may not import engine/,
    ],
    [
      'a common file leading back up',
      { 'lib/errors.ts': file("import { x } from './key/b'") },
      /common may not import key/,
    ],
    [
      'anything of the top from a folder',
      { 'lib/engine/a.ts': file("import { x } from '..'"), 'lib/index.ts': file('') },
      /engine may not import module/,
    ],
    [
      'testing from anywhere',
      { 'lib/index.ts': file("export * from './testing'") },
      /module may not import testing/,
    ],
    [
      "the engine's values in testing",
      { 'lib/testing/a.ts': file("import { x } from '../engine/b'") },
      /testing may not import engine/,
    ],
    [
      'an import that leaves lib',
      { 'lib/engine/a.ts': file("import { x } from '../../test/b'") },
      /may not import outside lib/,
    ],
    [
      'a folder without a place',
      { 'lib/utils/a.ts': file("import { x } from './b'") },
      /give utils\/ its place/,
    ],
    [
      'the package by its own name',
      { 'lib/core/a.ts': file("import { x } from 'nestjs-dynamo-cache'") },
      /imports the package itself/,
    ],
    ['Nest in the engine', { 'lib/engine/a.ts': file("import { x } from '@nestjs/common'") }, /only .* may/],
    [
      'Nest in a folder called like a module',
      { 'lib/core/a.module.ts': file("import { x } from '@nestjs/common'") },
      /only .* may/,
    ],
    ['Nest on common ground', { 'lib/tokens.ts': file("import { x } from '@nestjs/common'") }, /only .* may/],
    ['rxjs in the core', { 'lib/core/a.ts': file("import type { x } from 'rxjs'") }, /only .* may/],
    [
      'the AWS SDK outside the table',
      { 'lib/engine/a.ts': file("import type { x } from '@aws-sdk/client-dynamodb'") },
      /only .* may/,
    ],
    [
      'the AWS SDK at start',
      { 'lib/dynamodb/a.ts': file("import { x } from '@aws-sdk/client-dynamodb'") },
      /at start/,
    ],
    [
      'the AWS SDK required at start',
      { 'lib/dynamodb/a.ts': file("const sdk = require('@aws-sdk/client-dynamodb')") },
      /at start/,
    ],
    [
      'a cycle',
      { 'lib/key/a.ts': file("import { x } from './b'"), 'lib/key/b.ts': file("import { x } from './a'") },
      /cycle: lib\/key\/a\.ts -> lib\/key\/b\.ts -> lib\/key\/a\.ts/,
    ],
    [
      'a cycle through an index',
      { 'lib/key/index.ts': file("export * from './a'"), 'lib/key/a.ts': file("import { x } from '.'") },
      /cycle: lib\/key\/index\.ts/,
    ],
  ])('%s', (_what, sources, message) => {
    expect(violationsIn(sources)).toEqual([expect.stringMatching(message)]);
  });

  it('nothing that the design allows', () => {
    const allowed: Sources = {
      'lib/index.ts': file("export * from './dynamo-cache.module'; export * from './errors'"),
      'lib/dynamo-cache.module.ts': file(
        "import { Module } from '@nestjs/common'; import { x } from './engine'",
      ),
      'lib/dynamo-cache.explorer.ts': file(
        "import { x } from '@nestjs/core'; import { y } from './decorators/a'",
      ),
      'lib/decorators/a.ts': file("import { x } from '../engine/index'"),
      'lib/dynamo-cache.module-definition.ts': file("import { x } from '@nestjs/common'"),
      'lib/interceptors/a.ts': file("import { map } from 'rxjs/operators'; import { x } from '../engine'"),
      'lib/engine/index.ts': file(
        "import { x } from '../tiers/a'; import { x as y } from '../observability/a'",
      ),
      'lib/tiers/a.ts': file("import type { x } from './b'; import { x as y } from '../dynamodb/a'"),
      'lib/tiers/entry-store.ts': file("import { x } from './entry'"),
      'lib/tiers/entry.ts': file(''),
      'lib/tiers/b.ts': file("import { x } from './a'"),
      'lib/dynamodb/a.ts': file(
        "import type { A } from '@aws-sdk/client-dynamodb'; import { type B } from '@aws-sdk/client-dynamodb'; " +
          "import { x } from '../tiers/entry'; const load = () => import('@aws-sdk/client-dynamodb')",
      ),
      'lib/key/a.ts': file("import { x } from '../codec/a'; import { x as y } from '../errors'"),
      'lib/codec/a.ts': file(''),
      'lib/observability/a.ts': file("import { x } from '../errors'"),
      'lib/testing/a.ts': file("import type { x } from '../engine'; import { x as y } from '../tiers/b'"),
      'lib/errors.ts': file(''),
    };
    expect(violationsIn(allowed)).toEqual([]);
  });
});

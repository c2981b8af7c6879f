// The compiler's own words for each misuse: they have to say what is wrong, because they are all that a user sees.
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const PREAMBLE = `
  import { DynamoCacheable } from '../../lib/decorators/dynamo-cacheable.decorator';
  import { DynamoCacheEvict } from '../../lib/decorators/dynamo-cache-evict.decorator';
  import { DynamoCachePut } from '../../lib/decorators/dynamo-cache-put.decorator';
  import { DynamoCacheableMany } from '../../lib/decorators/dynamo-cacheable-many.decorator';
  interface Menu { id: string; partial: boolean }
  declare const menu: Menu;
`;

const cases: [misuse: string, member: string, said: string | RegExp][] = [
  [
    'a synchronous method',
    `@DynamoCacheable() find(id: string): Menu { return menu; }`,
    'needs a method that returns a Promise or an Observable',
  ],
  [
    'a method that sometimes promises',
    `@DynamoCacheable() find(): Promise<Menu> | undefined { return undefined; }`,
    'needs a method that returns a Promise or an Observable',
  ],
  [
    'a generator',
    `@DynamoCacheable() *find() { yield menu; }`,
    'needs a method that returns a Promise or an Observable',
  ],
  [
    'an accessor',
    `@DynamoCacheable() get find() { return menu; }`,
    'needs a method that returns a Promise or an Observable',
  ],
  [
    'a static method',
    `@DynamoCacheable() static async find() { return menu; }`,
    'needs an instance method, not a static one',
  ],
  [
    'a `when` of other parameters',
    `@DynamoCacheable({ when: (id: number) => id > 1 }) async find(id: string) { return menu; }`,
    '`key`, `when` and `tags` have to take the parameters of the method',
  ],
  [
    'a `key` of more parameters',
    `@DynamoCacheable({ key: (id: string, page: number) => id }) async find(id: string) { return menu; }`,
    '`key`, `when` and `tags` have to take the parameters of the method',
  ],
  [
    'an `unless` of another type',
    `@DynamoCacheable({ unless: (n: number) => n > 1 }) async find() { return menu; }`,
    '`unless` and `ttl` have to take everything the method may return',
  ],
  [
    'a ttl in no unit',
    `@DynamoCacheable('10 parsecs') async find() { return menu; }`,
    /'"10 parsecs"' is not assignable to parameter of type 'Duration \| /,
  ],
  [
    'a ttl in no unit among options',
    `@DynamoCacheable({ ttl: '10 parsecs' }) async find() { return menu; }`,
    /^Type '"10 parsecs"' is not assignable to type 'Duration/,
  ],
  [
    'a mistyped option',
    `@DynamoCacheable({ unles: () => true }) async find() { return menu; }`,
    "Did you mean to write 'unless'?",
  ],
  [
    'a decorator that is not called',
    `@DynamoCacheable async find() { return menu; }`,
    "Did you mean to call it first and write '@DynamoCacheable()'?",
  ],
  [
    'tags of other parameters',
    `@DynamoCacheable({ tags: (id: number) => [String(id)] }) async find(id: string) { return menu; }`,
    '`key`, `when` and `tags` have to take the parameters of the method',
  ],
  [
    'a ttl of another result',
    `@DynamoCacheable({ ttl: (n: number) => n }) async find() { return menu; }`,
    '`unless` and `ttl` have to take everything the method may return',
  ],
  [
    'an eviction by other parameters',
    `@DynamoCacheEvict({ tags: (id: number) => [String(id)] }) async find(id: string) { return menu; }`,
    '`tags`, `keys` and `args` have to take the parameters of the method',
  ],
  [
    'an eviction by a synchronous method',
    `@DynamoCacheEvict({ everything: true }) find() { return menu; }`,
    '@DynamoCacheEvict needs a method that returns a Promise or an Observable',
  ],
  [
    'an eviction by a static method',
    `@DynamoCacheEvict({ everything: true }) static async find() { return menu; }`,
    '@DynamoCacheEvict needs an instance method, not a static one',
  ],
  [
    'a put by other parameters',
    `@DynamoCachePut({ method: 'menu', args: (id: number) => [id] }) async find(id: string) { return menu; }`,
    '`args` has to take the parameters of the method',
  ],
  [
    'a put with an `unless` of another type',
    `@DynamoCachePut({ method: 'menu', unless: (n: number) => n > 1 }) async find() { return menu; }`,
    '`unless` has to take everything the method may return',
  ],
  [
    'a put by a synchronous method',
    `@DynamoCachePut({ method: 'menu' }) find() { return menu; }`,
    '@DynamoCachePut needs a method that returns a Promise or an Observable',
  ],
  [
    'a list that is no Map',
    `@DynamoCacheableMany({ as: 'map' }) async find(ids: string[]) { return [menu]; }`,
    "with as: 'map' the method has to return a Promise of a Map",
  ],
  [
    'a list that is no record',
    `@DynamoCacheableMany({ as: 'record' }) async find(ids: string[]) { return [menu]; }`,
    "with as: 'record' the method has to return a Promise of a plain object",
  ],
  [
    'a Map that is no array',
    `@DynamoCacheableMany() async find(ids: string[]) { return new Map([['7', menu]]); }`,
    "the method has to return a Promise of an array; write as: 'map' or as: 'record' for another",
  ],
  [
    'a list without ids',
    `@DynamoCacheableMany() async find(id: string) { return [menu]; }`,
    'needs a method whose first parameter is an array of ids',
  ],
  [
    'a list by a synchronous method',
    `@DynamoCacheableMany() find(ids: string[]) { return [menu]; }`,
    '@DynamoCacheableMany needs a method that returns a Promise',
  ],
  [
    'an `id` of another result',
    `@DynamoCacheableMany({ id: (n: number) => n }) async find(ids: string[]) { return [menu]; }`,
    '`id` and `ttl` have to take every result of the method',
  ],
];

let messages: Map<string, string[]>;

// One program for all cases: what costs time is the library's types.
beforeAll(() => {
  const folder = join(process.cwd(), 'test', 'types');
  const sources = new Map(
    cases.map(([, member], i) => [
      join(folder, `misuse-${i}.ts`),
      `${PREAMBLE} export class Menus { ${member} }`,
    ]),
  );
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  // As most applications are compiled; the flag adds words of its own.
  options.exactOptionalPropertyTypes = false;
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
  messages = new Map(
    [...sources.keys()].map((file, i) => [
      cases[i]![0],
      program
        .getSemanticDiagnostics(program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}, 60_000);

describe('the compiler says of', () => {
  it.each(cases)('%s', (misuse, _member, said) => {
    const found = messages.get(misuse)!;
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(said);
    // Longer ones are not read.
    expect(found[0]!.split('\n').length).toBeLessThanOrEqual(7);
  });
});

// The compiler's own words for each misuse: they have to say what is wrong, because they are all that a user sees.
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const PREAMBLE = `
  import { DynamoCacheable } from '../../lib/decorators/dynamo-cacheable.decorator';
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

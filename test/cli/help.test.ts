import { describe, expect, it } from 'vitest';
import { CATALOG, GROUPS } from '../../lib/cli/catalog';
import { commandLine } from './command-line';

const ARN = 'arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod';
const commands = CATALOG.map(({ name }) => name);

describe('help', () => {
  it('of the program is what is printed in its fixture', async () => {
    const { code, out, err } = await commandLine(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await expect(out).toMatchFileSnapshot('fixtures/help/dynamo-cache.txt');
  });

  it.each([...GROUPS.map(([name]) => name), ...commands])(
    'of %s is what is printed in its fixture',
    async (name) => {
      const { code, out, err } = await commandLine([...name.split(' '), '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      await expect(out).toMatchFileSnapshot(`fixtures/help/${name.replaceAll(' ', '-')}.txt`);
    },
  );

  it.each(CATALOG)('of $name has an example of that command', ({ name, examples }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) expect(line.startsWith(name)).toBe(true);
  });

  it('comes by the word, too', async () => {
    const { out } = await commandLine(['help', 'get']);
    expect(out).toContain('Usage: dynamo-cache get');
  });

  it('says the version', async () => {
    expect(await commandLine(['--version'])).toEqual({ code: 0, out: '0.0.0-test\n', err: '' });
  });
});

describe('a wrong command line', () => {
  it.each<[string[], RegExp]>([
    [['gett', 'x'], /Unknown command 'gett' \(Did you mean get\?\)/],
    [['get'], /Missing required argument 'key'/],
    [['get', 'x', 'y'], /Too many arguments/],
    [['get', 'x', '--frobnicate'], /Unknown option '--frobnicate'/],
    [['get', 'x', '--table', 'a b'], /--table: "a b" is not a table name/],
    [['get', 'x', '--namespace', 'a#b'], /--namespace: .*reserved/],
    [['get', 'x', '--endpoint', 'nowhere'], /--endpoint: "nowhere" is no URL/],
    [['get', 'x', '--endpoint', 'ftp://127.0.0.1'], /--endpoint: "ftp:\/\/127.0.0.1" is no URL/],
    [['get', 'x', '--endpoint', 'localhost:8000'], /--endpoint: "localhost:8000" is no URL/],
    [['get', 'x', '--table', ARN, '--region', 'us-east-1'], /--region: the table is in eu-central-1/],
    [['create', 'a#b'], /^error <name>: "a#b" .*reserved/],
    [['cache', 'create', '~x'], /^error <name>: "~x" .*reserved/],
    [['set', 'x', 'y', '--codec', 'xml'], /--codec: there is no codec "xml"/],
    [['get', 'x', '--layout', 'partitionKey'], /--layout: "partitionKey" is no pair/],
    [['get', 'x', '--layout', 'ttl=expires,key/value/ttl'], /--layout: "key\/value\/ttl" is no pair/],
    [['get', 'x', '--layout', 'a/b/c'], /--layout.preset: there is no such preset; .*'key\/value\/ttl'/],
    [['get', 'x', '--layout', 'primary=id'], /--layout.primary: there is no such/],
    [['set', 'x', 'y', '--ttl', 'soon'], /--ttl: "soon" is not a duration/],
    [['set', 'x', 'y', '--ttl', '0'], /--ttl: 0 is not a duration/],
    [['flush', '--segments', '257'], /--segments: "257" is no whole number, 1 to 256/],
    [['flush', '--segments', '0'], /--segments: "0" is no whole number, 1 to 256/],
    [['stats', '--segments', '257'], /--segments: "257" is no whole number, 1 to 256/],
    [['keys', '--limit', '9007199254740993'], /--limit: "9007199254740993" is no whole number, 1 or more/],
    [['keys', '--limit', '0'], /--limit: "0" is no whole number, 1 or more/],
    [['keys', '--after', 'rubbish'], /--after: "rubbish" is no token/],
    [['explain-key', 'A.b', '[1'], /The arguments are no JSON/],
    [['table', 'create', '--read-units', '5'], /--read-units and --write-units go together/],
    [['table', 'create', '--stream', 'ALL'], /--stream: there is no view "ALL"/],
    [['table', 'create', '--tag', 'team'], /--tag: "team" is no name=value/],
    [['table', 'recreate', '--from', 'no-such-file.json'], /--from: no-such-file.json cannot be read/],
  ])('%j is exit code 2 and says why', async (argv, message) => {
    const ran = await commandLine(argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toMatch(/^ {4}at /m);
  });

  it('is told as JSON with --json', async () => {
    const { code, err } = await commandLine(['get', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toEqual({
      error: { code: 'USAGE', message: expect.any(String), hint: expect.any(String) },
    });
  });

  it('of a group without a command shows what there is', async () => {
    const { code, err } = await commandLine(['table']);
    expect(code).toBe(2);
    expect(err).toContain('recreate');
  });

  it.each([[['table', '--json']], [['--json', 'cache']], [['--json']], [['help', 'gett', '--json']]])(
    '%j is told as JSON, too',
    async (argv) => {
      const { code, out, err } = await commandLine(argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(JSON.parse(err)).toMatchObject({ error: { code: 'USAGE', message: 'No command was given' } });
    },
  );
});

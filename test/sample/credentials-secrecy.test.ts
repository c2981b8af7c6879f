/** What must never be seen of a secret: in the table, in the log, in errors, in what prints objects. In this process. */
import { Logger } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cacheOptions } from '../../sample/04-credentials/src/cache.options';
import { DatabaseCredentials } from '../../sample/04-credentials/src/databases/database-credentials';
import { DatabaseCredentialsService } from '../../sample/04-credentials/src/databases/database-credentials.service';
import { CLIENTS, Stage, TABLE, newKey } from '../../sample/04-credentials/src/demo/stage';
import { readable, shows, storedBytes } from '../../sample/04-credentials/src/demo/stored-items';
import { inTurn } from '../../sample/04-credentials/src/demo/visits';
import { handler } from '../../sample/04-credentials/src/lambda';
import { LedgerModule } from '../../sample/04-credentials/src/ledger/ledger.module';
import { LedgerService } from '../../sample/04-credentials/src/ledger/ledger.service';
import { Secret } from '../../sample/04-credentials/src/secret';
import { AccessToken } from '../../sample/04-credentials/src/tokens/access-token';
import { TokenService } from '../../sample/04-credentials/src/tokens/token.service';

const VARIABLES = ['PLATFORM_URL', 'CLIENT_SECRETS', 'CACHE_KEYS', 'CACHE_TABLE', 'DYNAMODB_ENDPOINT'];
const [ACME, GLOBEX] = CLIENTS as [string, string];

let stage: Stage;
/** What reached the process's own output, beside Nest's logger. */
const printed: string[] = [];

beforeAll(async () => {
  // Noted here, restored at the end: the stage sets them for its applications.
  for (const name of VARIABLES) vi.stubEnv(name, process.env[name] ?? '');
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...said) => void printed.push(inspect(said)));
  stage = await Stage.set();
});
afterAll(async () => {
  await stage.strike();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Logger.overrideLogger(['error']);
});

async function readableItems(table: string): Promise<Buffer> {
  const items = await storedBytes(stage.dynamodb.endpoint, table);
  return Buffer.concat(items.flatMap(readable));
}

/** The secrets that can be found in there. */
function secretsIn(bytes: Buffer): string[] {
  return stage.allSecrets.filter((secret) => shows(bytes, secret));
}

describe('the search for secrets', () => {
  const secret = 'p/s+w=rd ümlaut??>>';
  it.each<[string, (around: string) => Buffer]>([
    ['as it is', (text) => Buffer.from(text)],
    ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['in hexadecimal', (text) => Buffer.from(Buffer.from(text).toString('hex'))],
    ['in Base64', (text) => Buffer.from(Buffer.from(text).toString('base64'))],
    ['in Base64 one byte later', (text) => Buffer.from(Buffer.from(`.${text}`).toString('base64'))],
    ['in Base64 two bytes later', (text) => Buffer.from(Buffer.from(`..${text}`).toString('base64url'))],
    ['in an address', (text) => Buffer.from(encodeURIComponent(text))],
    ['deflated', (text) => Buffer.concat([Buffer.of(1, 2, 3), deflateRawSync(text), Buffer.of(9)])],
    ['deflated, and cut off', (text) => deflateRawSync(`${text} and more of it`).subarray(0, -3)],
    ['zipped', (text) => Buffer.concat([Buffer.of(1, 2, 3), gzipSync(text.repeat(5))])],
  ])('finds one %s', (_how, write) => {
    const bytes = Buffer.concat(readable(write(`{"password":"${secret}"}`)));
    expect(shows(bytes, secret)).toBe(true);
    expect(shows(bytes, 'p/s+w=rd ümlaut!!>>')).toBe(false);
  });

  it('finds all of them in a table whose values are not sealed', async () => {
    const { seal: _sealed, ...options } = cacheOptions();
    const cacheModule = DynamoCacheModule.forRoot({ ...options, table: 'in-clear', clock: stage.clock });
    const app = await stage.startWith([cacheModule, LedgerModule]);
    await app.get(LedgerService).statement(ACME);
    const { value } = await app.get(TokenService).tokenOf(ACME);
    const { password } = await app.get(DatabaseCredentialsService).credentialsOf(ACME);
    expect(secretsIn(await readableItems('in-clear'))).toEqual(
      expect.arrayContaining([value.reveal(), password.reveal()]),
    );
  });
});

describe('an application', () => {
  it('keeps a token and a password of each client in the table, and none that can be read', async () => {
    const app = await stage.startCached();
    const url = await app.getUrl();
    stage.platform.takeAnswers();
    const visits = [...(await inTurn(url, CLIENTS, 1)), ...(await inTurn(url, CLIENTS, 1))];
    expect(visits.map(({ status }) => status)).toEqual(visits.map(() => 200));
    const { tokens, secrets } = stage.platform.takeAnswers();
    expect([tokens.answered, secrets.answered]).toEqual([CLIENTS.length, CLIENTS.length]);
    const bytes = await readableItems(TABLE);
    for (const client of CLIENTS) {
      expect(bytes.includes(`TokenService.tokenOf("${client}")`)).toBe(true);
      expect(bytes.includes(`DatabaseCredentialsService.credentialsOf("${client}")`)).toBe(true);
    }
    expect(secretsIn(bytes)).toEqual([]);
    expect(new Set(visits.map(({ statement }) => statement.readAs)).size).toBe(CLIENTS.length);
  });

  it('asks for another token when the server has revoked one', async () => {
    const app = await stage.startCached();
    const before = await app.get(TokenService).tokenOf(ACME);
    stage.platform.authorisation.revokeAll();
    expect(await app.get(LedgerService).statement(ACME)).toMatchObject({ client: ACME });
    expect((await app.get(TokenService).tokenOf(ACME)).value.reveal()).not.toBe(before.value.reveal());
  });

  it('does so as well when it has no password yet', async () => {
    process.env.CACHE_TABLE = 'revoked';
    const app = await stage.startCached();
    await app.get(TokenService).tokenOf(ACME);
    stage.platform.authorisation.revokeAll();
    expect(await app.get(LedgerService).statement(ACME)).toMatchObject({ client: ACME });
    process.env.CACHE_TABLE = TABLE;
  });

  it('answers as a Lambda function, too', async () => {
    stage.clock.forwardMinutes(1);
    const ask = (client: string) => handler({ pathParameters: { client } });
    process.env.CACHE_TABLE = 'lambda';
    expect(await ask(ACME)).toMatchObject({ statusCode: 200 });
    expect(await ask('nobody')).toMatchObject({ statusCode: 404 });
    stage.platform.throttledForSeconds = 30;
    expect(await ask(GLOBEX)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '30' } });
    stage.platform.throttledForSeconds = undefined;
    process.env.CACHE_TABLE = TABLE;
  });

  it('loads afresh what another key has sealed, and opens it again where both are known', async () => {
    stage.clock.forwardMinutes(1);
    const { CACHE_KEYS: first } = process.env;
    const second = newKey('next');
    process.env.CACHE_TABLE = 'two-keys';
    const tokenUnder = async (keys: string | undefined) => {
      process.env.CACHE_KEYS = keys;
      const { value } = await (await stage.startCached()).get(TokenService).tokenOf(ACME);
      return value.reveal();
    };
    const before = await tokenUnder(first);
    expect(await tokenUnder(`${second},${first}`)).toBe(before);
    expect(stage.count('undecodable')).toBe(0);
    expect(await tokenUnder(second)).not.toBe(before);
    expect(stage.count('undecodable', 'unknown-key')).toBeGreaterThan(0);
    process.env.CACHE_TABLE = TABLE;
  });
});

describe('what is said', () => {
  it('of tokens and passwords says that they are secret', () => {
    const secret = new Secret('hunter2');
    const token = new AccessToken(secret, 'ledger', 3_300);
    const credentials = new DatabaseCredentials('db:5432', 'anna', secret, 3_600);
    const error = new Error(`No luck with ${String(secret)}`, { cause: { token, credentials } });
    const said = [
      inspect(token, { showHidden: true, depth: 9, getters: true }),
      inspect(credentials, { customInspect: false, showHidden: true, depth: 9 }),
      inspect([new Map([[token, secret]]), error], { depth: 9 }),
      JSON.stringify({ token, credentials, secret }),
      String(secret),
    ].join('\n');
    expect(said).not.toContain('hunter2');
    expect(inspect(token, { breakLength: Infinity })).toBe(
      `AccessToken { value: [secret], scope: 'ledger', expiresInSeconds: 3300 }`,
    );
    expect(credentials.connectionString()).toBe('postgres://anna:hunter2@db:5432/ledger');
  });

  it('in errors and in the log shows no secret, whatever goes wrong', async () => {
    const errors: unknown[] = [];
    const failing = async (work: () => Promise<unknown>) =>
      work().then(
        () => expect.fail('it did not fail'),
        (error: unknown) => errors.push(error),
      );
    process.env.CACHE_TABLE = 'failures';
    const app = await stage.startCached();
    const ledger = app.get(LedgerService);

    stage.platform.throttledForSeconds = 60;
    await failing(() => ledger.statement(ACME));
    stage.platform.throttledForSeconds = undefined;
    // Another secret than the server's.
    process.env.CLIENT_SECRETS = `${ACME}:${stage.secrets.get(GLOBEX)!}`;
    await failing(async () => (await stage.startCached()).get(LedgerService).statement(ACME));
    process.env.PLATFORM_URL = 'http://127.0.0.1:2';
    process.env.CLIENT_SECRETS = `${ACME}:${stage.secrets.get(ACME)!}`;
    await failing(async () => (await stage.startCached()).get(LedgerService).statement(ACME));

    expect(errors.map((error) => (error as Error).message)).toEqual([
      '/oauth2/token is throttled',
      '/oauth2/token refuses: 401 invalid_client',
      'fetch failed',
    ]);
    const told = [
      ...stage.logged,
      ...printed,
      ...errors.map((error) => inspect(error, { depth: 9, showHidden: true })),
      ...stage.events.map((event) => inspect(event, { depth: 9, showHidden: true })),
    ].join('\n');
    expect(told).toContain('Granted to acme: AccessToken { value: [secret]');
    expect(told).toContain('password: [secret]');
    expect(told).toContain('sealed under a key that is not among');
    expect(secretsIn(Buffer.from(told))).toEqual([]);
    const keys = process.env.CACHE_KEYS!.split(/[,:]/).filter((text) => text.length > 40);
    expect(keys.some((key) => told.includes(key))).toBe(false);
  });
});

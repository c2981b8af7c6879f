import { afterEach, describe, expect, it } from 'vitest';
import { deleteStatement } from '../../lib/cli/table-reference';
import { createDynamoCache } from '../../lib/core';
import { dynamodbEndpoint, dynamodbEngine, freshTable, scanAll, testClient } from '../support/dynamodb';
import { commandLine, errorOf, resultOf } from './command-line';
import { type Asked, ScriptedDynamoDB, type Script, errorNamed } from './scripted-dynamodb';

const FOREIGN = 'arn:aws:dynamodb:eu-central-1:999988887777:table/cache-prod';
const OWN = 'arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod';

let scripted: ScriptedDynamoDB | undefined;
afterEach(async () => {
  await scripted?.close();
  scripted = undefined;
});

async function against(script: Script, line: readonly string[], table: string) {
  scripted = await ScriptedDynamoDB.start(script);
  return commandLine([...line, '--json', '--table', table, '--endpoint', scripted.endpoint]);
}

// As AWS does: a name is of the caller's own account.
function twoAccounts({ operation, body }: Asked): object {
  if (operation === 'GetItem') return {};
  if (operation !== 'DescribeTable') return errorNamed('ValidationException', `unexpected: ${operation}`);
  const TableArn = body.TableName === FOREIGN ? FOREIGN : OWN;
  return { Table: { TableName: 'cache-prod', TableArn, ItemCount: 0, TableStatus: 'ACTIVE' } };
}

describe('a statement', () => {
  it('names the table as PartiQL takes it, whichever way it was given', () => {
    const statement = 'DELETE FROM "cache-prod" WHERE "pk" = ? AND "a""b" = ?';
    expect(deleteStatement('cache-prod', ['pk', 'a"b'])).toBe(statement);
    expect(deleteStatement(OWN, ['pk', 'a"b'])).toBe(statement);
  });
});

describe('the ARN of a table', () => {
  it('says the region that requests are signed for', async () => {
    const ran = await against(() => errorNamed('ResourceNotFoundException'), ['keys'], OWN);
    expect(ran.code).toBe(3);
    expect(errorOf(ran).hint).toContain('table create --table cache-prod.');
    expect(scripted!.asked.map(({ region, body }) => [region, body.TableName])).toEqual([
      ['eu-central-1', OWN],
    ]);
  });

  it.each([[['flush', '--dry-run']], [['flush', '--yes']], [['table', 'describe']], [['table', 'doctor']]])(
    'of another account is refused by %j, before anything is done',
    async (line) => {
      const ran = await against(twoAccounts, line, FOREIGN);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(errorOf(ran)).toMatchObject({
        code: 'OTHER_ACCOUNT',
        message: expect.stringContaining(FOREIGN),
        hint: expect.stringContaining('--profile'),
      });
      const others = scripted!.asked.filter(({ operation }) => !/^Describe|^GetItem/.test(operation));
      expect(others).toEqual([]);
    },
  );

  it('of another account is known, too, where there is no table of that name in one’s own', async () => {
    const ran = await against(
      (asked) =>
        asked.body.TableName === 'cache-prod' ? errorNamed('ResourceNotFoundException') : twoAccounts(asked),
      ['table', 'describe'],
      FOREIGN,
    );
    expect(errorOf(ran).code).toBe('OTHER_ACCOUNT');
  });

  // dynoxide takes names only.
  it.skipIf(dynamodbEngine !== 'dynamodb-local')('stands for its name in every command', async () => {
    const table = await freshTable();
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    const run = (...line: string[]) =>
      commandLine([...line, '--json', '--table', arn, '--endpoint', dynamodbEndpoint]);
    const app = createDynamoCache({ table, client: testClient(), consistentRead: true });
    expect((await run('set', 'a', '1', '--tag', 't')).code).toBe(0);
    expect(await app.get('a')).toBe(1);
    expect(resultOf<number>(await run('get', 'a'))).toBe(1);
    expect(resultOf(await run('inspect', 'a'))).toMatchObject({ state: 'fresh' });
    expect(resultOf<{ keys: unknown[] }>(await run('keys')).keys).toHaveLength(1);
    const { findings } = resultOf<{ findings: { check: string; verdict: string }[] }>(
      await run('table', 'doctor'),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'dynamodb:PartiQLDelete', verdict: 'ok' }),
    );
    const file = `/tmp/flush-${table}.json`;
    expect(resultOf(await run('flush', '--yes', '--state-file', file))).toMatchObject({ deleted: 1 });
    expect((await scanAll(table)).map(({ pk }) => pk?.S)).not.toContain('cache#a');
  });
});

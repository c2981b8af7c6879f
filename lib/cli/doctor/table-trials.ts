/**
 * What can be learned of the table by these credentials, and which operations on it they may send. Of those that change a
 * table some can be sent so that they change nothing; the others are not tried.
 */
import { randomUUID } from 'node:crypto';
import type { Context } from '../context';
import type { Finding } from '../finding';
import { isArn } from '../table-reference';
import { type TableSettings, describeOwnTable, readTags } from '../table-settings';
import { type Trial, policyCommand, tryOut, untried } from './trial';

/** Undefined is what may not be asked for. */
export type KnownSettings = { readonly [K in keyof TableSettings]: TableSettings[K] | undefined };

type Subject = Pick<Context, 'connection' | 'settings'>;

/** @throws the SDK's error when there is no table, or nothing answers */
export async function learn(subject: Subject): Promise<{ known: KnownSettings; findings: Finding[] }> {
  const { connection, settings } = subject;
  const { table } = settings;
  const findings: Finding[] = [];
  const ask = async <T>(trial: Trial<T>): Promise<T | undefined> => {
    const { finding, answer } = await tryOut(trial, table);
    findings.push(finding);
    return answer;
  };
  const description = await ask({
    action: 'DescribeTable',
    isFirst: true,
    use: "createTable, coherence: 'stream', and most commands",
    send: () => describeOwnTable(connection, table),
  });
  const ttl = await ask({
    action: 'DescribeTimeToLive',
    use: 'createTable, and table describe',
    send: () =>
      connection.send(({ client, sdk }, o) =>
        client.send(new sdk.DescribeTimeToLiveCommand({ TableName: table }), o),
      ),
  });
  const backups = await ask({
    action: 'DescribeContinuousBackups',
    use: 'table recreate',
    send: () =>
      connection.send(({ client, sdk }, o) =>
        client.send(new sdk.DescribeContinuousBackupsCommand({ TableName: table }), o),
      ),
  });
  const arn = description?.TableArn ?? (isArn(table) ? table : undefined);
  let tags: TableSettings['tags'];
  if (arn === undefined)
    findings.push(untried('ListTagsOfResource', 'could not be tried: the ARN of the table is not known'));
  else
    tags = await ask({
      action: 'ListTagsOfResource',
      use: 'table recreate',
      send: () => readTags(connection, arn),
    });
  const { TimeToLiveStatus: status = 'DISABLED', AttributeName: attribute } =
    ttl?.TimeToLiveDescription ?? {};
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    findings,
    known: {
      description,
      ttl: ttl && { status, attribute },
      pointInTimeRecovery: backups && recovery?.PointInTimeRecoveryStatus === 'ENABLED',
      tags,
    },
  };
}

/** Of the operations that change a table. */
export async function tryChanges(
  { connection, settings }: Subject,
  known: KnownSettings,
): Promise<Finding[]> {
  const { table: TableName } = settings;
  const untouched = ['CreateTable', 'TagResource', 'DeleteTable', 'UpdateContinuousBackups'];
  const trials: Trial<unknown>[] = [
    {
      action: 'UpdateTable',
      use: "createTable with coherence: 'stream'",
      // There is no such index, and never will be.
      provenBy: [
        'ResourceNotFoundException',
        'ValidationException',
        'ResourceInUseException',
        'LimitExceededException',
      ],
      send: () => {
        const IndexName = `dynamo-cache-doctor-${randomUUID()}`;
        const input = { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] };
        return connection.send(({ client, sdk }, o) => client.send(new sdk.UpdateTableCommand(input), o));
      },
    },
  ];
  const { status, attribute: AttributeName } = known.ttl ?? {};
  if (status === 'ENABLED' && AttributeName !== undefined)
    trials.push({
      action: 'UpdateTimeToLive',
      use: 'createTable',
      // DynamoDB refuses to switch on what is on.
      provenBy: ['ValidationException'],
      send: () => {
        const input = { TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } };
        return connection.send(({ client, sdk }, o) =>
          client.send(new sdk.UpdateTimeToLiveCommand(input), o),
        );
      },
    });
  else untouched.push('UpdateTimeToLive');
  const findings: Finding[] = [];
  for (const trial of trials) findings.push((await tryOut(trial, TableName)).finding);
  return [...findings, notTried(untouched, TableName)];
}

function notTried(actions: readonly string[], table: string): Finding {
  return {
    check: 'not tried',
    verdict: 'unknown',
    message: `${actions.join(', ')}: only changing the table would tell whether they are permitted`,
    fix: policyCommand(actions, table),
  };
}

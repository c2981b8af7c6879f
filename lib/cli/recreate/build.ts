/** Makes the table of a plan. Each step may have been done by a run before this one. */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { restoreRegistry } from '../cache-registry';
import type { Context } from '../context';
import { stampNamespace } from '../namespace-stamp';
import { type Patience, withPatience } from '../patience';
import { untilActive, untilGone } from '../table-waiting';
import type { Plan } from './plan';

// The name is taken until the old table is gone everywhere, and few tables of an account may change at a time.
const TAKEN = new Set(['ResourceInUseException', 'LimitExceededException']);
// What is said of a table that has just been made, while not every server of DynamoDB has heard of it.
const NEW = new Set([...TAKEN, 'ResourceNotFoundException', 'ContinuousBackupsUnavailableException']);

/** @throws what DynamoDB answers when it is neither done nor passes */
export async function build(context: Context, plan: Plan): Promise<TableDescription | undefined> {
  const { connection, settings, signal } = context;
  const { blueprint, identity, namespaces, registry } = plan;
  const patience: Patience = { signal, passing: NEW };
  await create(context, plan);
  const made = await untilActive(context, identity);
  const TableName = blueprint.table.TableName ?? settings.table;
  if (blueprint.ttlAttribute !== undefined) {
    const TimeToLiveSpecification = { AttributeName: blueprint.ttlAttribute, Enabled: true };
    await withPatience(async () => {
      try {
        await connection.send(({ client, sdk }, sending) =>
          client.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), sending),
        );
      } catch (error) {
        if (!(await isTtlOn(context).catch(() => false))) throw error;
      }
    }, patience);
  }
  if (blueprint.pointInTimeRecovery) {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    const input = { TableName, PointInTimeRecoverySpecification };
    await withPatience(
      () =>
        connection.send(({ client, sdk }, sending) =>
          client.send(new sdk.UpdateContinuousBackupsCommand(input), sending),
        ),
      patience,
    );
  }
  if (registry) await withPatience(() => restoreRegistry(connection, settings, registry), patience);
  for (const space of namespaces) await withPatience(() => stampNamespace(connection, space), patience);
  return made;
}

/**
 * DynamoDB's control plane is eventually consistent: after a deletion DescribeTable may still show the table as if
 * nothing had happened, or hide it while its name is not free yet. So it is waited for until the table is gone, and
 * CreateTable is sent again while it is in use. An application with `createTable: true` may be first.
 *
 * @param patienceMs how long CreateTable is repeated
 */
export async function create(
  context: Context,
  { blueprint, identity }: Pick<Plan, 'blueprint' | 'identity'>,
  patienceMs?: number,
): Promise<void> {
  const { connection, signal } = context;
  await withPatience(
    async () => {
      if (await untilGone(context, identity)) return;
      await connection.send(({ client, sdk }, sending) =>
        client.send(new sdk.CreateTableCommand(blueprint.table), sending),
      );
    },
    { signal, passing: TAKEN, patienceMs },
  );
}

// Only a yes means anything: whatever else is answered, the first error says more.
async function isTtlOn({ connection, settings }: Context): Promise<boolean> {
  const { TimeToLiveDescription: ttl } = await connection.send(({ client, sdk }, sending) =>
    client.send(new sdk.DescribeTimeToLiveCommand({ TableName: settings.table }), sending),
  );
  return ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
}

import type { CreateTableCommandInput, StreamViewType } from '@aws-sdk/client-dynamodb';
import { keySchema, prepareTable } from '../../dynamodb/prepare-table';
import { CliError, UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { readCount } from '../figures';
import { isArn } from '../table-reference';
import { untilActive } from '../table-waiting';

interface Options {
  readonly wait: boolean;
  readonly kmsKey?: string;
  readonly pointInTimeRecovery?: boolean;
  readonly stream?: string | true;
  readonly deletionProtection?: boolean;
  readonly readUnits?: string;
  readonly writeUnits?: string;
  readonly tag?: readonly string[];
}

const VIEWS: readonly StreamViewType[] = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const input = inputOf(context, options);
  const isNew = await create(context, input);
  if (options.wait) {
    await untilActive(context);
    await prepareTable(await connection.table());
    if (isNew && options.pointInTimeRecovery) await switchRecoveryOn(context);
  }
  output.result({ table: settings.table, created: isNew, ready: options.wait }, () => {
    if (!options.wait)
      return `${settings.table} is being created. Run it again without --no-wait to switch TTL on.`;
    const done = output.paint('green', isNew ? 'created' : 'exists');
    return `${settings.table} ${done}: TTL is on, by the attribute "${settings.layout.ttl}".`;
  });
  if (!isNew && givesSettings(options))
    output.note(
      `${settings.table} existed already: its billing, encryption, stream and tags are as they were.`,
    );
  return EXIT.ok;
}

function inputOf({ settings }: Context, options: Options): CreateTableCommandInput {
  const { kmsKey, stream, readUnits, writeUnits, tag = [] } = options;
  const keys = keySchema(settings.layout);
  const read = readCount(readUnits, 'read-units');
  const write = readCount(writeUnits, 'write-units');
  if ((read === undefined) !== (write === undefined))
    throw new UsageError(
      '--read-units and --write-units go together',
      'Leave both out for an on-demand table.',
    );
  if (isArn(settings.table)) throw new UsageError('--table: write the name of a table to create, no ARN');
  return {
    TableName: settings.table,
    KeySchema: keys,
    AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
    ...(read !== undefined && write !== undefined
      ? {
          BillingMode: 'PROVISIONED',
          ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
        }
      : { BillingMode: 'PAY_PER_REQUEST' }),
    ...(kmsKey !== undefined && {
      SSESpecification: {
        Enabled: true,
        SSEType: 'KMS',
        ...(kmsKey !== 'aws' && { KMSMasterKeyId: kmsKey }),
      },
    }),
    ...(stream !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: viewOf(stream) },
    }),
    ...(options.deletionProtection && { DeletionProtectionEnabled: true }),
    ...(tag.length > 0 && { Tags: tag.map(tagOf) }),
  };
}

async function create({ connection }: Context, input: CreateTableCommandInput): Promise<boolean> {
  try {
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.CreateTableCommand(input), sending),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return false;
    throw error;
  }
}

async function switchRecoveryOn({ connection, settings }: Context): Promise<void> {
  const input = {
    TableName: settings.table,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };
  try {
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.UpdateContinuousBackupsCommand(input), sending),
    );
  } catch (error) {
    throw new CliError(
      `The table ${settings.table} was created; its point-in-time recovery could not be switched on.`,
      error instanceof Error ? error.message : undefined,
    );
  }
}

function viewOf(stream: string | true): StreamViewType {
  const view = VIEWS.find((each) => each === (stream === true ? 'KEYS_ONLY' : stream));
  if (view) return view;
  throw new UsageError(
    `--stream: there is no view ${JSON.stringify(stream)}`,
    `The views are ${VIEWS.join(', ')}.`,
  );
}

function tagOf(pair: string): { Key: string; Value: string } {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`--tag: ${JSON.stringify(pair)} is no name=value`);
  return { Key: pair.slice(0, at), Value: pair.slice(at + 1) };
}

function givesSettings({ wait: _wait, ...settings }: Options): boolean {
  return Object.keys(settings).length > 0;
}

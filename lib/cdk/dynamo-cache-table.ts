import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { namesOfDynamoDB } from '../infra/kms-key';
import { type Purpose, type Right, rightsOf } from '../infra/permissions';
import { THROTTLING_METRICS, type TableDesign, resolveTableDesign } from '../infra/table-design';

/** What `DynamoCacheTable` is told, besides what every template is. */
export interface DynamoCacheTableProps extends Omit<TableDesign, 'kmsKeyArn'> {
  /** A KMS key of your own. @default the account's key aws/dynamodb */
  readonly encryptionKey?: IKey;
  /** What becomes of the table with its stack: what a cache holds can be loaded again. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The table of a cache: on demand, with TTL and encryption, and with the least rights for each part of the cache.
 *
 * @example
 * const cacheTable = new DynamoCacheTable(stack, 'Cache', { stream: true });
 * api.addEnvironment('CACHE_TABLE', cacheTable.table.tableName);
 * cacheTable.grantRuntime(api);
 */
export class DynamoCacheTable extends Construct {
  readonly table: Table;
  /** One for reads and one for writes; none without `alarms`. */
  readonly alarms: readonly Alarm[];

  /** @throws InvalidOptionsError when the layout cannot work */
  constructor(scope: Construct, id: string, props: DynamoCacheTableProps = {}) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.DESTROY } = props;
    const { layout, stream, alarms, pointInTimeRecovery } = resolveTableDesign(props);
    const { partitionKey, sortKey, ttl } = layout;
    this.table = new Table(this, 'Table', {
      // A name of CloudFormation's own lets a table be replaced.
      ...(props.tableName !== undefined && { tableName: props.tableName }),
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      ...(sortKey !== undefined && { sortKey: { name: sortKey, type: AttributeType.STRING } }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: ttl,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
      ...(encryptionKey && { encryptionKey }),
      ...(stream && { stream: StreamViewType.KEYS_ONLY }),
      ...(pointInTimeRecovery && {
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      }),
      removalPolicy,
    });
    this.alarms = alarms ? THROTTLING_METRICS.map((metric) => this.alarmOn(metric)) : [];
  }

  /**
   * What the cache sends at run time: reads, fills, evictions, tags and leases; no Scan.
   *
   * @param fence keeps the grantee to one namespace. @default every namespace
   * @example cacheTable.grantRuntime(api, { namespace: 'shop' });
   */
  grantRuntime(grantee: IGrantable, fence: { readonly namespace?: string } = {}): Grant {
    return this.grant(grantee, 'runtime', fence.namespace);
  }

  /**
   * `clearPrefix`, and the `clear()` of a Keyv with a namespace: a Scan, which may read the whole table, and writes.
   *
   * @param fence keeps the writes to one namespace; nothing fences a Scan. @default every namespace
   * @example cacheTable.grantClearPrefix(api);
   */
  grantClearPrefix(grantee: IGrantable, fence: { readonly namespace?: string } = {}): Grant {
    return this.grant(grantee, 'clearPrefix', fence.namespace);
  }

  /** `createTable: true`; a table of this construct has no need of it. */
  grantSetup(grantee: IGrantable): Grant {
    return this.grant(grantee, 'setup');
  }

  /** `coherence: 'stream'`: following the table's stream. */
  grantStream(grantee: IGrantable): Grant {
    return this.grant(grantee, 'stream');
  }

  private grant(grantee: IGrantable, purpose: Purpose, namespace?: string): Grant {
    const viaService = this.table.encryptionKey && namesOfDynamoDB(Stack.of(this).region);
    return rightsOf({ purposes: [purpose], namespace, viaService })
      .map((right) => this.allow(grantee, right))
      .reduce((all, one) => all.combine(one));
  }

  private allow(grantee: IGrantable, { on, actions, condition }: Right): Grant {
    const { tableArn, encryptionKey: key } = this.table;
    const granted = {
      grantee,
      actions: [...actions],
      ...(condition && { conditions: { ...condition } }),
    };
    if (on === 'stream') return Grant.addToPrincipal({ ...granted, resourceArns: [`${tableArn}/stream/*`] });
    if (on === 'items' || on === 'table' || !key)
      return Grant.addToPrincipal({ ...granted, resourceArns: [tableArn] });
    // As the key's own grants do, but for what comes through DynamoDB only.
    return Grant.addToPrincipalOrResource({
      ...granted,
      resource: key,
      resourceArns: [key.keyArn],
      resourceSelfArns: ['*'],
    });
  }

  private alarmOn(metric: string): Alarm {
    return new Alarm(this, metric, {
      alarmDescription: 'DynamoDB refuses requests of the cache; callers are served by their loaders',
      metric: this.table.metric(metric, { statistic: 'Sum', period: Duration.minutes(1) }),
      evaluationPeriods: 5,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

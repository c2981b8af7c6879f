import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it, vi } from 'vitest';
import { DynamoCacheTable, type DynamoCacheTableProps } from '../../lib/cdk';
import { template } from '../../lib/infra/templates';
import { cdkApp, cdkFolder } from '../support/cdk-app';

function synthesise(
  props?: DynamoCacheTableProps,
  use?: (cache: DynamoCacheTable, role: Role) => void,
): Template {
  const stack = new Stack(cdkApp(), 'Stack');
  const cache = new DynamoCacheTable(stack, 'Cache', props);
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  use?.(cache, role);
  return Template.fromStack(stack);
}

describe('DynamoCacheTable', () => {
  it('is on demand, with TTL and encryption, and goes with its stack', () => {
    const stack = new Stack(cdkApp(), 'Stack');
    new DynamoCacheTable(stack, 'Cache');
    expect(Template.fromStack(stack).toJSON().Resources).toMatchInlineSnapshot(`
      {
        "CacheTable0A35CF55": {
          "DeletionPolicy": "Delete",
          "Properties": {
            "AttributeDefinitions": [
              {
                "AttributeName": "pk",
                "AttributeType": "S",
              },
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
              {
                "AttributeName": "pk",
                "KeyType": "HASH",
              },
            ],
            "SSESpecification": {
              "SSEEnabled": true,
            },
            "TimeToLiveSpecification": {
              "AttributeName": "ttl",
              "Enabled": true,
            },
          },
          "Type": "AWS::DynamoDB::Table",
          "UpdateReplacePolicy": "Delete",
        },
      }
    `);
  });

  it('has the names of its layout, a stream and a way back in time when asked', () => {
    const layout = { partitionKey: 'id', sortKey: 'range', ttl: 'expires_at' };
    synthesise({
      tableName: 'cache-prod',
      layout,
      stream: true,
      pointInTimeRecovery: true,
    }).hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'cache-prod',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'range', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('stays when it is told to', () => {
    synthesise({ removalPolicy: RemovalPolicy.RETAIN }).hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
    });
  });

  it('tells of throttling, of reads and of writes', () => {
    const made = synthesise({ alarms: true });
    for (const MetricName of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      made.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: 'AWS/DynamoDB',
        MetricName,
        Statistic: 'Sum',
        Period: 60,
        TreatMissingData: 'notBreaching',
      });
    }
    synthesise().resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  const arn = { 'Fn::GetAtt': [Match.stringLikeRegexp('^CacheTable'), 'Arn'] };
  const granted = (use: (cache: DynamoCacheTable, role: Role) => void, props?: DynamoCacheTableProps) => {
    const policies = Object.values(synthesise(props, use).findResources('AWS::IAM::Policy'));
    return policies.flatMap(
      (policy) => (policy.Properties as { PolicyDocument: { Statement: object[] } }).PolicyDocument.Statement,
    );
  };

  it('grants what is sent at run time, and no Scan', () => {
    synthesise({}, (cache, role) => cache.grantRuntime(role)).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: [
              'dynamodb:BatchGetItem',
              'dynamodb:BatchWriteItem',
              'dynamodb:GetItem',
              'dynamodb:PutItem',
            ],
            Resource: arn,
          },
        ],
      },
    });
  });

  it('keeps a role to one namespace', () => {
    expect(granted((cache, role) => cache.grantRuntime(role, { namespace: 'shop' }))).toEqual([
      expect.objectContaining({
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['shop#*', 'shop@*'] },
          Null: { 'dynamodb:LeadingKeys': ['false'] },
        },
      }),
    ]);
  });

  it('grants the rest apart', () => {
    const actions = (use: (cache: DynamoCacheTable, role: Role) => void, props?: DynamoCacheTableProps) =>
      granted(use, props).flatMap((statement) => (statement as { Action: string | string[] }).Action);
    expect(actions((cache, role) => cache.grantClearPrefix(role))).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:Scan',
    ]);
    expect(actions((cache, role) => cache.grantSetup(role))).toContain('dynamodb:CreateTable');
    expect(actions((cache, role) => cache.grantStream(role), { stream: true })).toEqual([
      'dynamodb:DescribeTable',
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
    ]);
  });

  it('keeps what clears by prefix to the writes of one namespace', () => {
    const statements = granted((cache, role) => cache.grantClearPrefix(role, { namespace: 'shop' }));
    expect(statements).toEqual([
      expect.objectContaining({
        Action: 'dynamodb:BatchWriteItem',
        Condition: expect.objectContaining({ Null: { 'dynamodb:LeadingKeys': ['false'] } }),
      }),
      { Action: 'dynamodb:Scan', Effect: 'Allow', Resource: expect.anything() },
    ]);
  });

  /** What a role may do with the key, and under which conditions. */
  function onKey(use: (cache: DynamoCacheTable, role: Role) => void) {
    const stack = new Stack(cdkApp(), 'Stack', { env: { region: 'eu-central-1', account: '111122223333' } });
    const cache = new DynamoCacheTable(stack, 'Cache', {
      stream: true,
      encryptionKey: new Key(stack, 'Key'),
    });
    use(cache, new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    const made = Template.fromStack(stack);
    const [policy] = Object.values(made.findResources('AWS::IAM::Policy'));
    const { Statement } = (policy?.Properties as { PolicyDocument: { Statement: KeyStatement[] } })
      .PolicyDocument;
    // The key's own policy lets IAM decide, and nobody else use it.
    const [key] = Object.values(made.findResources('AWS::KMS::Key'));
    expect((key?.Properties as { KeyPolicy: { Statement: unknown[] } }).KeyPolicy.Statement).toHaveLength(1);
    return Statement.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')));
  }
  interface KeyStatement {
    readonly Action: string | string[];
    readonly Condition: unknown;
  }
  const throughDynamoDB = { StringEquals: { 'kms:ViaService': ['dynamodb.eu-central-1.amazonaws.com'] } };

  it('grants its key to what reads and writes, through DynamoDB only', () => {
    for (const statements of [
      onKey((cache, role) => cache.grantRuntime(role)),
      onKey((cache, role) => cache.grantClearPrefix(role)),
    ])
      expect(statements).toEqual([
        expect.objectContaining({
          Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
          Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
          Condition: throughDynamoDB,
        }),
      ]);
  });

  it('lets who follows the stream decrypt, and not encrypt', () => {
    expect(onKey((cache, role) => cache.grantStream(role))).toEqual([
      expect.objectContaining({ Action: ['kms:Decrypt', 'kms:DescribeKey'], Condition: throughDynamoDB }),
    ]);
  });

  it('lets who creates the table lend the key to DynamoDB', () => {
    const [, lending] = onKey((cache, role) => cache.grantSetup(role));
    expect(lending).toMatchObject({
      Action: 'kms:CreateGrant',
      Condition: { ...throughDynamoDB, Bool: { 'kms:GrantIsForAWSResource': ['true'] } },
    });
  });

  it('refuses a layout that cannot work', () => {
    expect(() => synthesise({ layout: { ttl: 'pk' } })).toThrow('layout.ttl');
  });
});

describe('the template for the CDK', () => {
  // cache-stack.ts is type-checked like every file here.
  it('is kept as cache-stack.ts', async () => {
    const settings = {
      tableName: 'cache-prod',
      stream: true,
      alarms: true,
      pointInTimeRecovery: true,
      kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd',
    };
    await expect(template('cdk', settings)).toMatchFileSnapshot('cache-stack.ts');
  });

  it('names no key unless it is asked to', () => {
    expect(template('cdk')).not.toMatch(/encryptionKey|aws-kms/);
  });

  it('synthesises', async () => {
    // It makes an app of its own when it is imported.
    vi.stubEnv('CDK_OUTDIR', cdkFolder());
    const { CacheStack } = await import('./cache-stack');
    vi.unstubAllEnvs();
    const made = Template.fromStack(new CacheStack(cdkApp(), 'Stack'));
    made.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'cache-prod',
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      SSESpecification: {
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: Match.stringLikeRegexp('/1234abcd$'),
      },
    });
    made.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });
});

/** The table, its runtime policy and its alarms as CloudFormation resources; AWS SAM templates hold the same. */
import { type Condition, type Right, runtimeRights } from '../permissions';
import { type ResolvedTableDesign, THROTTLING_METRICS, keysOf } from '../table-design';
import { indented, lines } from './text';

export function cloudFormationTemplate(design: ResolvedTableDesign): string {
  return lines(
    "AWSTemplateFormatVersion: '2010-09-09'",
    'Description: The DynamoDB table of nestjs-dynamo-cache',
    '',
    parametersOf(design),
    '',
    'Resources:',
    indented(resourcesOf(design)),
    '',
    'Outputs:',
    indented(outputsOf(design)),
  );
}

export function parametersOf({ tableName }: ResolvedTableDesign): string {
  return lines('Parameters:', '  TableName:', '    Type: String', `    Default: '${tableName}'`);
}

export function resourcesOf(design: ResolvedTableDesign): string {
  return lines(
    tableOf(design),
    '',
    runtimePolicy(design),
    ...(design.alarms ? THROTTLING_METRICS.map((metric) => lines('', alarmOn(metric))) : []),
  );
}

export function outputsOf({ stream }: ResolvedTableDesign): string {
  return lines(
    'TableName:',
    '  Description: The value of the environment variable CACHE_TABLE',
    '  Value: !Ref CacheTable',
    'RuntimePolicyArn:',
    '  Description: Attach it to the role that the application runs under',
    '  Value: !Ref CacheRuntimePolicy',
    stream && lines('StreamArn:', '  Value: !GetAtt CacheTable.StreamArn'),
  );
}

function tableOf({ layout, stream, pointInTimeRecovery, kmsKeyArn }: ResolvedTableDesign): string {
  const keys = keysOf(layout);
  return lines(
    'CacheTable:',
    '  Type: AWS::DynamoDB::Table',
    '  # What a cache holds can be loaded again: it may go with its stack.',
    '  DeletionPolicy: Delete',
    '  UpdateReplacePolicy: Delete',
    '  Properties:',
    '    TableName: !Ref TableName',
    '    BillingMode: PAY_PER_REQUEST',
    '    AttributeDefinitions:',
    ...keys.map(({ name }) => `      - { AttributeName: '${name}', AttributeType: S }`),
    '    KeySchema:',
    ...keys.map(({ name, type }) => `      - { AttributeName: '${name}', KeyType: ${type} }`),
    '    TimeToLiveSpecification:',
    `      AttributeName: '${layout.ttl}'`,
    '      Enabled: true',
    kmsKeyArn === undefined &&
      '    # With the key aws/dynamodb of the account. Without these lines DynamoDB encrypts with a key of its own.',
    '    SSESpecification:',
    '      SSEEnabled: true',
    kmsKeyArn !== undefined && lines('      SSEType: KMS', `      KMSMasterKeyId: '${kmsKeyArn}'`),
    stream && lines('    StreamSpecification:', '      StreamViewType: KEYS_ONLY'),
    pointInTimeRecovery &&
      lines('    PointInTimeRecoverySpecification:', '      PointInTimeRecoveryEnabled: true'),
  );
}

function runtimePolicy(design: ResolvedTableDesign): string {
  const table = '!GetAtt CacheTable.Arn';
  const key = `'${design.kmsKeyArn ?? ''}'`;
  const resources = { items: table, table, stream: '!GetAtt CacheTable.StreamArn', key, keyGrant: key };
  return lines(
    'CacheRuntimePolicy:',
    '  Type: AWS::IAM::ManagedPolicy',
    '  Properties:',
    '    Description: What nestjs-dynamo-cache sends at run time',
    '    PolicyDocument:',
    "      Version: '2012-10-17'",
    '      Statement:',
    ...runtimeRights(design).map((right) => statement(right, resources[right.on])),
  );
}

function statement({ sid, actions, condition }: Right, resource: string): string {
  return lines(
    `        - Sid: ${sid}`,
    '          Effect: Allow',
    '          Action:',
    ...actions.map((action) => `            - ${action}`),
    `          Resource: ${resource}`,
    condition && indented(conditionOf(condition), 10),
  );
}

function conditionOf(condition: Condition): string {
  const tests = Object.entries(condition).flatMap(([test, variables]) => [
    `  ${test}:`,
    ...Object.entries(variables).map(
      ([variable, values]) => `    ${variable}: [${values.map((value) => `'${value}'`).join(', ')}]`,
    ),
  ]);
  return lines('Condition:', ...tests);
}

function alarmOn(metric: string): string {
  return lines(
    `Cache${metric}:`,
    '  Type: AWS::CloudWatch::Alarm',
    '  Properties:',
    '    AlarmDescription: DynamoDB refuses requests of the cache; callers are served by their loaders',
    '    Namespace: AWS/DynamoDB',
    `    MetricName: ${metric}`,
    '    Dimensions:',
    '      - { Name: TableName, Value: !Ref CacheTable }',
    '    Statistic: Sum',
    '    Period: 60',
    '    EvaluationPeriods: 5',
    '    Threshold: 1',
    '    ComparisonOperator: GreaterThanOrEqualToThreshold',
    '    TreatMissingData: notBreaching',
  );
}

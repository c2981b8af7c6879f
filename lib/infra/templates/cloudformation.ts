/** The table, its runtime policy and its alarms as CloudFormation resources; AWS SAM templates hold the same. */
import { RIGHTS } from '../permissions';
import { type ResolvedTableSettings, THROTTLING_METRICS, keysOf } from '../table-settings';
import { indented, lines } from './text';

export function cloudFormationTemplate(settings: ResolvedTableSettings): string {
  return lines(
    "AWSTemplateFormatVersion: '2010-09-09'",
    'Description: The DynamoDB table of nestjs-dynamo-cache',
    '',
    parametersOf(settings),
    '',
    'Resources:',
    indented(resourcesOf(settings)),
    '',
    'Outputs:',
    indented(outputsOf(settings)),
  );
}

export function parametersOf({ tableName }: ResolvedTableSettings): string {
  return lines('Parameters:', '  TableName:', '    Type: String', `    Default: '${tableName}'`);
}

export function resourcesOf(settings: ResolvedTableSettings): string {
  return lines(
    tableOf(settings),
    '',
    runtimePolicy(settings),
    ...(settings.alarms ? THROTTLING_METRICS.map((metric) => lines('', alarmOn(metric))) : []),
  );
}

export function outputsOf({ stream }: ResolvedTableSettings): string {
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

function tableOf({ layout, stream, pointInTimeRecovery }: ResolvedTableSettings): string {
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
    '    # With the key aws/dynamodb of the account. Without these lines DynamoDB encrypts with a key of its own.',
    '    SSESpecification:',
    '      SSEEnabled: true',
    stream && lines('    StreamSpecification:', '      StreamViewType: KEYS_ONLY'),
    pointInTimeRecovery &&
      lines('    PointInTimeRecoverySpecification:', '      PointInTimeRecoveryEnabled: true'),
  );
}

function runtimePolicy({ stream }: ResolvedTableSettings): string {
  return lines(
    'CacheRuntimePolicy:',
    '  Type: AWS::IAM::ManagedPolicy',
    '  Properties:',
    '    Description: What nestjs-dynamo-cache sends at run time',
    '    PolicyDocument:',
    "      Version: '2012-10-17'",
    '      Statement:',
    statement(RIGHTS.runtime.sid, RIGHTS.runtime.onTable, '!GetAtt CacheTable.Arn'),
    stream &&
      lines(
        statement(RIGHTS.stream.sid, RIGHTS.stream.onTable, '!GetAtt CacheTable.Arn'),
        statement(`${RIGHTS.stream.sid}Records`, RIGHTS.stream.onStream, '!GetAtt CacheTable.StreamArn'),
      ),
  );
}

function statement(sid: string, actions: readonly string[], resource: string): string {
  return lines(
    `        - Sid: ${sid}`,
    '          Effect: Allow',
    '          Action:',
    ...actions.map((action) => `            - ${action}`),
    `          Resource: ${resource}`,
  );
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

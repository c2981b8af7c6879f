/** The table, its runtime policy and its alarms in Terraform's language, for the AWS provider 5 and 6. */
import { type Right, runtimeRights } from '../permissions';
import { type ResolvedTableDesign, THROTTLING_METRICS, keysOf } from '../table-design';
import { lines } from './text';

export function terraformTemplate(design: ResolvedTableDesign): string {
  return lines(
    required(),
    '',
    variables(design),
    '',
    tableOf(design),
    '',
    runtimePolicy(design),
    ...(design.alarms ? THROTTLING_METRICS.map((metric) => lines('', alarmOn(metric))) : []),
    '',
    outputs(design),
  );
}

function required(): string {
  return lines(
    'terraform {',
    '  required_providers {',
    '    aws = {',
    '      source  = "hashicorp/aws"',
    '      version = ">= 5.0"',
    '    }',
    '  }',
    '}',
  );
}

function variables({ tableName }: ResolvedTableDesign): string {
  return lines(
    'variable "cache_table_name" {',
    '  type    = string',
    `  default = ${JSON.stringify(tableName)}`,
    '}',
  );
}

function tableOf({ layout, stream, pointInTimeRecovery, kmsKeyArn }: ResolvedTableDesign): string {
  const { partitionKey, sortKey, ttl } = layout;
  return lines(
    'resource "aws_dynamodb_table" "cache" {',
    '  name         = var.cache_table_name',
    '  billing_mode = "PAY_PER_REQUEST"',
    `  hash_key     = "${partitionKey}"`,
    sortKey !== undefined && `  range_key    = "${sortKey}"`,
    stream && lines('', '  stream_enabled   = true', '  stream_view_type = "KEYS_ONLY"'),
    ...keysOf(layout).map(({ name }) =>
      lines('', '  attribute {', `    name = "${name}"`, '    type = "S"', '  }'),
    ),
    '',
    '  ttl {',
    `    attribute_name = "${ttl}"`,
    '    enabled        = true',
    '  }',
    '',
    kmsKeyArn === undefined &&
      '  # With the key aws/dynamodb of the account. Without this block DynamoDB encrypts with a key of its own.',
    '  server_side_encryption {',
    kmsKeyArn === undefined
      ? '    enabled = true'
      : lines('    enabled     = true', `    kms_key_arn = "${kmsKeyArn}"`),
    '  }',
    pointInTimeRecovery && lines('', '  point_in_time_recovery {', '    enabled = true', '  }'),
    '}',
  );
}

function runtimePolicy(design: ResolvedTableDesign): string {
  const table = 'aws_dynamodb_table.cache.arn';
  const key = JSON.stringify(design.kmsKeyArn ?? '');
  const stream = 'aws_dynamodb_table.cache.stream_arn';
  const resources = { items: table, table, stream, key, keyGrant: key };
  return lines(
    'data "aws_iam_policy_document" "cache_runtime" {',
    runtimeRights(design)
      .map((right) => statement(right, resources[right.on]))
      .join('\n\n'),
    '}',
    '',
    '# Attach it to the role that the application runs under.',
    'resource "aws_iam_policy" "cache_runtime" {',
    '  name_prefix = "${var.cache_table_name}-runtime-"',
    '  policy      = data.aws_iam_policy_document.cache_runtime.json',
    '}',
  );
}

function statement({ sid, actions, condition = {} }: Right, resource: string): string {
  const conditions = Object.entries(condition).flatMap(([test, variables]) =>
    Object.entries(variables).map(([variable, values]) =>
      lines(
        '',
        '    condition {',
        `      test     = "${test}"`,
        `      variable = "${variable}"`,
        `      values   = ${list(values)}`,
        '    }',
      ),
    ),
  );
  return lines(
    '  statement {',
    `    sid       = "${sid}"`,
    `    actions   = ${list(actions)}`,
    `    resources = [${resource}]`,
    ...conditions,
    '  }',
  );
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

function alarmOn(metric: string): string {
  const name = metric.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase();
  return lines(
    `resource "aws_cloudwatch_metric_alarm" "cache_${name}" {`,
    `  alarm_name          = "\${var.cache_table_name}-${name.replaceAll('_', '-')}"`,
    '  alarm_description   = "DynamoDB refuses requests of the cache; callers are served by their loaders"',
    '  namespace           = "AWS/DynamoDB"',
    `  metric_name         = "${metric}"`,
    '  dimensions          = { TableName = aws_dynamodb_table.cache.name }',
    '  statistic           = "Sum"',
    '  period              = 60',
    '  evaluation_periods  = 5',
    '  threshold           = 1',
    '  comparison_operator = "GreaterThanOrEqualToThreshold"',
    '  treat_missing_data  = "notBreaching"',
    '}',
  );
}

function outputs({ stream }: ResolvedTableDesign): string {
  return lines(
    '# The value of the environment variable CACHE_TABLE.',
    output('cache_table_name', 'aws_dynamodb_table.cache.name'),
    '',
    output('cache_runtime_policy_arn', 'aws_iam_policy.cache_runtime.arn'),
    stream && lines('', output('cache_stream_arn', 'aws_dynamodb_table.cache.stream_arn')),
  );
}

function output(name: string, value: string): string {
  return lines(`output "${name}" {`, `  value = ${value}`, '}');
}

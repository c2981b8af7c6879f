/** The table, its runtime policy and its alarms in Terraform's language, for the AWS provider 5 and 6. */
import { RIGHTS } from '../permissions';
import { type ResolvedTableSettings, THROTTLING_METRICS, keysOf } from '../table-settings';
import { lines } from './text';

export function terraformTemplate(settings: ResolvedTableSettings): string {
  return lines(
    required(),
    '',
    variables(settings),
    '',
    tableOf(settings),
    '',
    runtimePolicy(settings),
    ...(settings.alarms ? THROTTLING_METRICS.map((metric) => lines('', alarmOn(metric))) : []),
    '',
    outputs(settings),
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

function variables({ tableName }: ResolvedTableSettings): string {
  return lines(
    'variable "cache_table_name" {',
    '  type    = string',
    `  default = ${JSON.stringify(tableName)}`,
    '}',
  );
}

function tableOf({ layout, stream, pointInTimeRecovery }: ResolvedTableSettings): string {
  const { partitionKey, sortKey, ttl } = layout;
  return lines(
    'resource "aws_dynamodb_table" "cache" {',
    sortKey === undefined
      ? lines(
          '  name         = var.cache_table_name',
          '  billing_mode = "PAY_PER_REQUEST"',
          `  hash_key     = "${partitionKey}"`,
        )
      : lines(
          '  name         = var.cache_table_name',
          '  billing_mode = "PAY_PER_REQUEST"',
          `  hash_key     = "${partitionKey}"`,
          `  range_key    = "${sortKey}"`,
        ),
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
    '  # With the key aws/dynamodb of the account. Without this block DynamoDB encrypts with a key of its own.',
    '  server_side_encryption {',
    '    enabled = true',
    '  }',
    pointInTimeRecovery && lines('', '  point_in_time_recovery {', '    enabled = true', '  }'),
    '}',
  );
}

function runtimePolicy({ stream }: ResolvedTableSettings): string {
  return lines(
    'data "aws_iam_policy_document" "cache_runtime" {',
    statement(RIGHTS.runtime.sid, RIGHTS.runtime.onTable, 'aws_dynamodb_table.cache.arn'),
    stream &&
      lines(
        '',
        statement(RIGHTS.stream.sid, RIGHTS.stream.onTable, 'aws_dynamodb_table.cache.arn'),
        '',
        statement(
          `${RIGHTS.stream.sid}Records`,
          RIGHTS.stream.onStream,
          'aws_dynamodb_table.cache.stream_arn',
        ),
      ),
    '}',
    '',
    '# Attach it to the role that the application runs under.',
    'resource "aws_iam_policy" "cache_runtime" {',
    '  name_prefix = "${var.cache_table_name}-runtime-"',
    '  policy      = data.aws_iam_policy_document.cache_runtime.json',
    '}',
  );
}

function statement(sid: string, actions: readonly string[], resource: string): string {
  return lines(
    '  statement {',
    `    sid       = "${sid}"`,
    `    actions   = ${JSON.stringify(actions).replaceAll(',', ', ')}`,
    `    resources = [${resource}]`,
    '  }',
  );
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

function outputs({ stream }: ResolvedTableSettings): string {
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

import { App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { DynamoCacheTable } from 'nestjs-dynamo-cache/cdk';

export class CacheStack extends Stack {
  readonly cache: DynamoCacheTable;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.cache = new DynamoCacheTable(this, 'Cache', {
      tableName: 'cache-prod',
      layout: { partitionKey: 'pk', ttl: 'ttl' },
      stream: true,
      alarms: true,
      pointInTimeRecovery: true,
      encryptionKey: Key.fromKeyArn(this, 'CacheKey', 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd'),
    });
    // For a function: this.cache.grantRuntime(fn), and CACHE_TABLE in its environment.
    new CfnOutput(this, 'CacheTableName', { value: this.cache.table.tableName });
  }
}

new CacheStack(new App(), 'Cache');

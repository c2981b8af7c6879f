// #region cdk
import { DynamoCacheTable } from 'nestjs-dynamo-cache/cdk';
// #endregion
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { it } from 'vitest';
import { cdkApp } from '../support/cdk-app';

it('makes the table, and keeps the function to its namespace', () => {
  const stack = new Stack(cdkApp(), 'Shop');
  const api = new Function(stack, 'Api', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => undefined;'),
  });
  // #region cdk
  const cacheTable = new DynamoCacheTable(stack, 'Cache', { alarms: true });
  api.addEnvironment('CACHE_TABLE', cacheTable.table.tableName);
  cacheTable.grantRuntime(api, { namespace: 'shop' });
  // #endregion

  const made = Template.fromStack(stack);
  made.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  made.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { CACHE_TABLE: { Ref: Match.stringLikeRegexp('^CacheTable') } } },
  });
  made.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({
          Condition: Match.objectLike({
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['shop#*', 'shop@*'] },
          }),
        }),
      ],
    }),
  });
});

/** What the restaurants' stack makes in AWS, as CloudFormation reads it. Nothing is asked for over the network. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { RestaurantsStack } from '../../sample/03-restaurants/infra/restaurants-stack';
import { restaurantsTable } from '../../sample/03-restaurants/src/database/restaurants-table';

const folder = mkdtempSync(join(tmpdir(), 'restaurants-infra-'));
const functionFolder = mkdtempSync(join(folder, 'function-'));
writeFileSync(join(functionFolder, 'index.js'), 'exports.handler = async () => undefined;\n');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const app = new App({ outdir: join(folder, 'cdk.out') });
const template = Template.fromStack(new RestaurantsStack(app, 'Restaurants', { functionFolder }));

const logicalId = (type: string, props: object = {}): string => {
  const [id, ...others] = Object.keys(template.findResources(type, { Properties: props }));
  expect(others, type).toEqual([]);
  return id!;
};
const ofFunction = () =>
  logicalId('AWS::EC2::SecurityGroup', { GroupDescription: Match.stringLikeRegexp('^The function') });
const ofCluster = () =>
  logicalId('AWS::EC2::SecurityGroup', { GroupDescription: Match.stringLikeRegexp('^The cluster') });
const restaurants = () =>
  logicalId('AWS::DynamoDB::Table', {
    KeySchema: Match.arrayWith([{ AttributeName: 'PK', KeyType: 'HASH' }]),
  });
const cacheTable = () =>
  logicalId('AWS::DynamoDB::Table', { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] });

describe("the restaurants' stack", () => {
  it('has the table that the application makes elsewhere, and keeps it', () => {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = restaurantsTable('any');
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema,
        AttributeDefinitions,
        BillingMode,
        GlobalSecondaryIndexes,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  it('has a table for the cache, which DynamoDB empties by itself', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } },
    });
  });

  it('has a cluster of two nodes in private subnets, encrypted, that fails over', () => {
    template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      Engine: 'valkey',
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      CacheSubnetGroupName: { Ref: logicalId('AWS::ElastiCache::SubnetGroup') },
      SecurityGroupIds: [{ 'Fn::GetAtt': [ofCluster(), 'GroupId'] }],
    });
    const [{ Properties }] = Object.values(template.findResources('AWS::ElastiCache::SubnetGroup')) as [
      { Properties: { SubnetIds: unknown[] } },
    ];
    const subnets = Object.entries(template.findResources('AWS::EC2::Subnet'));
    expect(Properties.SubnetIds).toEqual(subnets.map(([Ref]) => ({ Ref })));
    expect(subnets).toHaveLength(2);
    for (const [, subnet] of subnets) expect(subnet.Properties.MapPublicIpOnLaunch).toBe(false);
  });

  it('opens the cluster to the function alone', () => {
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      IpProtocol: 'tcp',
      FromPort: 6379,
      ToPort: 6379,
      GroupId: { 'Fn::GetAtt': [ofCluster(), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [ofFunction(), 'GroupId'] },
    });
    const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    for (const { Properties } of groups) expect(Properties.SecurityGroupIngress).toBeUndefined();
  });

  it('reaches DynamoDB without the internet', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    expect(JSON.stringify(template.findResources('AWS::EC2::VPCEndpoint'))).toContain('.dynamodb');
  });

  it('tells the function of both tables and the cluster', () => {
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [ofFunction(), 'GroupId'] }] },
      Environment: {
        Variables: {
          RESTAURANTS_TABLE: { Ref: restaurants() },
          CACHE_TABLE: { Ref: cacheTable() },
          REDIS_URL: {
            'Fn::Join': [
              '',
              [
                'rediss://',
                {
                  'Fn::GetAtt': [logicalId('AWS::ElastiCache::ReplicationGroup'), 'PrimaryEndPoint.Address'],
                },
                ':6379',
              ],
            ],
          },
        },
      },
    });
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
  });

  it('lets the function read the restaurants, and use the cache without a Scan', () => {
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    const statements = policy!.Properties.PolicyDocument.Statement as {
      Action: string[];
      Resource: object;
    }[];
    const allowed = (id: string) =>
      statements
        .filter(({ Resource }) => JSON.stringify(Resource).includes(id))
        .flatMap(({ Action }) => Action);
    expect(allowed(restaurants()).filter((action) => /Put|Update|Delete|Write/.test(action))).toEqual([]);
    expect(allowed(restaurants())).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:Query']));
    expect(allowed(cacheTable()).sort()).toEqual(
      ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem'].map((operation) => `dynamodb:${operation}`),
    );
  });

  it('is a template without a fault, by the validator of CloudFormation', { timeout: 120_000 }, () => {
    const requireFromCdk = createRequire(require.resolve('aws-cdk-lib/package.json'));
    const { CompositeEngine, TemplateContent } = requireFromCdk('@aws/cloudformation-validate') as {
      CompositeEngine: new () => {
        validateTemplate(content: object): {
          diagnostics: { severity: string; ruleId: string; message: string }[];
        };
        free(): void;
      };
      TemplateContent: new (text: string, name: string) => object;
    };
    const engine = new CompositeEngine();
    const content = new TemplateContent(JSON.stringify(template.toJSON()), 'restaurants.json');
    const { diagnostics } = engine.validateTemplate(content);
    engine.free();
    expect(
      diagnostics
        .filter(({ severity }) => ['ERROR', 'FATAL'].includes(severity))
        .map(({ ruleId, message }) => `${ruleId}: ${message}`),
    ).toEqual([]);
  });
});

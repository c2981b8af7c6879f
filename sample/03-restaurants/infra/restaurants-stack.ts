/**
 * Everything that the application needs in AWS, and no way to the internet: the function reaches DynamoDB by an endpoint of
 * the network, and the cluster inside it.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import {
  GatewayVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { Code, Function, FunctionUrlAuthType, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DynamoCacheTable } from 'nestjs-dynamo-cache/cdk';

const REDIS_PORT = 6379;

export interface RestaurantsStackProps extends StackProps {
  /** The folder of the bundled function, whose `index.js` exports `handler`: what `npm run synth` makes. */
  readonly functionFolder: string;
}

export class RestaurantsStack extends Stack {
  constructor(scope: Construct, id: string, props: RestaurantsStackProps) {
    super(scope, id, props);
    const network = this.network();
    const restaurants = this.restaurantsTable();
    const cache = new DynamoCacheTable(this, 'Cache', { alarms: true });

    const ofFunction = new SecurityGroup(this, 'OfFunction', {
      vpc: network,
      description: 'The function, which asks DynamoDB and the cluster',
    });
    const cluster = this.cluster(network, ofFunction);

    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new Function(this, 'Api', {
      runtime: Runtime.NODEJS_22_X,
      code: Code.fromAsset(props.functionFolder),
      handler: 'index.handler',
      memorySize: 1_024,
      timeout: Duration.seconds(15),
      logGroup: logs,
      vpc: network,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [ofFunction],
      environment: {
        RESTAURANTS_TABLE: restaurants.tableName,
        CACHE_TABLE: cache.table.tableName,
        REDIS_URL: `rediss://${cluster.attrPrimaryEndPointAddress}:${REDIS_PORT}`,
      },
    });
    restaurants.grantReadData(api);
    cache.grantRuntime(api);

    // Whoever may call it signs with IAM; a public one is AuthType NONE, and a decision of its own.
    const { url } = api.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    new CfnOutput(this, 'Url', { value: url });
    new CfnOutput(this, 'RestaurantsTableName', { value: restaurants.tableName });
  }

  private network(): IVpc {
    const network = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Private', subnetType: SubnetType.PRIVATE_ISOLATED }],
    });
    network.addGatewayEndpoint('DynamoDB', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    // The class is its interface, but for types that know no exactOptionalPropertyTypes.
    return network as IVpc;
  }

  /** The database stays when the stack goes; src/database/restaurants-table.ts makes the same table elsewhere. */
  private restaurantsTable(): Table {
    const table = new Table(this, 'Restaurants', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    table.addGlobalSecondaryIndex({
      indexName: 'GSI1',
      partitionKey: { name: 'GSI1PK', type: AttributeType.STRING },
      sortKey: { name: 'GSI1SK', type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['id', 'name', 'address', 'averageScore'],
    });
    return table;
  }

  /** Valkey, which speaks Redis' protocol: two nodes, so that one may fail, encrypted, and open to the function alone. */
  private cluster(network: IVpc, client: SecurityGroup): CfnReplicationGroup {
    const subnets = new CfnSubnetGroup(this, 'ClusterSubnets', {
      description: 'Where the cluster of the restaurants lives',
      subnetIds: network.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnetIds,
    });
    const ofCluster = new SecurityGroup(this, 'OfCluster', {
      vpc: network,
      description: 'The cluster, which answers the function',
      allowAllOutbound: false,
    });
    ofCluster.addIngressRule(client, Port.tcp(REDIS_PORT), 'Redis from the function');
    return new CfnReplicationGroup(this, 'Cluster', {
      replicationGroupDescription: 'Answers that several instances share',
      engine: 'valkey',
      cacheNodeType: 'cache.t4g.micro',
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: REDIS_PORT,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [ofCluster.securityGroupId],
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
    });
  }
}

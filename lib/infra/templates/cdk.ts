/** A stack in TypeScript that makes the table with this package's own construct. */
import type { ResolvedTableDesign } from '../table-design';
import { lines } from './text';

export function cdkTemplate(design: ResolvedTableDesign): string {
  return lines(
    "import { App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';",
    design.kmsKeyArn !== undefined && "import { Key } from 'aws-cdk-lib/aws-kms';",
    "import type { Construct } from 'constructs';",
    "import { DynamoCacheTable } from 'nestjs-dynamo-cache/cdk';",
    '',
    'export class CacheStack extends Stack {',
    '  readonly cache: DynamoCacheTable;',
    '',
    '  constructor(scope: Construct, id: string, props?: StackProps) {',
    '    super(scope, id, props);',
    `    this.cache = new DynamoCacheTable(this, 'Cache', {`,
    ...propertiesOf(design).map((property) => `      ${property},`),
    '    });',
    '    // For a function: this.cache.grantRuntime(fn), and CACHE_TABLE in its environment.',
    "    new CfnOutput(this, 'CacheTableName', { value: this.cache.table.tableName });",
    '  }',
    '}',
    '',
    "new CacheStack(new App(), 'Cache');",
  );
}

function propertiesOf({
  tableName,
  layout,
  stream,
  alarms,
  pointInTimeRecovery,
  kmsKeyArn,
}: ResolvedTableDesign): string[] {
  const { partitionKey, sortKey, ttl } = layout;
  const names = Object.entries({ partitionKey, sortKey, ttl }).filter(([, name]) => name !== undefined);
  return [
    `tableName: '${tableName}'`,
    `layout: { ${names.map(([role, name]) => `${role}: '${name}'`).join(', ')} }`,
    ...(stream ? ['stream: true'] : []),
    ...(alarms ? ['alarms: true'] : []),
    ...(pointInTimeRecovery ? ['pointInTimeRecovery: true'] : []),
    ...(kmsKeyArn === undefined ? [] : [`encryptionKey: Key.fromKeyArn(this, 'CacheKey', '${kmsKeyArn}')`]),
  ];
}

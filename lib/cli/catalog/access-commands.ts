import type { CommandDefinition } from '../command';

export const ACCESS_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'iam',
    summary: 'print the least IAM policy for an application, or for this command line',
    description:
      'Nothing is sent. Several purposes make one policy; without one it is --runtime. With --namespace items of other ' +
      'namespaces cannot be touched (dynamodb:LeadingKeys); a Scan cannot be fenced off, so --clear-prefix may read all ' +
      'of them, values too. A table that is encrypted with a key of your own needs permissions for that key besides.',
    options: [
      ['--runtime', 'what a cache sends while it serves (the default): no Scan'],
      ['--clear-prefix', 'clearPrefix(): Scan and BatchWriteItem'],
      ['--setup', 'createTable: true'],
      ['--stream', "coherence: 'stream', and tail"],
      ['--operator', 'every command of this command line but tail'],
      ['--account <id>', 'the AWS account of the table', '*'],
      ['--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws'],
    ],
    examples: [
      ['iam --table cache-prod --region eu-central-1 --account 123456789012', 'what an application needs'],
      ['iam --table cache-prod --namespace shop', 'the same, fenced to one namespace'],
      ['iam --table cache-prod --setup --stream', 'to create the table and to follow its stream'],
    ],
    load: () => import('../commands/iam'),
  },
  {
    name: 'template',
    summary: 'print the table for CloudFormation, SAM, the CDK or Terraform',
    description:
      'Nothing is sent. The table is named by --table, its attributes by --layout. It is on demand, encrypted, and has TTL ' +
      'switched on. --json prints { kind, text }.',
    args: [['<kind>', 'cloudformation, sam, cdk or terraform']],
    options: [
      ['--stream', "with a stream, for coherence: 'stream' and tail"],
      ['--alarms', 'with CloudWatch alarms that tell of throttling'],
      ['--point-in-time-recovery', 'restorable to a point in time; a cache hardly ever needs it'],
    ],
    examples: [
      ['template cloudformation --table cache-prod > cache.yaml', 'a template of CloudFormation'],
      ['template terraform --table cache-prod --stream --alarms > cache.tf', 'a module of Terraform'],
      ['template sam --layout partitionKey=id,ttl=expires_at', 'other attribute names'],
    ],
    load: () => import('../commands/template'),
  },
];

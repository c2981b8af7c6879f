import type { CommandDefinition } from '../command';

export const ACCESS_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'iam',
    summary: 'print the least IAM policy for an application, or for this command line',
    description:
      'Nothing is sent. Several purposes make one policy; without one it is --runtime. With --namespace items of other ' +
      'namespaces cannot be touched (dynamodb:LeadingKeys); a Scan cannot be fenced off, so --clear-prefix may read all ' +
      'of them, values too. With --kms-key it allows the use of that key, too, through DynamoDB only: to decrypt, for what ' +
      'reads, to encrypt, for what writes, to lend it to DynamoDB, for what creates the table.',
    options: [
      ['--runtime', 'what a cache sends while it serves (the default): no Scan'],
      ['--clear-prefix', 'clearPrefix(): Scan and BatchWriteItem'],
      ['--setup', 'createTable: true'],
      ['--stream', "coherence: 'stream'"],
      ['--tail', 'the command tail, which looks items up where the stream does not say what was written'],
      ['--operator', 'every command of this command line but tail'],
      ['--kms-key <arn>', 'the KMS key of your own that encrypts the table'],
      ['--account <id>', 'the AWS account of the table', '*'],
      ['--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws'],
    ],
    examples: [
      ['iam --table cache-prod --region eu-central-1 --account 123456789012', 'what an application needs'],
      ['iam --table cache-prod --namespace shop', 'the same, fenced to one namespace'],
      ['iam --table cache-prod --setup --stream', 'to create the table and to follow its stream'],
      [
        'iam --table cache-prod --kms-key arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        'with a KMS key of your own',
      ],
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
      ['--kms-key <arn>', "encrypted with a KMS key of your own (else the account's key aws/dynamodb)"],
      ['--alarms', 'with CloudWatch alarms that tell of throttling'],
      ['--point-in-time-recovery', 'restorable to a point in time; a cache hardly ever needs it'],
    ],
    examples: [
      ['template cloudformation --table cache-prod > cache.yaml', 'a template of CloudFormation'],
      ['template terraform --table cache-prod --stream --alarms > cache.tf', 'a module of Terraform'],
      [
        'template sam --layout key/value/ttl,ttl=expires_at',
        'the attribute names of a table of another shape',
      ],
    ],
    load: () => import('../commands/template'),
  },
];

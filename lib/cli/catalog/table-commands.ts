import type { CommandDefinition } from '../command';

export const TABLE_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'table create',
    summary: 'create the table: string keys, on-demand, TTL on',
    description:
      'A table that exists already is checked, and its TTL switched on if it is off; everything else of it stays as it is. ' +
      'With --no-wait it returns at once, and TTL, which needs a finished table, is switched on by running it again.',
    options: [
      ['--no-wait', 'do not wait until the table can be used'],
      ['--wait', 'wait until the table can be used (the default)'],
      [
        '--kms-key <key>',
        'encrypt with KMS: a key, an alias, or "aws" for the managed one (else DynamoDB\'s own key)',
      ],
      ['--point-in-time-recovery', 'keep backups of the last 35 days; a cache seldom needs them'],
      ['--stream [view]', 'switch the stream on: KEYS_ONLY, which coherence needs, or NEW_IMAGE for tail'],
      ['--deletion-protection', 'refuse to delete the table until that is switched off'],
      ['--read-units <n>', 'provisioned instead of on-demand; needs --write-units'],
      ['--write-units <n>', 'provisioned instead of on-demand; needs --read-units'],
      ['--tag <pairs...>', 'AWS tags: --tag team=web stage=prod'],
    ],
    examples: [
      ['table create --table cache-prod', 'an on-demand table with TTL'],
      ['table create --table cache-prod --stream --tag team=web', 'with a stream, for coherence, and a tag'],
      ['table create --table cache-dev --endpoint http://127.0.0.1:8000', 'on DynamoDB Local'],
    ],
    load: () => import('../commands/table-create'),
  },
  {
    name: 'table describe',
    summary: 'show keys, size, billing, TTL, stream and encryption',
    description:
      'Size and number of items are those that DynamoDB counts every six hours; dynamo-cache stats counts now.',
    examples: [
      ['table describe --table cache-prod', 'what the table is'],
      ['table describe --table cache-prod --json', 'the same, for a script'],
    ],
    load: () => import('../commands/table-describe'),
  },
  {
    name: 'table delete',
    summary: 'delete the table with everything in it',
    description: 'Applications go on without it: they call their loaders.',
    options: [
      ['-y, --yes', 'do not ask'],
      ['--no-wait', 'do not wait until it is gone'],
    ],
    examples: [['table delete --table cache-old --yes', 'delete it without a question']],
    load: () => import('../commands/table-delete'),
  },
  {
    name: 'table recreate',
    summary: 'empty the table fast: delete it and create it with the same settings',
    description:
      'Keeps keys, billing mode, throughput, indexes, TTL, encryption, stream settings, tags, point-in-time recovery, table ' +
      'class and the registered caches. Not kept, because they belong to other services: auto scaling, alarms, resource ' +
      'policies, replicas (a global table is refused). A table with deletion protection is refused. Applications fail open ' +
      'meanwhile. Its settings are first written to a file; should the command be ended halfway, --from finishes it, ' +
      'at the same endpoint and in the same region, and refuses a table that was never deleted. ' +
      'Values loaded before it are kept out of the new table in the --namespace, in registered caches, and in namespaces ' +
      'found by a look at the old table.',
    options: [
      ['-y, --yes', 'do not ask'],
      ['--from <file>', 'create the table by the settings that an interrupted run has left'],
      ['--settings-file <file>', 'where the settings are written meanwhile', 'dynamo-cache-<table>.json'],
    ],
    examples: [
      ['table recreate --table cache-prod', 'ask, then empty the table in a few seconds'],
      ['table recreate --table cache-prod --yes', 'without a question'],
      [
        'table recreate --table cache-prod --from dynamo-cache-cache-prod.json',
        'finish what was interrupted',
      ],
    ],
    load: () => import('../commands/table-recreate'),
  },
  {
    name: 'table doctor',
    summary: 'look for what is wrong, and say how to mend it',
    description:
      "Checks keys, TTL, billing mode, stream, backups, this machine's clock, the TTL units of a sample of items, and the " +
      'permissions of these credentials one by one: what may not be asked for is a finding, and it goes on. Nothing is ' +
      'changed: writes are tried on conditions that cannot hold, and what can only be tried by doing it is not tried. Exit ' +
      'code 1 when something is wrong.',
    options: [['--sample <n>', 'how many items to look at', '500']],
    examples: [['table doctor --table cache-prod', 'look closely at a table']],
    load: () => import('../commands/table-doctor'),
  },
];

import type { CommandDefinition } from '../command';

export const SWEEP_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'flush',
    summary: 'delete every entry of a namespace, or of the whole table',
    description:
      'Without --namespace every namespace. "shop" means all versions of it, "shop@2" one. First the namespaces are cleared, ' +
      'so that nothing older counts; then their entries are deleted, 25 a request, each only if it is still the one that was ' +
      'seen: what applications load, put or evict meanwhile stays. Values are not read. Chunks of large values are left to ' +
      'TTL: nobody reads them any more, and deleting one would cost up to 400 write units, which TTL does for nothing. Needs dynamodb:PartiQLDelete. ' +
      'table recreate is faster and costs nothing; clear costs one write and leaves the items to TTL.',
    options: [
      ['-y, --yes', 'do not ask'],
      ['--dry-run', 'count what would be deleted, and delete nothing'],
      ['--segments <n>', 'how many parts of the table to work on at once, 256 at most', '8'],
      ['--resume <file>', 'go on where a flush of this table was ended, with the namespace that it had'],
      ['--state-file <file>', 'where it is kept how far it is', 'dynamo-cache-flush-<table>.json'],
    ],
    examples: [
      ['flush --table cache-prod --namespace shop --dry-run', 'how much is it?'],
      ['flush --table cache-prod --namespace shop', 'ask, then delete it'],
      ['flush --table cache-prod --yes', 'every namespace, without a question'],
      ['flush --table cache-prod --resume dynamo-cache-flush-cache-prod.json', 'go on after Ctrl-C'],
    ],
    load: () => import('../commands/flush'),
  },
  {
    name: 'stats',
    summary: 'count entries by namespace and method, with sizes and cost',
    description:
      'Reads the whole table, values and all, eventually consistently: half a read unit for each 4 KB. Chunks of large values ' +
      'count as storage of their namespace, under (chunks). With --namespace only ' +
      'that one is counted; what is read stays the same.',
    options: [['--segments <n>', 'how many parts of the table to read at once, 256 at most', '4']],
    examples: [
      ['stats --table cache-prod', 'what is in the table, and what it costs'],
      ['stats --table cache-prod --namespace shop --json', 'one namespace, for a script'],
    ],
    load: () => import('../commands/stats'),
  },
  {
    name: 'tail',
    summary: 'follow the table: what is written, evicted, expired',
    description:
      'Reads the stream of the table, from now on. A stream of KEYS_ONLY does not say whether a value was written or evicted: ' +
      'then the items are asked, without their values. Needs the package @aws-sdk/client-dynamodb-streams. A table without ' +
      'a stream is exit code 1, NO_STREAM with --json.',
    options: [['--count <n>', 'end after so many lines']],
    examples: [
      ['tail --table cache-prod', 'everything, until Ctrl-C'],
      ['tail --table cache-prod --namespace shop --json', 'one namespace, one JSON document a line'],
    ],
    load: () => import('../commands/tail'),
  },
];

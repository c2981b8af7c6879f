import type { CommandDefinition } from '../command';

const CREATE: CommandDefinition = {
  name: 'cache create',
  summary: 'register a cache: a namespace with a TTL of its own',
  description:
    'The registration is one small item of the table. set takes its TTL from it; an application names the cache as its ' +
    '"namespace" and sets its own ttl. A number as --ttl is seconds.',
  args: [['<name>', 'the name, which is the namespace']],
  options: [['--ttl <duration>', 'how long values live: 600 (seconds), 90s, 10m, 1h', '10m']],
  examples: [['cache create menus --ttl 600', 'a cache whose values live ten minutes']],
  load: () => import('../commands/cache-create'),
};

const LIST: CommandDefinition = {
  name: 'cache list',
  summary: 'list the registered caches',
  examples: [['cache list --table cache-prod', 'which caches are there?']],
  load: () => import('../commands/cache-list'),
};

/** Users of hosted caches write `create` and `list`; `delete` is a key's, so a cache is deleted by `cache delete`. */
function short(definition: CommandDefinition): CommandDefinition {
  const name = definition.name.replace('cache ', '');
  const examples = definition.examples.map(
    ([line, meaning]) => [line.replace('cache ', ''), meaning] as const,
  );
  return { ...definition, name, summary: `${definition.summary} (short for ${definition.name})`, examples };
}

export const CACHE_COMMANDS: readonly CommandDefinition[] = [
  CREATE,
  LIST,
  {
    name: 'cache delete',
    summary: 'evict everything of a cache, and strike it off the list',
    description: 'As clear does: the items stay until TTL deletes them; flush --namespace deletes them now.',
    args: [['<name>', 'the name of the cache']],
    options: [['-y, --yes', 'do not ask']],
    examples: [['cache delete menus --yes', 'without a question']],
    load: () => import('../commands/cache-delete'),
  },
  short(CREATE),
  short(LIST),
];

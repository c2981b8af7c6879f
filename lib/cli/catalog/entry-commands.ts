import type { CommandDefinition } from '../command';

export const ENTRY_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'get',
    summary: 'print the value of a key',
    description:
      'A text is printed as it is, anything else as Node shows it; --json prints JSON, with dates as ISO texts, bytes as ' +
      'base64 and maps as objects. Exit code 3 when there is no fresh value; inspect says why.',
    args: [['<key>', 'the key, as the application writes it']],
    examples: [
      ['get menu:7 --table cache-prod', 'the value of menu:7'],
      [`get 'MenuService.menu("7")' --json`, 'the value of one call of a method, as JSON'],
    ],
    load: () => import('../commands/get'),
  },
  {
    name: 'set',
    summary: 'keep a value under a key',
    description:
      'The value is read as JSON, and kept as a text where it is none; "-" reads it from stdin. A number as --ttl is ' +
      'seconds. Without --ttl it is that of the registered cache of this namespace, else 10 minutes. Applications that ' +
      'read the key are given this value until it ends.',
    args: [
      ['<key>', 'the key, as the application writes it'],
      ['<value>', 'JSON, or a text; - for stdin'],
    ],
    options: [
      ['--ttl <duration>', 'how long: 600 (seconds), 90s, 10m, 1h, 30d'],
      ['--tag <tags...>', 'tags it depends on'],
      ['--text', 'keep the value as a text, whatever it looks like'],
      [
        '--codec <name>',
        "json, for applications with codec: 'json' and programs in other languages",
        'structured',
      ],
    ],
    examples: [
      [`set menu:7 '{"dishes":["soup"]}' --ttl 10m`, 'an object for ten minutes'],
      ['set greeting hello --ttl 600 --tag texts', 'a text with a tag'],
      ['set menu:7 - --ttl 1h < menu.json', 'what is in a file'],
      ['set menu:7 - --codec json --layout key/value/ttl < menu.json', 'where other programs read it'],
    ],
    load: () => import('../commands/set'),
  },
  {
    name: 'delete',
    summary: 'evict keys',
    description:
      'As cache.delete() does: what applications were loading when it happened is not written back. For a named cache see ' +
      'cache delete.',
    args: [['<keys...>', 'the keys, as the application writes them']],
    examples: [
      ['delete menu:7 menu:8', 'evict two keys'],
      [`delete 'MenuService.menu("7")'`, 'evict one call of a method'],
    ],
    load: () => import('../commands/delete'),
  },
  {
    name: 'keys',
    summary: 'list keys, some at a time',
    description:
      'Reads the table page by page, keys and times only. Keys over 512 bytes are kept as a digest, and listed as that. ' +
      'Where there are more, it says how to go on.',
    args: [['[prefix]', 'only keys that start with this']],
    options: [
      ['--limit <n>', 'how many at most', '1000'],
      ['--all', 'every one, however many; with --json one document a line'],
      ['--after <token>', 'go on where the last page ended'],
      ['--expired', 'those, too, that have ended and not been deleted yet'],
    ],
    examples: [
      ['keys --namespace shop', 'the first thousand keys of a namespace'],
      ['keys menu: --limit 20', 'twenty keys that start with menu:'],
      ['keys --all --json | jq -r .key', 'all of them, for a script'],
    ],
    load: () => import('../commands/keys'),
  },
  {
    name: 'inspect',
    summary: 'show everything about a key: value, times, version, stamps, size, units',
    description:
      'Says whether a reader is served it, and if not, why. Exit code 3 when nothing at all stands there.',
    args: [['<key>', 'the key, as the application writes it']],
    examples: [[`inspect 'MenuService.menu("7")'`, 'why did this call miss?']],
    load: () => import('../commands/inspect'),
  },
  {
    name: 'explain-key',
    summary: 'show which key a call of a method has, and why',
    description:
      'Nothing is sent. The arguments are a JSON list; a single argument may stand without its brackets. JSON has no dates, ' +
      'maps or bigints: of such arguments the key is another one. A method with a "key" option has what that returns in ' +
      'place of the arguments.',
    args: [
      ['<method>', 'Class.method, or the name that the method was given'],
      ['[args]', 'the arguments, as a JSON list'],
    ],
    examples: [
      [`explain-key MenuService.menu '["7"]'`, 'the key of menu("7")'],
      [`explain-key MenuService.search '[{"page":1,"q":"soup"}]'`, 'the key of a call with an object'],
    ],
    load: () => import('../commands/explain-key'),
  },
  {
    name: 'evict-tag',
    summary: 'evict everything that has one of the tags',
    args: [['<tags...>', 'the tags']],
    examples: [['evict-tag restaurant:7', 'whatever depends on restaurant 7']],
    load: () => import('../commands/evict-tag'),
  },
  {
    name: 'evict-method',
    summary: 'evict every result of a method or memoized function',
    args: [['<method>', 'Class.method, or the name that the method was given']],
    examples: [['evict-method MenuService.menu', 'all menus']],
    load: () => import('../commands/evict-method'),
  },
  {
    name: 'clear',
    summary: 'evict everything of the namespace with one small write',
    description:
      'Applications follow within a second. The items stay, count as nothing, and are deleted by TTL; flush deletes them now.',
    options: [['-y, --yes', 'do not ask']],
    examples: [['clear --namespace shop --yes', 'everything of the namespace shop']],
    load: () => import('../commands/clear'),
  },
];

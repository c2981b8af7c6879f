import type { CommandDefinition } from '../command';
import { TABLE_COMMANDS } from './table-commands';
import { ACCESS_COMMANDS } from './access-commands';
import { CACHE_COMMANDS } from './cache-commands';
import { ENTRY_COMMANDS } from './entry-commands';
import { SWEEP_COMMANDS } from './sweep-commands';

/** Words that stand before commands. */
export const GROUPS: readonly (readonly [name: string, summary: string])[] = [
  ['table', 'create, describe, check, recreate or delete the table'],
  ['cache', 'named caches: namespaces with a TTL of their own'],
];

export const CATALOG: readonly CommandDefinition[] = [
  ...TABLE_COMMANDS,
  ...ENTRY_COMMANDS,
  ...SWEEP_COMMANDS,
  ...CACHE_COMMANDS,
  ...ACCESS_COMMANDS,
];

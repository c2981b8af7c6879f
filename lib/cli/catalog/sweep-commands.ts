import type { CommandDefinition } from '../command';

export const SWEEP_COMMANDS: readonly CommandDefinition[] = [];

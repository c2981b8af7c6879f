import { DynamoCacheError } from '../errors';

/** The table that was named exists and has another shape. Thrown at start-up, with `createTable: true`. */
export class TableSchemaError extends DynamoCacheError {
  readonly code = 'TABLE_SCHEMA';

  constructor(
    readonly table: string,
    problem: string,
  ) {
    super(`The table ${table} cannot hold the cache: ${problem}`);
  }
}

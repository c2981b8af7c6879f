export { DynamoCacheTable, type DynamoCacheTableProps } from './dynamo-cache-table';
export type { TableSettings } from '../infra/table-settings';

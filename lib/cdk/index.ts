export { DynamoCacheTable, type DynamoCacheTableProps } from './dynamo-cache-table';
export type { TableDesign } from '../infra/table-design';

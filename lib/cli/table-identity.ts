import type { TableDescription } from '@aws-sdk/client-dynamodb';

/**
 * Which table it is: one that is made anew has another identity, whatever its name. DynamoDB gives every table an id;
 * where an engine has none, the moment of its creation stands for it.
 */
export function identityOf({ TableId: id, CreationDateTime: created }: TableDescription): string {
  return id ?? created?.toISOString() ?? '';
}

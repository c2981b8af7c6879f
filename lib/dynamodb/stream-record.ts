/** What a record of the table's stream says: the same shape through DynamoDB's API and in a Lambda's event. */
import { isChunk, isLease } from '../key/addresses';
import type { Version } from '../tiers/entry';
import { FIXED, type ResolvedLayout, SORT_KEY_VALUE } from './layout';

type Attributes = Readonly<Record<string, { readonly S?: string | undefined }>>;

/** The part of a stream record that is read. */
export interface StreamRecord {
  readonly dynamodb?:
    | {
        readonly Keys?: Attributes | undefined;
        readonly NewImage?: Attributes | undefined;
        readonly SequenceNumber?: string | undefined;
      }
    | undefined;
  /** Who deleted it, when that was DynamoDB itself. The API and Lambda spell it differently. */
  readonly userIdentity?:
    | {
        readonly principalId?: string | undefined;
        readonly PrincipalId?: string | undefined;
      }
    | undefined
    | null;
}

/** A write to the cache by any process. */
export interface Change {
  readonly address: string;
  /** What stands there now, when the stream carries new images. */
  readonly version: Version | undefined;
}

const TTL_DELETION = 'dynamodb.amazonaws.com';

/**
 * The change in a record, or `undefined` when nobody's memory is concerned: a lease, a chunk (its manifest has a record of
 * its own), an item of others in the table, or what TTL deleted, which had ended before. The event's name is not asked:
 * DynamoDB Local has an UNKNOWN one.
 */
export function changeOf(
  { dynamodb, userIdentity }: StreamRecord,
  layout: ResolvedLayout,
): Change | undefined {
  const { partitionKey, sortKey } = layout;
  const keys = dynamodb?.Keys;
  const address = keys?.[partitionKey]?.S;
  if (address === undefined || isLease(address) || isChunk(address)) return undefined;
  if (sortKey !== undefined && keys?.[sortKey]?.S !== SORT_KEY_VALUE) return undefined;
  if ((userIdentity?.principalId ?? userIdentity?.PrincipalId) === TTL_DELETION) return undefined;
  return { address, version: dynamodb?.NewImage?.[FIXED.version]?.S };
}

/** Counts what is in a table, by namespace and method, in bounded room. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FIXED } from '../dynamodb/layout';
import { itemBytes } from '../dynamodb/units';
import { isCall, labelOf } from '../engine/label';
import { readAddress } from './address';
import type { Settings } from './settings';

export interface Group {
  readonly namespace: string;
  /** Of calls the method; '(keys)' for keys that the application wrote itself, '(chunks)' for parts of large values. */
  readonly method: string;
  readonly entries: number;
  readonly bytes: number;
  readonly largestBytes: number;
  /** That have ended and are not deleted yet. */
  readonly expired: number;
  readonly expiredBytes: number;
}

/** What the cache keeps for itself, and what is not its own. */
export interface Others {
  readonly tombstones: number;
  readonly stamps: number;
  readonly leases: number;
  readonly locks: number;
  readonly foreign: number;
}

type Kind = keyof Others;

const MAX_GROUPS = 1_000;

export class Tally {
  items = 0;
  bytes = 0;
  private readonly groups = new Map<string, { -readonly [K in keyof Group]: Group[K] }>();
  private readonly others: Record<Kind, number> = {
    tombstones: 0,
    stamps: 0,
    leases: 0,
    locks: 0,
    foreign: 0,
  };

  constructor(
    private readonly layout: Settings['layout'],
    private readonly nowMs: number,
  ) {}

  add(item: Record<string, AttributeValue>): void {
    const bytes = itemBytes(item);
    this.items++;
    this.bytes += bytes;
    const address = readAddress(item[this.layout.partitionKey]?.S ?? '');
    const kind = this.kindOf(item, address);
    if (kind === 'chunk' && address) {
      // Storage of its namespace, and no entry: its manifest is the entry. Nothing in a chunk names that.
      this.groupOf(address.space, CHUNKS).bytes += bytes;
      return;
    }
    if (kind !== 'entry' || !address) {
      if (kind !== 'entry' && kind !== 'chunk') this.others[kind]++;
      return;
    }
    const { key } = address;
    const method = methodOf(key, address.stored);
    const group = this.groupOf(address.space, method);
    group.entries++;
    group.bytes += bytes;
    group.largestBytes = Math.max(group.largestBytes, bytes);
    if (Number(item[FIXED.endsAt]?.N) > this.nowMs) return;
    group.expired++;
    group.expiredBytes += bytes;
  }

  /** The largest first. */
  result(): { readonly groups: readonly Group[]; readonly others: Others } {
    return { groups: [...this.groups.values()].sort((a, b) => b.bytes - a.bytes), others: this.others };
  }

  private kindOf(
    item: Record<string, AttributeValue>,
    address: ReturnType<typeof readAddress>,
  ): Kind | 'entry' | 'chunk' {
    if (address?.kind === 'chunk') return item[FIXED.chunksOf]?.S === undefined ? 'foreign' : 'chunk';
    if (address === undefined || item[FIXED.version]?.S === undefined) return 'foreign';
    if (address.kind === 'stamp') return 'stamps';
    if (address.kind === 'lease') return 'leases';
    if (address.kind === 'lock') return 'locks';
    if (address.kind === 'other') return 'foreign';
    const { B: binary, S: text } = item[this.layout.value] ?? {};
    return binary === undefined && text === undefined ? 'tombstones' : 'entry';
  }

  private groupOf(namespace: string, method: string): { -readonly [K in keyof Group]: Group[K] } {
    const isFull = this.groups.size >= MAX_GROUPS;
    const id = JSON.stringify([namespace, method]);
    const known = this.groups.get(id);
    if (known) return known;
    if (isFull && method !== OTHERS) return this.groupOf('', OTHERS);
    const group = { namespace, method, entries: 0, bytes: 0, largestBytes: 0, expired: 0, expiredBytes: 0 };
    this.groups.set(id, group);
    return group;
  }
}

const OTHERS = '(others)';
const CHUNKS = '(chunks)';

function methodOf(key: string | undefined, stored: string): string {
  if (key === undefined) return stored.startsWith('~sha256') ? '(long keys)' : '(keys)';
  return isCall(key) ? labelOf(key) : '(keys)';
}

/**
 * A store whose entries are packed: compressed and sealed, as the options say. It stands before all tiers but memory, so
 * that none of them holds anything else. What cannot be unpacked is as good as absent, under the version that a fill has to replace;
 * a value is never kept in clear because it could not be sealed.
 *
 * Tombstones and stamps have no value, and leases one that says nothing: they are stored as they are.
 */
import { UnpackableError } from '../codec/unpackable-error';
import type { UndecodableReason } from '../observability/events';
import { isPromise } from '../is-promise';
import { isLease } from '../key/addresses';
import type { Entry, Stored, Tombstone, Version } from './entry';
import { EntryRefusedError } from './entry-refused-error';
import type { Spent } from '../observability/charge';
import type { Answered, EntryStore, FillOutcome, StoreCall } from './entry-store';
import type { EntryPacking } from './packing';

/** Told what was found in the table and could not be used. */
export type ReportUndecodable = (address: string, reason: UndecodableReason) => void;

export class PackedStore implements EntryStore {
  readonly follow?: NonNullable<EntryStore['follow']>;
  readonly putMany?: NonNullable<EntryStore['putMany']>;

  constructor(
    private readonly store: EntryStore,
    private readonly packing: EntryPacking,
    private readonly report: ReportUndecodable,
  ) {
    // Only where the store has it: whoever asks whether it can be followed asks for this method.
    if (store.follow) this.follow = async (listener) => store.follow?.(listener);
    if (store.putMany) this.putMany = (entries, call) => this.putAll(entries, call);
  }

  async read(
    addresses: readonly string[],
    call: StoreCall,
    answered?: Answered,
  ): Promise<ReadonlyMap<string, Stored>> {
    const unpacked = new Map<string, Stored | Promise<Stored>>();
    const take = (address: string, packed: Stored) => {
      const stored = this.unpack(address, packed);
      unpacked.set(address, stored);
      if (isPromise(stored)) {
        if (answered) unpacked.set(address, thenAnswer(address, stored, answered));
      } else answered?.(address, stored);
    };
    const found = await this.store.read(addresses, call, take);
    // What the store did not tell of before.
    for (const [address, stored] of found) if (!unpacked.has(address)) take(address, stored);
    for (const [address, stored] of unpacked) if (isPromise(stored)) unpacked.set(address, await stored);
    return unpacked as Map<string, Stored>;
  }

  maxBytes(address: string, stamps?: Entry['stamps']): number {
    return this.packing.maxBytes(this.store.maxBytes(address, stamps));
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    call: StoreCall,
  ): Promise<FillOutcome> {
    const packed = await this.pack(address, entry, call);
    const outcome = await this.store.fill(address, packed, seen, call);
    if (outcome.filled || !outcome.standing) return outcome;
    return { ...outcome, standing: await this.unpack(address, outcome.standing) };
  }

  async put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    await this.store.put(address, await this.pack(address, entry, call), call);
  }

  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.store.evict(address, tombstone, call);
  }

  evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void> {
    return this.store.evictAll(prefixes, tombstone, evicted, spent);
  }

  connect(): Promise<void> | undefined {
    return this.store.connect?.();
  }

  prepare(): Promise<void> {
    return this.store.prepare();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async pack(address: string, entry: Entry, { signal }: StoreCall): Promise<Entry> {
    if (isLease(address)) return entry;
    const packed = await this.packing.pack(address, entry);
    const limit = this.store.maxBytes(address, entry.stamps);
    const { byteLength } = packed.bytes;
    if (byteLength > limit)
      throw new EntryRefusedError(`packed, it takes ${byteLength} bytes and ${limit} can be kept`);
    signal.throwIfAborted();
    return packed;
  }

  private async putAll(entries: ReadonlyMap<string, Entry>, call: StoreCall): Promise<void> {
    const packed = new Map<string, Entry>();
    for (const [address, entry] of entries) packed.set(address, await this.pack(address, entry, call));
    await this.store.putMany?.(packed, call);
  }

  private mustUnpack(address: string, stored: Stored): boolean {
    return stored.state === 'entry' && !isLease(address) && this.packing.mustUnpack(stored.entry);
  }

  private unpack(address: string, stored: Stored): Stored | Promise<Stored> {
    if (stored.state === 'empty' || !this.mustUnpack(address, stored)) return stored;
    try {
      const entry = this.packing.unpackSmall(stored.entry);
      return entry ? { state: 'entry', version: stored.version, entry } : this.unpackLater(address, stored);
    } catch (error) {
      return this.refused(address, stored, error);
    }
  }

  private async unpackLater(address: string, stored: Stored & { readonly state: 'entry' }): Promise<Stored> {
    try {
      return { ...stored, entry: await this.packing.unpack(address, stored.entry) };
    } catch (error) {
      return this.refused(address, stored, error);
    }
  }

  private refused(address: string, { version }: Stored, error: unknown): Stored {
    this.report(address, error instanceof UnpackableError ? error.reason : 'damaged');
    return { state: 'empty', version };
  }
}

async function thenAnswer(address: string, unpacking: Promise<Stored>, answered: Answered): Promise<Stored> {
  const stored = await unpacking;
  answered(address, stored);
  return stored;
}

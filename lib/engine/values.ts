/** Between values and their bytes. What cannot be encoded is not kept, and what cannot be decoded is a miss. */
import { UncacheableValueError } from '../codec/codec-errors';
import { type Copier, copierOf } from '../codec/copier';
import type { ValueCodec } from '../codec/value-codec';
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import { COPIED_BYTES } from '../tiers/memory-tier';
import { type Outcome, type SharedOutcome, decodeOutcome } from './outcome';

export class Values {
  private readonly shared = new WeakMap<object, SharedOutcome>();
  /** How to copy what memory holds, by its bytes: not known before the second time, and never where only the decoder can. */
  private readonly copiers = new WeakMap<object, Copier | 'once' | 'never'>();

  constructor(
    private readonly codec: ValueCodec,
    private readonly observer: Observer,
    private readonly log: OnceLog,
  ) {}

  /** Whether bytes can be a part of a value. */
  get keepsBytes(): boolean {
    return this.codec.keepsBytes;
  }

  /** The bytes of a value; undefined when it cannot be kept. */
  encode(value: unknown, subject: Subject): Uint8Array | undefined {
    try {
      return this.codec.encode(value);
    } catch (error) {
      this.observer.uncacheable(subject);
      const why = error instanceof UncacheableValueError ? error.message : 'its encoding failed.';
      this.log.warn(`uncacheable:${subject.label}`, `A result of ${subject.label} is not cached. ${why}`);
      return undefined;
    }
  }

  /** The outcome in an entry; undefined, which is a miss, when its bytes cannot be decoded. */
  decode(label: string, { bytes }: Pick<Entry, 'bytes'>): Outcome | undefined {
    try {
      return decodeOutcome(bytes, this.codec);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown failure';
      this.observer.event(() => ({ type: 'undecodable', label, reason: 'value' }));
      this.log.warn(`undecodable:${label}`, `A stored value of ${label} is loaded again: ${why}`);
      return undefined;
    }
  }

  /** The same for an entry that memory holds: from the second time on, small values are copied, not decoded. */
  decodeAgain(label: string, entry: Pick<Entry, 'bytes'>): Outcome | undefined {
    if (entry.bytes.byteLength > COPIED_BYTES) return this.decode(label, entry);
    const { bytes } = entry;
    const known = this.copiers.get(bytes);
    if (typeof known === 'function') return { failed: false, value: known() };
    if (known === undefined) this.copiers.set(bytes, 'once');
    if (known === 'once') this.copiers.set(bytes, this.copierOf(label, entry) ?? 'never');
    return this.decode(label, entry);
  }

  /** The same, decoded once for all callers: they share the value. */
  decodeShared(label: string, entry: Entry): SharedOutcome | undefined {
    const known = this.shared.get(entry);
    if (known) return known;
    const decoded = this.decode(label, entry);
    if (!decoded) return undefined;
    const shared = decoded.failed
      ? decoded
      : { failed: false as const, value: decoded.value, promise: undefined };
    this.shared.set(entry, shared);
    return shared;
  }

  private copierOf(label: string, entry: Pick<Entry, 'bytes'>): Copier | undefined {
    const master = this.decode(label, entry);
    return master?.failed === false ? copierOf(master.value) : undefined;
  }
}

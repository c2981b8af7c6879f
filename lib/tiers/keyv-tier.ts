/**
 * Any Keyv store (Redis, Memcached, a file) as a tier in front of the table. What is kept in it mirrors what the table
 * said, for a short life of its own; it may fail, hang or lie, and then the table is asked.
 */
import type { Entry, Stored } from './entry';

/** The part of Keyv that a tier needs. */
export interface KeyvLike {
  get(keys: string[]): Promise<unknown>;
  set(key: string, value: unknown, ttlMs: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Runs an operation under a deadline and a breaker of the tier's own. */
export type Guarded = <T>(name: string, operation: () => Promise<T>) => Promise<T>;

export class KeyvTier {
  constructor(
    private readonly keyv: KeyvLike,
    private readonly ttlMs: number,
    private readonly guarded: Guarded,
  ) {}

  /** What the tier has of these addresses; nothing when it is sick. */
  async read(addresses: readonly string[]): Promise<Map<string, Stored>> {
    const found = new Map<string, Stored>();
    try {
      const texts = await this.guarded('read', () => this.keyv.get([...addresses]));
      addresses.forEach((address, i) => {
        const stored = unpack((texts as unknown[] | undefined)?.[i]);
        if (stored) found.set(address, stored);
      });
    } catch {
      // The table is asked.
    }
    return found;
  }

  async write(address: string, stored: Stored): Promise<void> {
    await this.attempt('write', () => this.keyv.set(address, pack(stored), this.ttlMs));
  }

  async forget(address: string): Promise<void> {
    await this.attempt('forget', () => this.keyv.delete(address));
  }

  private async attempt(name: string, operation: () => Promise<unknown>): Promise<void> {
    try {
      await this.guarded(name, operation);
    } catch {
      // What it could not be told ends with its short life.
    }
  }
}

/** As plain data, so that whatever serialiser the Keyv has keeps it. */
function pack(stored: Stored): unknown {
  if (stored.state === 'empty') return { ver: stored.version ?? null };
  const { bytes, version, loadedAtMs, freshUntilMs, endsAtMs, stamps } = stored.entry;
  return {
    ver: version,
    v: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    at: loadedAtMs,
    fresh: freshUntilMs,
    end: endsAtMs,
    ...(stamps && { stamps: [...stamps] }),
  };
}

// The tier may be shared with others, or hold what another release wrote.
function unpack(value: unknown): Stored | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { ver, v, at, fresh, end, stamps } = value as Record<string, unknown>;
  if (v === undefined) return isVersion(ver) ? { state: 'empty', version: ver ?? undefined } : undefined;
  if (typeof ver !== 'string' || typeof v !== 'string') return undefined;
  if (!isTime(at) || !isTime(fresh) || !isTime(end) || !isStamps(stamps)) return undefined;
  const entry: Entry = {
    bytes: Buffer.from(v, 'base64'),
    version: ver,
    loadedAtMs: at,
    freshUntilMs: fresh,
    endsAtMs: end,
    ...(stamps && { stamps: new Map(stamps) }),
  };
  return { state: 'entry', version: ver, entry };
}

function isVersion(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isStamps(value: unknown): value is [string, string][] | undefined {
  if (value === undefined) return true;
  return (
    Array.isArray(value) &&
    value.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'),
    )
  );
}

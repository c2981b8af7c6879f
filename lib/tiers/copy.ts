/**
 * What a tier keeps of the table's answers, as plain data, so that whatever serialiser the Keyv has keeps it. What is read
 * may be anything: the tier may be shared with others, or hold what another release wrote.
 */
import type { Entry, Stored } from './entry';

/** What the table said of an address, and until when a tier may repeat it. */
export interface Copy {
  readonly stored: Stored;
  /** Wall-clock ms. */
  readonly untilMs: number;
}

export function packCopy({ stored, untilMs }: Copy): unknown {
  if (stored.state === 'empty') return { ver: stored.version ?? null, until: untilMs };
  const { bytes, version, loadedAtMs, freshUntilMs, endsAtMs, stamps } = stored.entry;
  return {
    ver: version,
    v: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    at: loadedAtMs,
    fresh: freshUntilMs,
    end: endsAtMs,
    ...(stamps && { stamps: [...stamps] }),
    until: untilMs,
  };
}

export function unpackCopy(value: unknown): Copy | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { until, v, ...rest } = value as Record<string, unknown>;
  if (!isTime(until)) return undefined;
  const stored = v === undefined ? unpackEmpty(rest) : unpackEntry(v, rest);
  return stored && { stored, untilMs: until };
}

function unpackEmpty({ ver }: Record<string, unknown>): Stored | undefined {
  if (ver === null) return { state: 'empty', version: undefined };
  return typeof ver === 'string' ? { state: 'empty', version: ver } : undefined;
}

function unpackEntry(
  v: unknown,
  { ver, at, fresh, end, stamps }: Record<string, unknown>,
): Stored | undefined {
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

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

// Stamps that cannot be understood make the entry unusable: without them it might be one that was evicted.
function isStamps(value: unknown): value is [string, string][] | undefined {
  if (value === undefined) return true;
  return Array.isArray(value) && value.length > 0 && value.every(isPair);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((text) => typeof text === 'string');
}

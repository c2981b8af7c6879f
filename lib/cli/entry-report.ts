/** What there is to know about one entry: what a reader makes of it now, and why. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { createCodec } from '../codec/value-codec';
import { FIXED } from '../dynamodb/layout';
import { decodeOutcome } from '../engine/outcome';
import { type Generations, NEVER_EVICTED, isValid } from '../engine/stamps';
import type { Target } from '../engine/target';
import type { Entry } from '../tiers/entry';
import { isoText } from './figures';
import type { Settings } from './settings';
import type { StoredValue } from './stored-value';

type Item = Record<string, AttributeValue>;

export interface StampReport {
  readonly name: string;
  readonly carried: string;
  readonly present: string;
  readonly isValid: boolean;
}

export interface EntryReport {
  readonly partitionKey: string;
  readonly state: 'fresh' | 'stale' | 'expired' | 'evicted' | 'tombstone' | 'incomplete' | 'foreign';
  /** Why a reader is served it, or not. */
  readonly verdict: string;
  readonly version: string | undefined;
  readonly loadedAtMs: number | undefined;
  readonly freshUntilMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly deletedFromMs: number | undefined;
  readonly chunks: number;
  readonly isCompressed: boolean;
  readonly isSealed: boolean;
  readonly stamps: readonly StampReport[];
  /** Of the value as it is stored: compressed, sealed. */
  readonly valueBytes: number;
  /** Of everything that is stored for it, chunks included; the units likewise. */
  readonly itemBytes: number;
  readonly readUnits: { readonly eventual: number; readonly consistent: number };
  readonly writeUnits: number;
  readonly value: Decoded | undefined;
}

type Decoded =
  | { readonly kind: 'value' | 'error'; readonly value: unknown }
  | { readonly kind: 'undecodable' | 'sealed'; readonly why: string };

/** @param generations of every stamp that the target or the item depends on, as they are now */
export function reportOn(
  item: Item,
  stored: StoredValue,
  target: Target,
  generations: Generations,
  { layout }: Settings,
  nowMs: number,
): EntryReport {
  const { entry, chunks, isCompressed, isSealed, valueBytes, itemBytes, readUnits, writeUnits } = stored;
  const ttl = Number(item[layout.ttl]?.N);
  const stamps = stampsOf(entry, target, generations);
  return {
    partitionKey: target.address,
    ...judge(item, stored, stamps, layout.value, nowMs),
    version: stored.version,
    loadedAtMs: ms(item[FIXED.loadedAt]),
    freshUntilMs: ms(item[FIXED.freshUntil]),
    endsAtMs: ms(item[FIXED.endsAt]),
    deletedFromMs: Number.isFinite(ttl) ? ttl * 1_000 : undefined,
    chunks,
    isCompressed,
    isSealed,
    stamps,
    valueBytes,
    itemBytes,
    readUnits,
    writeUnits,
    value: entry && decode(entry, stored.problem),
  };
}

function stampsOf(entry: Entry | undefined, target: Target, generations: Generations): StampReport[] {
  if (!entry) return [];
  const names = [...new Set([...target.stamps.map(({ name }) => name), ...(entry.stamps?.keys() ?? [])])];
  return names.map((name) => {
    const carried = entry.stamps?.get(name) ?? NEVER_EVICTED;
    const present = generations.get(name) ?? NEVER_EVICTED;
    const one = new Map([[name, present]]);
    const alone: Entry = { ...entry, stamps: new Map([[name, carried]]) };
    return { name, carried, present, isValid: isValid(alone, one) };
  });
}

function judge(
  item: Item,
  { entry, problem, isForeign }: StoredValue,
  stamps: readonly StampReport[],
  valueAttribute: string,
  nowMs: number,
): Pick<EntryReport, 'state' | 'verdict'> {
  if (isForeign)
    return { state: 'foreign', verdict: "another program's text: a hit with codec: 'json', else a miss" };
  if (!entry) return judgeOther(item, valueAttribute);
  if (problem === 'incomplete')
    return {
      state: 'incomplete',
      verdict: 'a miss: not all of its chunks are there, or not yet; a load overwrites it',
    };
  if (nowMs >= entry.endsAtMs)
    return { state: 'expired', verdict: `a miss: it ended ${isoText(entry.endsAtMs)}` };
  const overtaken = stamps.find((stamp) => !stamp.isValid);
  if (overtaken)
    return {
      state: 'evicted',
      verdict: `a miss: ${nameOfStamp(overtaken.name)} was evicted after it was loaded`,
    };
  if (nowMs < entry.freshUntilMs) return { state: 'fresh', verdict: 'a hit' };
  return {
    state: 'stale',
    verdict: 'a hit only within staleWhileRevalidate, and a stand-in for a failing loader',
  };
}

function judgeOther(item: Item, valueAttribute: string): Pick<EntryReport, 'state' | 'verdict'> {
  const isTombstone = item[FIXED.version]?.S !== undefined && item[valueAttribute] === undefined;
  if (isTombstone)
    return {
      state: 'tombstone',
      verdict: 'a miss: it was evicted; this mark keeps out what was being loaded then',
    };
  if (item[FIXED.chunks] !== undefined)
    return {
      state: 'foreign',
      verdict: 'a miss here: it says that it is in chunks, and not which, or in too many',
    };
  return { state: 'foreign', verdict: 'a miss: this is no entry of the cache; a load overwrites it' };
}

export function nameOfStamp(name: string): string {
  if (name === '*') return 'the namespace';
  return name.startsWith('t:') ? `the tag ${name.slice(2)}` : `the method ${name.slice(2)}`;
}

const PROBLEMS = {
  incomplete: 'Not all of its chunks are there.',
  unreadable: 'It cannot be unpacked: it is damaged, or a newer release wrote it.',
} as const;

function decode(entry: Entry, problem: StoredValue['problem']): Decoded {
  if (problem === 'sealed')
    return { kind: 'sealed', why: 'It is sealed: only applications with its key can read it.' };
  if (problem) return { kind: 'undecodable', why: PROBLEMS[problem] };
  try {
    const outcome = decodeOutcome(entry.bytes, createCodec());
    return outcome.failed ? { kind: 'error', value: outcome.error } : { kind: 'value', value: outcome.value };
  } catch (error) {
    return { kind: 'undecodable', why: error instanceof Error ? error.message : String(error) };
  }
}

function ms(attribute: AttributeValue | undefined): number | undefined {
  const value = Number(attribute?.N);
  return Number.isFinite(value) ? value : undefined;
}

/** How long past its life a value may still be served, and for which errors of its loader. */
import { assertFunction, assertKnown } from '../assertions';
import { type Duration, durationMs } from '../duration';
import type { StaleIfError } from './call-options';

/** Where a value past its life stands in for a failing loader. */
export interface StandIn {
  /** For readers, to whom an entry says its own end besides; of `standInMs`, the longest. */
  readonly staleIfErrorMs: number;
  /** How long this result does. Never throws. */
  readonly standInMs: (result: never) => number;
  /** Whether it does for this error. Never throws. */
  readonly standsInFor: (error: unknown) => boolean;
}

export const NO_STAND_IN: StandIn = { ...fixed(0), standsInFor: () => true };

const STALE_IF_ERROR: Record<keyof StaleIfError, true> = { for: true, when: true };

/**
 * @returns undefined where nothing is said
 * @throws InvalidOptionsError when it cannot work
 */
export function readStaleIfError<R>(
  option: Duration | false | StaleIfError<R> | undefined,
): StandIn | undefined {
  if (!isObject(option)) {
    const staleIfErrorMs = readStaleTime(option, 'staleIfError');
    return staleIfErrorMs === undefined ? undefined : { ...NO_STAND_IN, ...fixed(staleIfErrorMs) };
  }
  assertKnown(option, STALE_IF_ERROR, 'staleIfError.');
  const { for: time, when } = option;
  assertFunction(when, 'staleIfError.when', 'when: (error) => !(error instanceof ForbiddenException)');
  return {
    ...(typeof time === 'function' ? asked(time) : fixed(durationMs(time, 'staleIfError.for'))),
    standsInFor: when ? (error) => isSo(when, error) : NO_STAND_IN.standsInFor,
  };
}

/** @returns undefined where nothing is said, 0 where it is switched off */
export function readStaleTime(time: Duration | false | undefined, option: string): number | undefined {
  if (time === undefined) return undefined;
  return isOff(time) ? 0 : durationMs(time, option);
}

export function isOff(value: unknown): value is 0 | false {
  return value === 0 || value === false;
}

function isObject<R>(option: Duration | false | StaleIfError<R> | undefined): option is StaleIfError<R> {
  return typeof option === 'object' && (option as unknown) !== null;
}

function fixed(ms: number): Pick<StandIn, 'staleIfErrorMs' | 'standInMs'> {
  return { staleIfErrorMs: ms, standInMs: () => ms };
}

// Asked during a call, where nothing may throw.
function asked<R>(time: (result: R) => Duration | false): Pick<StandIn, 'staleIfErrorMs' | 'standInMs'> {
  const standInMs = (result: R): number => {
    try {
      return readStaleTime(time(result), 'staleIfError.for') ?? 0;
    } catch {
      return 0;
    }
  };
  return { staleIfErrorMs: Number.MAX_SAFE_INTEGER, standInMs };
}

// Asked while an error is on its way to the caller: that one is thrown, and no other.
function isSo(when: (error: unknown) => boolean, error: unknown): boolean {
  try {
    return when(error);
  } catch {
    return false;
  }
}

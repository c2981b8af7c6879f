/** How long past its life a value may still be served, and for which errors of its loader. */
import { assertFunction, assertKnown } from '../assertions';
import { type Duration, durationMs } from '../duration';
import type { StaleIfError } from './call-options';

/** Where a value past its life stands in for a failing loader. */
export interface StandIn {
  readonly staleIfErrorMs: number;
  /** Whether it does for this error. Never throws. */
  readonly standsInFor: (error: unknown) => boolean;
}

export const NO_STAND_IN: StandIn = { staleIfErrorMs: 0, standsInFor: () => true };

const STALE_IF_ERROR: Record<keyof StaleIfError, true> = { for: true, when: true };

/**
 * @returns undefined where nothing is said
 * @throws InvalidOptionsError when it cannot work
 */
export function readStaleIfError(option: Duration | false | StaleIfError | undefined): StandIn | undefined {
  if (!isObject(option)) {
    const staleIfErrorMs = readStaleTime(option, 'staleIfError');
    return staleIfErrorMs === undefined ? undefined : { ...NO_STAND_IN, staleIfErrorMs };
  }
  assertKnown(option, STALE_IF_ERROR, 'staleIfError.');
  const { when } = option;
  assertFunction(when, 'staleIfError.when', 'when: (error) => !(error instanceof ForbiddenException)');
  return {
    staleIfErrorMs: durationMs(option.for, 'staleIfError.for'),
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

function isObject(option: unknown): option is StaleIfError {
  return typeof option === 'object' && option !== null;
}

// Asked while an error is on its way to the caller: that one is thrown, and no other.
function isSo(when: (error: unknown) => boolean, error: unknown): boolean {
  try {
    return when(error);
  } catch {
    return false;
  }
}

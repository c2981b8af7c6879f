/** Repeats a step of DynamoDB's control plane, which does not know at once what it has just been told. */
import { backOff } from '../dynamodb/back-off';

const PATIENCE_MS = 2 * 60_000;

export interface Patience {
  readonly signal: AbortSignal;
  /** Names of errors that pass. */
  readonly passing: ReadonlySet<string>;
  /** @default two minutes */
  readonly patienceMs?: number | undefined;
}

/** @throws what the step throws: at once what does not pass, and in the end what has not passed */
export async function withPatience<T>(
  step: () => Promise<T>,
  { signal, passing, patienceMs = PATIENCE_MS }: Patience,
): Promise<T> {
  const giveUpMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      const isPassing = error instanceof Error && passing.has(error.name);
      if (!isPassing || performance.now() >= giveUpMs) throw error;
    }
    await backOff(attempt, signal);
  }
}

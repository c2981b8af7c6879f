import { InvalidOptionsError } from '../invalid-options-error';

export function assertRecord(value: unknown, option: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionsError(option, 'is no object: write { … }');
}

/** @param prefix `breaker.` for the options inside `breaker` */
export function assertKnown(value: object, known: Readonly<Record<string, true>>, prefix: string): void {
  for (const option of Object.keys(value)) {
    if (Object.hasOwn(known, option)) continue;
    const names = Object.keys(known);
    const similar = names.find((name) => distance(name.toLowerCase(), option.toLowerCase()) <= 2);
    const hint = similar ? `did you mean "${similar}"?` : `the options are ${names.join(', ')}`;
    throw new InvalidOptionsError(prefix + option, `there is no such option; ${hint}`);
  }
}

export function assertFlag(value: unknown, option: string): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new InvalidOptionsError(option, 'write true or false');
}

export function assertMethods(value: unknown, option: string, methods: readonly string[]): void {
  const has = (method: string) => typeof (value as Record<string, unknown> | null)?.[method] === 'function';
  if (typeof value === 'object' && methods.every(has)) return;
  throw new InvalidOptionsError(option, `is no object with the methods ${methods.join(' and ')}`);
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

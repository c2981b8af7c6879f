import { InvalidOptionsError } from './invalid-options-error';

/** @param instead what to write, such as `{ failures: 5 }` */
export function assertRecord(value: unknown, option: string, instead: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionsError(option, `is no object: write ${instead}`);
}

/** @param prefix `breaker.` for the options inside `breaker` */
export function assertKnown(value: object, known: Readonly<Record<string, true>>, prefix: string): void {
  for (const option of Object.keys(value)) {
    if (Object.hasOwn(known, option)) continue;
    const names = Object.keys(known);
    const similar = mostSimilar(option, names);
    const hint = similar ? `did you mean "${similar}"?` : `the options are ${names.join(', ')}`;
    throw new InvalidOptionsError(prefix + option, `there is no such option; ${hint}`);
  }
}

export function assertFlag(value: unknown, option: string): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new InvalidOptionsError(option, 'write true or false');
}

/** @param instead what to write, such as `key: (id) => id` */
export function assertFunction(value: unknown, option: string, instead: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new InvalidOptionsError(option, `is no function: write ${instead}`);
}

/** @param values what there is to choose from: two or more */
export function assertOneOf(value: unknown, values: readonly string[], option: string): void {
  if (value === undefined || (values as readonly unknown[]).includes(value)) return;
  const quoted = values.map((one) => `'${one}'`);
  throw new InvalidOptionsError(option, `write ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`);
}

/** @param instead what to write, such as `a Logger` */
export function assertMethods(
  value: unknown,
  option: string,
  methods: readonly string[],
  instead: string,
): void {
  const has = (method: string) => typeof (value as Record<string, unknown>)[method] === 'function';
  if ((typeof value === 'object' || typeof value === 'function') && value !== null && methods.every(has))
    return;
  throw new InvalidOptionsError(
    option,
    `is no object with the methods ${methods.join(' and ')}: write ${instead}`,
  );
}

/** The closest of the names, when so few letters differ that it must have been meant. */
function mostSimilar(written: string, names: readonly string[]): string | undefined {
  const tolerated = written.length > 4 ? 2 : 1;
  const distances = names.map((name) => ({
    name,
    distance: distance(name.toLowerCase(), written.toLowerCase()),
  }));
  const [closest] = distances.sort((a, b) => a.distance - b.distance);
  return closest && closest.distance <= tolerated ? closest.name : undefined;
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

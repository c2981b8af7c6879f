/** A step on the way to a value: an index, a property, or a place in a map or set, whose keys may be secret. */
export type Step = number | string | readonly [part: 'key' | 'value' | 'member', position: number];

const MAX_NAME_LENGTH = 40;

/** The path for a log line: `[0].headers`, `[1]["x-id"]`, `[0][value 2]`. */
export function describeSteps(steps: readonly (Step | undefined)[]): string {
  return steps.map(describeStep).join('');
}

function describeStep(step: Step | undefined): string {
  if (step === undefined) return '';
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return `[${step.join(' ')}]`;
  const name = step.slice(0, MAX_NAME_LENGTH);
  return IDENTIFIER.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

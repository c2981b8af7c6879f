/** Where the encoder is inside a value: one step for each level, overwritten in place because nearly all go unread. */
type Step = '' | 'property' | 'index' | 'map key' | 'map value' | 'set item' | 'serialized';

const PATH_LENGTH = 200;
const KEY_LENGTH = 40;

export class Trail {
  private readonly steps: Step[] = [];
  private readonly names: (string | number)[] = [];

  /** An object begins below `depth` others, and no step has been taken inside it yet. */
  enter(depth: number): void {
    this.steps[depth] = '';
    this.names[depth] = '';
  }

  /** The step taken from the object at `depth` (1 is the outermost) to the value that is visited now. */
  at(depth: number, step: Step, name: string | number): void {
    this.steps[depth - 1] = step;
    this.names[depth - 1] = name;
  }

  /** `.owner.tags[3]`, shortened in the middle when it is long. */
  path(depth: number): string {
    let path = '';
    for (let i = 0; i < depth && i < this.steps.length; i++) path += this.text(i);
    if (path.length <= PATH_LENGTH) return path;
    return `${path.slice(0, PATH_LENGTH / 2)}…${path.slice(-PATH_LENGTH / 2)}`;
  }

  private text(i: number): string {
    const name = this.names[i] ?? '';
    switch (this.steps[i]) {
      case 'property':
        return propertyText(String(name));
      case 'index':
        return `[${String(name)}]`;
      case '':
        return '';
      default:
        return `<${this.steps[i] ?? ''} ${String(name)}>`;
    }
  }
}

function propertyText(key: string): string {
  const short = key.length > KEY_LENGTH ? `${key.slice(0, KEY_LENGTH)}…` : key;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*…?$/u.test(short) ? `.${short}` : `[${JSON.stringify(short)}]`;
}

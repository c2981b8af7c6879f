import { InvalidOptionsError } from '../invalid-options-error';

/**
 * Which function owns a name. Two functions under one name would answer each other's calls, so the second one is
 * refused.
 */
export class FunctionNames {
  private readonly owners = new Map<string, { owner: object; part: object | undefined }>();

  /** The function that has a name. */
  ownerOf(name: string): object | undefined {
    return this.owners.get(name)?.owner;
  }

  /**
   * @param part tells owners apart that share a function, such as two classes that inherit one method
   * @returns false when the name belongs to another
   */
  tryClaim(name: string, owner: object, part?: object): boolean {
    const known = this.owners.get(name);
    if (known) return known.owner === owner && known.part === part;
    this.owners.set(name, { owner, part });
    return true;
  }

  /** @throws InvalidOptionsError when the name belongs to another */
  claim(name: string, owner: object, part?: object): void {
    if (this.tryClaim(name, owner, part)) return;
    throw new InvalidOptionsError(
      'name',
      `"${name}" is the name of another cached function. Give each its own, and memoize a function once, not per call`,
    );
  }
}

// Bundlers shorten names to one or two letters, and another bundle gives the same letters to another function.
const MINIFIED = /^[\w$]{0,2}$/;

/** @throws InvalidOptionsError when the name may not be the function's own */
export function assertOwnName(name: string): string {
  if (!MINIFIED.test(name)) return name;
  throw new InvalidOptionsError(
    'name',
    `"${name}" cannot name cached calls: it is empty or was shortened by a bundler, and another function may get it ` +
      "too. Write { name: 'menu' }",
  );
}

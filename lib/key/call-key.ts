import { canonicalArguments } from './canonical';
import { digest, isShortEnoughToRead } from './digest';

/**
 * The key of a method call: `Menus.find("7",{"page":1})`, or `Menus.find(~sha256:…)` when that is over 512 bytes.
 *
 * Canonical text is balanced and quoted, so the name may hold any characters and two calls still share a key only if
 * both the names and the arguments are equal.
 *
 * @param name `Class.method`, or the name the user gave the method
 * @throws {NotDataError} when an argument is not data
 * @example await cache.delete(callKey('MenuService.menu', ['7']));
 */
export function callKey(name: string, args: readonly unknown[]): string {
  return keyOfCall(name, canonicalArguments(args));
}

/** `callKey` of arguments that were written already. */
export function keyOfCall(name: string, text: string): string {
  const key = `${name}(${text})`;
  return isShortEnoughToRead(key) ? key : `${name}(${digest(text)})`;
}

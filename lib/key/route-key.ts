import { digest, isShortEnoughToRead } from './digest';

/** A text, none, or a list of parts. */
export type RoutePart = string | null | readonly RoutePart[];

/**
 * The key of a route's response: `Menus.find(GET {"path":"/menus/7","query":""})`. It starts with the name of the
 * handler, so that what evicts all calls of a method evicts these; and no call's key has a word in front of its
 * arguments, so the two never meet.
 *
 * @param parts all that tells one response of the handler from another: texts, in an order that is always the same
 */
export function routeKey(name: string, parts: Readonly<Record<string, RoutePart>>): string {
  const text = JSON.stringify(parts);
  const key = `${name}(GET ${text})`;
  return isShortEnoughToRead(key) ? key : `${name}(GET ${digest(text)})`;
}

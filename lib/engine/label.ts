/**
 * What the log calls a key: `RestaurantService.menu` for a method's key, whose arguments may be private, and the key
 * itself, shortened, for one that the user wrote.
 */
export function labelOf(key: string): string {
  return isCall(key) ? key.slice(0, endOfName(key)) : key.slice(0, 80);
}

/** Whether a key looks like a call: a name before a parenthesis. */
export function isCall(key: string): boolean {
  return endOfName(key) > 0;
}

// No name is empty, so a parenthesis in front belongs to it.
function endOfName(key: string): number {
  return key.indexOf('(', 1);
}

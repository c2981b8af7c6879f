/**
 * What the log calls a key: `RestaurantService.menu` for a method's key, whose arguments may be private, and the key
 * itself, shortened, for one that the user wrote.
 */
export function labelOf(key: string): string {
  const end = key.indexOf('(');
  return end > 0 ? key.slice(0, end) : key.slice(0, 80);
}

/**
 * Classes that say themselves how they are written: those with `#private` state, of built-ins, of other libraries. What
 * `deserialize` is given comes out of a table: another deployment may have written it, or nobody that we know.
 */
import { UndecodableValueError } from './codec-errors';

/** How the instances of one class are written and rebuilt; made by `customType`. */
export interface CustomType<T extends object = object, D = unknown> {
  /** The class. Instances of classes that extend it are not its instances. */
  readonly type: { readonly prototype: T; readonly name: string };
  /** What to store: anything the cache keeps by itself, other classes in `types` included, but not the instance itself. */
  serialize(value: T): D;
  /** A new instance from what `serialize` gave. What it throws at is a miss. */
  deserialize(data: D): T;
}

/**
 * An entry of `types` for a class whose state does not lie in its own enumerable properties. It is kept wherever a value
 * holds it, in what methods, routes and memoized functions return and in what is set.
 *
 * The data may come from a deployment that wrote another form: `deserialize` throws at what it does not understand, and
 * the value is loaded again. Where an old form would be taken for a new one, change the cache's `version`.
 *
 * @example
 * const address = customType({
 *   type: URL,
 *   serialize: (url) => url.href,
 *   deserialize: (href) => new URL(href),
 * });
 * const cache = createDynamoCache({ types: [address] });
 */
export function customType<T extends object, D>(custom: CustomType<T, D>): CustomType<T, D> {
  return custom;
}

/** @throws UndecodableValueError when no instance of the class comes of the data; what was thrown may repeat it */
export function rebuilt(name: string, prototype: object, custom: CustomType, data: unknown): object {
  let instance: unknown;
  try {
    instance = custom.deserialize(data);
  } catch {
    throw new UndecodableValueError(`the \`deserialize\` of ${name} threw`);
  }
  if (typeof instance === 'object' && instance !== null && Object.getPrototypeOf(instance) === prototype)
    return instance;
  throw new UndecodableValueError(`the \`deserialize\` of ${name} gave no ${name}`);
}

/**
 * Gives a wrapper the name, the arity and all metadata of the method it stands for. Decorators below this one have left
 * their metadata on the method, and Nest, swagger and others look them up on what the class holds in the end.
 */
export function copyIdentity(from: object, to: object): void {
  for (const property of ['name', 'length'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(from, property);
    if (descriptor) Object.defineProperty(to, property, descriptor);
  }
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}

/**
 * The interceptors around a handler, in Nest's order: the global ones, then those of its controller, then its own. Nest's names
 * of metadata are as in route.ts.
 */
import type { Class, Handler } from './by-handler';
import type { HostApplication } from './host-application';

/** Marks those that hand on, in HTTP, what they are given: they see it, and do nothing about it. */
export const HANDS_ON = Symbol('hands on');

/** @returns undefined when there is none, or when it is another one for each request */
export function outermostAround(
  owner: Class,
  handler: Handler,
  { config, modules }: HostApplication,
): object | undefined {
  if (config.getGlobalRequestInterceptors().length > 0) return undefined;
  const all = [...config.getGlobalInterceptors(), ...interceptorsOn(owner), ...interceptorsOn(handler)];
  const outermost = all.find((interceptor) => !(HANDS_ON in interceptor));
  return typeof outermost === 'function' ? instanceIn(owner, outermost, modules) : outermost;
}

function interceptorsOn(target: Class | Handler): object[] {
  return (Reflect.getMetadata('__interceptors__', target) ?? []) as object[];
}

// Nest makes one for each module with controllers that name the class, or takes what a test has put in its place.
function instanceIn(owner: Class, named: object, modules: HostApplication['modules']): object | undefined {
  const homes = [...modules.values()].filter(({ controllers }) => controllers.has(owner));
  const wrapper = homes.length === 1 ? homes[0]?.injectables.get(named as Class) : undefined;
  return wrapper?.isDependencyTreeStatic() ? (wrapper.instance as object) : undefined;
}

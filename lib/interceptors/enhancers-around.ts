/**
 * What stands around a handler, in Nest's order: guards, then interceptors, of each the global ones, then those of its
 * controller, then its own. What the outermost interceptor answers is seen by nobody else before the server has it. Nest's
 * names of metadata are as in route.ts.
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
  const all = [...config.getGlobalInterceptors(), ...namedOn('__interceptors__', owner, handler)];
  const outermost = all.find((interceptor) => !(HANDS_ON in interceptor));
  return typeof outermost === 'function' ? instanceIn(owner, outermost, modules) : outermost;
}

/** Whether code of the application runs for each request before the interceptors: guards, or what makes the controller. */
export function isGuarded(owner: Class, handler: Handler, { config, modules }: HostApplication): boolean {
  const guards = [...config.getGlobalGuards(), ...namedOn('__guards__', owner, handler)];
  if (guards.length > 0) return true;
  // Global guards of each request are among what makes a controller.
  return !homesOf(owner, modules).every(({ controllers }) =>
    controllers.get(owner)?.isDependencyTreeStatic(),
  );
}

function namedOn(metadata: string, ...targets: (Class | Handler)[]): object[] {
  return targets.flatMap((target) => (Reflect.getMetadata(metadata, target) ?? []) as object[]);
}

function homesOf(owner: Class, modules: HostApplication['modules']) {
  return [...modules.values()].filter(({ controllers }) => controllers.has(owner));
}

// Nest makes one for each module with controllers that name the class, or takes what a test has put in its place.
function instanceIn(owner: Class, named: object, modules: HostApplication['modules']): object | undefined {
  const homes = homesOf(owner, modules);
  const wrapper = homes.length === 1 ? homes[0]?.injectables.get(named as Class) : undefined;
  return wrapper?.isDependencyTreeStatic() ? (wrapper.instance as object) : undefined;
}

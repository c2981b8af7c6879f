/**
 * Which interceptor Nest calls after a global one, told as Nest itself tells it: global ones, then those of the class,
 * then those of the handler. What cannot be told for sure is not told.
 */
import type { ExecutionContext } from '@nestjs/common';
import type { HostApplication } from './host-application';

/** @returns the instance that Nest calls; undefined when there is none, or no telling */
export function interceptorAfter(
  own: object,
  context: ExecutionContext,
  { config, modules }: Pick<HostApplication, 'config' | 'modules'>,
): unknown {
  const globals: readonly unknown[] = config.getGlobalInterceptors();
  const place = globals.indexOf(own);
  if (place < 0) return undefined;
  if (place + 1 < globals.length) return globals[place + 1];
  // Those stand behind the other global ones, and are made for each request.
  if (config.getGlobalRequestInterceptors().length > 0) return undefined;
  const owner = context.getClass();
  const [near] = [owner, context.getHandler()].flatMap(
    (target) => (Reflect.getMetadata('__interceptors__', target) ?? []) as unknown[],
  );
  return typeof near === 'function' ? instanceOf(near, owner, modules) : near;
}

// A class that stands in several modules has an interceptor in each of them.
function instanceOf(interceptor: object, owner: object, modules: HostApplication['modules']): unknown {
  const homes = [...modules.values()].filter(({ controllers }) => controllers.has(owner as never));
  const wrapper = homes.length === 1 ? homes[0]?.injectables.get(interceptor as never) : undefined;
  return wrapper?.isDependencyTreeStatic() ? wrapper.instance : undefined;
}

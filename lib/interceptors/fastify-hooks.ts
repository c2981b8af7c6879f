import type { HttpServer } from '@nestjs/common';

type Point = 'preValidation' | 'preHandler' | 'preSerialization';

/**
 * The names of the functions that a Fastify server calls at points of a request's way, on any of its routes. Its listing of
 * routes is the only place that tells; asked once the application listens, when all hooks are there.
 *
 * @returns undefined when it cannot be told
 */
export function hooksAt(adapter: HttpServer, ...points: readonly Point[]): ReadonlySet<string> | undefined {
  const instance = adapter.getInstance() as { printRoutes(options: { includeHooks: boolean }): string };
  try {
    const listing = instance.printRoutes({ includeHooks: true });
    const lists = points.flatMap((point) => [
      ...listing.matchAll(new RegExp(`\\(${point}\\) (\\[.*\\])`, 'g')),
    ]);
    return new Set(lists.flatMap(([, names = '[]']) => JSON.parse(names) as string[]));
  } catch {
    return undefined;
  }
}

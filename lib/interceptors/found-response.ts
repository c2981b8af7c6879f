/** A response that was found, or loaded by another request, with its times. */
import type { RouteCalls } from '../engine/route-calls';
import type { Times } from '../http/reuse';
import { type StoredResponse, isStoredResponse } from '../http/stored-response';
import type { Entry } from '../tiers/entry';

export class FoundResponse {
  private opened: { readonly value: unknown } | undefined;

  constructor(
    readonly response: StoredResponse,
    private readonly entry: Entry | undefined,
    private readonly routes: RouteCalls,
    private readonly name: string,
  ) {}

  /** @returns undefined when it is no response, or not one that this release knows */
  static in(
    value: unknown,
    entry: Entry | undefined,
    routes: RouteCalls,
    name: string,
  ): FoundResponse | undefined {
    return isStoredResponse(value) ? new FoundResponse(value, entry, routes, name) : undefined;
  }

  /** The value it was made of; undefined when its bytes cannot be decoded. */
  get body(): { readonly value: unknown } | undefined {
    return (this.opened ??= this.routes.decode(this.response.body, this.name));
  }

  get times(): Times {
    const { nowMs } = this.routes;
    const { loadedAtMs = nowMs, freshUntilMs = nowMs } = this.entry ?? {};
    const ageMs = this.response.initialAgeMs + Math.max(0, nowMs - loadedAtMs);
    return { ageMs, remainingMs: freshUntilMs - nowMs };
  }
}

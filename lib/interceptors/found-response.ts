/** A response that was found, or loaded by another request, with its times. */
import type { RouteCalls } from '../engine/route-calls';
import type { Times } from '../http/reuse';
import { type StoredResponse, isStoredResponse } from '../http/stored-response';
import type { Entry } from '../tiers/entry';
import { COPIED_BYTES } from '../tiers/memory-tier';

/** What servers send of small bodies, by their bytes: what memory holds is served many times. */
const written = new WeakMap<Uint8Array, string>();

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

  /** What a server writes of the body, once for all; undefined when it is not to be kept, or cannot be told. */
  written(write: (value: unknown) => string | undefined): string | undefined {
    const { body: bytes } = this.response;
    const known = written.get(bytes);
    if (known !== undefined || bytes.byteLength > COPIED_BYTES) return known;
    const text = this.body && write(this.body.value);
    if (text !== undefined) written.set(bytes, text);
    return text;
  }

  get times(): Times {
    const { nowMs } = this.routes;
    const { loadedAtMs = nowMs, freshUntilMs = nowMs } = this.entry ?? {};
    const ageMs = this.response.initialAgeMs + Math.max(0, nowMs - loadedAtMs);
    return { ageMs, remainingMs: freshUntilMs - nowMs };
  }
}

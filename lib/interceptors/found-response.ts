/** A response that was found, or loaded by another request, with its times. */
import type { DynamoCache } from '../engine/dynamo-cache';
import type { Times } from '../http/reuse';
import { JSON_FORMAT, type StoredResponse, isStoredResponse } from '../http/stored-response';
import type { Entry } from '../tiers/entry';
import { bytesOf } from './stored-body';

/** For whom it was found. */
interface Asker {
  readonly cache: DynamoCache;
  readonly name: string;
  /** Whether values are kept as JSON, and sent as they are kept. */
  readonly isJson: boolean;
}

export class FoundResponse {
  private opened: { readonly value: unknown } | undefined;

  constructor(
    readonly response: StoredResponse,
    private readonly entry: Entry | undefined,
    private readonly asker: Asker,
  ) {}

  /** @returns undefined when it is no response, not one that this release knows, or JSON where a value is needed */
  static in(value: unknown, entry: Entry | undefined, asker: Asker): FoundResponse | undefined {
    if (!isStoredResponse(value) || (value.format === JSON_FORMAT && !asker.isJson)) return undefined;
    return new FoundResponse(value, entry, asker);
  }

  /** What is sent; undefined when its bytes cannot be decoded. */
  get body(): { readonly value: unknown } | undefined {
    return (this.opened ??= this.open());
  }

  private open(): { readonly value: unknown } | undefined {
    const { cache, name } = this.asker;
    const { body, format } = this.response;
    return format === JSON_FORMAT ? { value: body } : cache.routes.decode(bytesOf(this.response), name);
  }

  get times(): Times {
    const { nowMs } = this.asker.cache.routes;
    const { loadedAtMs = nowMs, freshUntilMs = nowMs } = this.entry ?? {};
    const ageMs = this.response.initialAgeMs + Math.max(0, nowMs - loadedAtMs);
    return { ageMs, remainingMs: freshUntilMs - nowMs };
  }
}

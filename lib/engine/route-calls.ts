/**
 * Cached calls in two steps, for the HTTP cache: it reads, judges by HTTP's own rules whether what was found may answer
 * this request, and then goes on as it has judged.
 */
import { momentOf } from '../moment';
import type { Entry } from '../tiers/entry';
import type { Answer } from './answer';
import type { CallOptions } from './call-options';
import type { Engine } from './engine';
import type { LoadReport, OwnTerms } from './load-request';
import { type Freshness, type FreshnessPolicy, freshnessOf } from './freshness';
import type { Outcome } from './outcome';
import type { Policy } from './policy';
import { RecentAddresses } from './recent-addresses';
import type { Target } from './target';

/**
 * How long callers of a key do not wait for one another after a result that was one caller's own: they would wait one
 * behind the other, and each for nothing. Meanwhile the first result that can be kept is kept, and ends it.
 */
const UNSHARED_MS = 10_000;

/** What a read has found. */
export interface Sighting {
  readonly target: Target;
  readonly answer: Answer;
  readonly outcome: Outcome | undefined;
  readonly askedAtMs: number;
  /** Under which name `stats()` counts the call. */
  readonly name: string;
}

export interface RouteLoad<R> extends Pick<OwnTerms<R>, 'pack' | 'stale'> {
  readonly loader: () => Promise<R>;
  /** Whether a result says that it is one caller's own. */
  readonly isOwn: (result: R) => boolean;
  /** The loader of a refresh, and what it waits for: the answer before it. Rejects when that does not end. */
  readonly behind: { readonly isOver: () => Promise<void>; readonly loader: () => Promise<R> };
  readonly policy: Policy<R>;
}

export interface Proceeded<R> {
  /** The loader's result; or what stands in the table, or was loaded for another, as `pack` made it. */
  readonly result: R | { readonly stored: unknown; readonly entry: Entry | undefined };
  readonly report: LoadReport;
}

interface Parts {
  readonly engine: Engine;
  /** Where a key is; undefined when there is no telling. */
  readonly targetOf: (key: string, tags: readonly string[], name: string) => Target | undefined;
  readonly policyOf: (options: CallOptions<readonly unknown[], unknown>) => Policy;
}

export class RouteCalls {
  /** Where a refresh waits for the answer before it to be out. Another one is not needed. */
  private readonly waiting = new Set<string>();
  /** With `memory.isolate: false`, values by their bytes. */
  private readonly decoded = new WeakMap<Uint8Array, { readonly value: unknown }>();

  /** Keys whose results were one caller's own. */
  private readonly unshared: RecentAddresses;

  constructor(private readonly parts: Parts) {
    this.unshared = new RecentAddresses(parts.engine.options.clock, UNSHARED_MS);
  }

  get nowMs(): number {
    return this.parts.engine.options.clock.now();
  }

  get maxTtlMs(): number {
    return this.parts.engine.options.policy.maxTtlMs;
  }

  /** Whether bytes can be a part of a value. */
  get keepsBytes(): boolean {
    return this.parts.engine.values.keepsBytes;
  }

  /** @throws InvalidOptionsError when an option cannot work */
  policyOf(options: CallOptions<readonly unknown[], unknown>): Policy {
    return this.parts.policyOf(options);
  }

  /** What stands under a key now, without a wait when this process knows it; undefined when the call cannot be cached. */
  find(key: string, tags: readonly string[], name: string): Sighting | undefined | Promise<Sighting> {
    const { reader, options } = this.parts.engine;
    const target = this.parts.targetOf(key, tags, name);
    if (!target) return undefined;
    const askedAt = momentOf(options.clock);
    const recalled = reader.recall(target, askedAt);
    if (recalled) return this.sightingOf(target, recalled, askedAt.monotonicMs, name);
    return this.ask(target, askedAt.monotonicMs, name);
  }

  /** Counts a call that is served what was found, and for which nothing else is to be done. */
  hit({ target, answer, askedAtMs, name }: Sighting): void {
    const { observer, options } = this.parts.engine;
    observer.hit({ label: target.label, name }, answer.source, options.clock.monotonic() - askedAtMs);
  }

  private async ask(target: Target, askedAtMs: number, name: string): Promise<Sighting> {
    const answer = await this.parts.engine.reader.ask(target, { label: target.label, name });
    return this.sightingOf(target, answer, askedAtMs, name);
  }

  private sightingOf(target: Target, answer: Answer, askedAtMs: number, name: string): Sighting {
    const { values } = this.parts.engine;
    // Nobody changes what is decoded here, so an entry in memory is decoded once; its body is decoded for each caller.
    const outcome = answer.entry && values.decodeShared(target.label, answer.entry);
    return { target, answer, outcome, askedAtMs, name };
  }

  /** @param stale how long past its life the response may stand in */
  freshnessOf(
    entry: Entry,
    { staleWhileRevalidateMs, staleIfErrorMs }: Omit<FreshnessPolicy, 'refreshAhead'>,
    refreshAhead: number | undefined,
  ): Freshness {
    return freshnessOf(entry, this.nowMs, { staleWhileRevalidateMs, staleIfErrorMs, refreshAhead });
  }

  /**
   * @param freshness what may be done with what was found; 'expired' is as if there were nothing
   * @throws what the loader throws, unchanged, or a LoaderTimeoutError
   */
  async proceed<R extends object>(
    sighting: Sighting,
    freshness: Freshness,
    { loader, policy, behind, pack, stale, isOwn }: RouteLoad<R>,
  ): Promise<Proceeded<R>> {
    const { target, outcome, askedAtMs, name } = sighting;
    const isOfUse = freshness !== 'expired' && outcome !== undefined;
    const answer = isOfUse ? sighting.answer : { ...sighting.answer, entry: undefined };
    const report: LoadReport = {};
    let isOver = false;
    let loaded: R | undefined;
    const request = {
      target,
      policy,
      subject: { label: target.label, name },
      own: {
        pack,
        stale,
        behind: { isReady: () => this.isReady(target.address, behind.isOver), loader: behind.loader },
        isOver: () => isOver,
        isAlone: () => this.unshared.isRecent(target.address),
        report,
      },
      loader: async () => {
        loaded = await loader();
        if (isOwn(loaded)) this.unshared.record(target.address);
        else this.unshared.forget(target.address);
        return loaded;
      },
    };
    const usable = isOfUse ? outcome : undefined;
    const proceeding = this.parts.engine.loads.proceed(request, answer, usable, freshness, askedAtMs);
    const result = await proceeding.finally(() => {
      isOver = true;
    });
    if (loaded !== undefined && result === loaded) return { result, report };
    const isFound = outcome?.failed === false && result === outcome.value;
    const entry = isFound ? sighting.answer.entry : report.entry;
    return { result: { stored: result, entry }, report };
  }

  private async isReady(address: string, isOver: () => Promise<void>): Promise<boolean> {
    if (this.waiting.has(address)) return false;
    this.waiting.add(address);
    try {
      await isOver();
      return true;
    } catch {
      return false;
    } finally {
      this.waiting.delete(address);
    }
  }

  /** The bytes of a value; undefined when it cannot be kept. */
  encode(value: unknown, name: string): Uint8Array | undefined {
    return this.parts.engine.values.encode(value, { label: name, name });
  }

  /** The value in bytes; undefined when they cannot be decoded. Each caller's own, unless memory hands out one for all. */
  decode(bytes: Uint8Array, name: string): { readonly value: unknown } | undefined {
    const { options, values } = this.parts.engine;
    const known = this.decoded.get(bytes);
    if (known) return known;
    const outcome = values.decodeAgain(name, { bytes });
    if (outcome?.failed !== false) return undefined;
    if (options.memory?.isolate === false) this.decoded.set(bytes, outcome);
    return outcome;
  }
}

/**
 * From a call of a function to a cached load: whether the call is cached at all, and under which key. What the user
 * wrote (`key`, `when`, `tags`, a namespace function) may throw; then the call is simply not cached.
 */
import { looksLikeSeconds } from '../duration';
import { InvalidOptionsError } from '../invalid-options-error';
import { callKey } from '../key/call-key';
import { NotDataError } from '../key/not-data-error';
import type { Subject } from '../observability/observer';
import type { CallOptions, LoadOptions } from './call-options';
import type { Engine } from './engine';
import type { StalePolicy } from './entries';
import { labelOf } from './label';
import { LoaderBatch, type ManyOptions, type ManyResults, keysOf, resultsById, shape } from './many-calls';
import { type Policy, resolvePolicy } from './policy';
import type { Target } from './target';
import type { LatestPlace, Targets } from './targets';

/** What all calls of a function have in common: worked out once, because every hit needs it. */
interface Common<R = unknown> extends LatestPlace {
  readonly policy: Policy<R>;
  readonly subject: Subject;
}

export class CachedCalls {
  /** Policies by the options object they were read from: a decorator's is the same at every call. */
  private readonly policies = new WeakMap<object, Policy>();
  /** By the options object, too; of the latest name, should several functions have one. */
  private readonly common = new WeakMap<object, Common>();

  constructor(
    private readonly engine: Engine,
    private readonly targets: Targets,
  ) {}

  /** @param run never throws: it rejects */
  call<A extends readonly unknown[], R>(
    name: string,
    options: CallOptions<A, R>,
    args: A,
    run: () => Promise<R>,
  ): Promise<R> {
    const { when } = options;
    if (when && !this.answer(() => when(...args), 'when', name)) return run();
    const common = this.commonOf(name, options);
    const target = this.targetOf(name, options, args, common);
    if (!target) return run();
    const { policy, subject } = common;
    return this.engine.loads.load({ target, policy, loader: run, subject });
  }

  /** One call with a list of ids, of which only those are loaded that are not cached. */
  async callMany<K, R>(
    name: string,
    options: ManyOptions<R>,
    ids: readonly K[],
    rest: readonly unknown[],
    run: (ids: readonly K[]) => Promise<ManyResults<K, R>>,
  ): Promise<ManyResults<K, R | undefined>> {
    const targets = this.targetsOf(name, ids, rest);
    if (!targets || targets.size === 0) return run(ids);
    const batch = new LoaderBatch<K, R>(async (missing) =>
      resultsById(name, missing, await run(missing), options),
    );
    const policy = this.manyPolicyOf(options);
    const requests = [...targets].map(([id, target]) => ({
      target,
      policy,
      loader: () => batch.load(id),
      subject: { label: name, name },
    }));
    const settled = await this.engine.loads.loadAll(requests);
    const results = new Map<K, R | undefined>();
    [...targets.keys()].forEach((id, i) => {
      const result = settled[i];
      if (result?.status === 'rejected') throw result.reason;
      results.set(id, result?.value);
    });
    return shape(ids, (id) => results.get(id), options);
  }

  /** Writes a value over whatever stands there; without bytes or a life, evicts. `name` is the method's it is of. */
  async put(
    target: Target,
    bytes: Uint8Array | undefined,
    ttlMs: number | undefined,
    policy: StalePolicy,
    name?: string,
  ): Promise<boolean> {
    const subject = { label: target.label, name };
    const { entries, evictor, inFlight, reader, writer } = this.engine;
    if (!bytes || ttlMs === undefined) {
      await inFlight.track(evictor.evict(target.address, subject));
      return false;
    }
    const loadedAtMs = this.engine.options.clock.now();
    evictor.overtake(target.address);
    const life = Math.min(ttlMs, this.engine.options.policy.maxTtlMs);
    return inFlight.track(
      (async () => {
        const generations = await reader.stampsOf(target, subject);
        // Without the present generations a value would be invalid, or valid when it should not be.
        if (!generations) {
          await evictor.evict(target.address, subject);
          return false;
        }
        const seen = { known: true, version: undefined, generations } as const;
        const entry = entries.make(target, bytes, life, policy, { seen, loadedAtMs });
        return writer.put(target, entry, subject);
      })(),
    );
  }

  /** A TTL written as a bare number below one second is nearly always meant in seconds. */
  warnOfSeconds(ttl: unknown): void {
    if (typeof ttl !== 'number' || !looksLikeSeconds(ttl)) return;
    this.engine.log.warn(
      `short-ttl:${ttl}`,
      `A ttl of ${ttl} is ${ttl} milliseconds. If seconds are meant, write '${ttl}s'.`,
    );
  }

  /** @throws NotDataError when the arguments are not data */
  keyOf<A extends readonly unknown[]>(
    name: string,
    { key }: Pick<CallOptions<A, never>, 'key'>,
    args: A,
  ): string {
    return callKey(name, key ? [key(...args)] : args);
  }

  /** Where a key is; undefined, and said once, when its namespace cannot be told. */
  tryTarget(key: string, tags: readonly string[] | undefined, name = labelOf(key)): Target | undefined {
    try {
      return this.targets.of(key, tags);
    } catch (error) {
      this.refuse(name, error);
      return undefined;
    }
  }

  private commonOf<A extends readonly unknown[], R>(name: string, options: CallOptions<A, R>): Common<R> {
    const known = this.common.get(options);
    if (known?.subject.name === name) return known;
    const common = { policy: this.policyOf(options), subject: { label: name, name }, place: undefined };
    this.common.set(options, common as Common);
    return common;
  }

  private targetOf<A extends readonly unknown[]>(
    name: string,
    options: Pick<CallOptions<A, never>, 'key' | 'tags'>,
    args: A,
    latest: LatestPlace,
  ): Target | undefined {
    const { tags } = options;
    try {
      const dependsOn = typeof tags === 'function' ? tags(...args) : tags;
      return this.targets.ofCall(name, options.key ? [options.key(...args)] : args, dependsOn, latest);
    } catch (error) {
      this.refuse(name, error);
      return undefined;
    }
  }

  private targetsOf<K>(
    name: string,
    ids: readonly K[],
    rest: readonly unknown[],
  ): Map<K, Target> | undefined {
    try {
      return new Map([...keysOf(name, ids, rest)].map(([id, key]) => [id, this.targets.of(key)]));
    } catch (error) {
      this.refuse(name, error);
      return undefined;
    }
  }

  private manyPolicyOf<R>(options: ManyOptions<R>): Policy<R | undefined> {
    const known = this.policies.get(options);
    if (known) return known;
    const { id: _id, as: _as, cacheMissing = false, ...rest } = options;
    const unless = (result: R | undefined) => result === undefined && !cacheMissing;
    const policy = resolvePolicy(
      { ...(rest as LoadOptions<R | undefined>), unless, lease: false },
      this.engine.options.policy,
    );
    this.policies.set(options, policy as Policy);
    return policy;
  }

  private refuse(name: string, error: unknown): void {
    this.engine.observer.uncacheable({ label: name, name });
    const isOurs = error instanceof NotDataError || error instanceof InvalidOptionsError;
    const why = isOurs ? error.message : 'Its key, tags or namespace function failed.';
    this.engine.log.warn(`key:${name}`, `A call of ${name} is not cached. ${why}`);
  }

  /** @throws InvalidOptionsError when an option cannot work */
  policyOf<A extends readonly unknown[], R>(options: CallOptions<A, R>): Policy<R> {
    const known = this.policies.get(options);
    if (known) return known;
    const { tags: _tags, ...rest } = options;
    const policy = resolvePolicy<R>(rest, this.engine.options.policy);
    this.warnOfSeconds(options.ttl);
    this.policies.set(options, policy as Policy);
    return policy;
  }

  private answer(ask: () => boolean, option: string, label: string): boolean {
    try {
      return ask();
    } catch {
      this.engine.log.warn(
        `${option}:${label}`,
        `The "${option}" of ${label} threw: such calls are not cached.`,
      );
      return false;
    }
  }
}

/** One call that wants a value. */
import type { Subject } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { Policy } from './policy';
import type { Target } from './target';

export interface LoadRequest<R = unknown> {
  readonly target: Target;
  readonly policy: Policy<R>;
  readonly loader: () => R | Promise<R>;
  readonly subject: Subject;
  /** For a result that is more than a value, such as the HTTP cache's. */
  readonly own?: OwnTerms<R>;
}

/** How a result is kept, where it is more than a value. Errors are each caller's own, and never given to another. */
export interface OwnTerms<R> {
  /** The bytes of a result; none when it is not to be kept, nor given to those who have joined its load. */
  readonly pack: (result: R) => Uint8Array | undefined;
  /** How long past its life a result may stand in. */
  readonly stale: (result: R) => Pick<Policy, 'staleWhileRevalidateMs' | 'staleIfErrorMs'>;
  readonly behind: BehindAnswer<R>;
  /** Whether the caller has its answer already, by a timeout: a loader that has not begun by then never does. */
  readonly isOver: () => boolean;
  /** Whether results of this key have lately been one caller's own: then nobody waits for another's. */
  readonly isAlone: () => boolean;
  /** Is told what became of the load. */
  readonly report: LoadReport;
}

/** A refresh that has to wait until the answer it stands behind is out. */
export interface BehindAnswer<R> {
  /** Resolves to whether the refresh may begin. */
  readonly isReady: () => Promise<boolean>;
  /** What it runs instead of the loader. */
  readonly loader: () => R | Promise<R>;
}

export interface LoadReport {
  /** What was kept, or shared by the load that was joined. */
  entry?: Entry | undefined;
  isStored?: boolean;
}

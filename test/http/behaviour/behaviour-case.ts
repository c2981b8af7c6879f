/** One case of how the cache behaves: what is sent one after the other, what the handler says, and who answers. */
import type { Headers } from '../../support/http-client';

/** The handlers differ in their policy alone. */
export type RouteName = 'plain' | 'stale' | 'deaf' | 'by-host';

export interface Handled {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Headers;
  /** The handler throws instead. */
  readonly throws?: 'an HttpException' | 'an error';
}

export interface Step {
  /** Seconds that pass before. @default 0 */
  readonly after?: number;
  /** @default 'GET' */
  readonly method?: string;
  /** With its question mark. @default none */
  readonly query?: string;
  readonly headers?: Headers;
  /** @default none */
  readonly body?: string;
  /** `$etag` in a header stands for the ETag of the answer before; `$now-60` for a date a minute ago. */
  readonly handler?: Handled;
  /** How many ask at once; the handler goes on when all have. @default 1 */
  readonly together?: number;
  /** Each of them is answered by a call of its own. @default false: they share one */
  readonly alone?: boolean;
  /** Whose body comes back: the handler's of now, that of its n-th call, a whole one of either, or none. */
  readonly from: 'handler' | 'either' | 'nobody' | number;
  /** The handler is asked although it is not its body that comes back. @default false */
  readonly asks?: boolean;
  /** @default that of the handler's answer */
  readonly status?: number;
  readonly has?: Readonly<Record<string, string | RegExp>>;
  readonly hasNot?: readonly string[];
}

export interface BehaviourCase {
  /** As the cache-tests project calls it, where it has this case. */
  readonly id: string;
  /** What the cache does, as a reader of the table needs it. */
  readonly does: string;
  /** Why it is other than what the cache-tests project looks for. @default it is what that looks for */
  readonly differs?: string;
  /** @default 'plain' */
  readonly route?: RouteName;
  readonly steps: readonly Step[];
}

export interface BehaviourGroup {
  readonly title: string;
  readonly cases: readonly BehaviourCase[];
}

/** A case of the cache-tests project, or a group of them, that an origin-side cache cannot meet. */
export interface NotApplicable {
  readonly ids: string;
  readonly why: string;
}

const seconds = 3;

/** The handler answers with these headers; three seconds later the stored answer serves the same question. */
export function reused(headers: Headers, handled: Handled = {}): Step[] {
  return [
    { handler: { ...handled, headers }, from: 'handler' },
    { after: seconds, from: 1 },
  ];
}

/** The handler answers with these headers; three seconds later it is asked again. */
export function notReused(headers: Headers, handled: Handled = {}): Step[] {
  return [
    { handler: { ...handled, headers }, from: 'handler' },
    { after: seconds, from: 'handler' },
  ];
}

/** As `reused`, for the header Cache-Control. */
export const reusedUnder = (...control: string[]): Step[] => reused({ 'Cache-Control': control });

/** As `notReused`, for the header Cache-Control. */
export const notReusedUnder = (...control: string[]): Step[] => notReused({ 'Cache-Control': control });

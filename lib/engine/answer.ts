/** What a read comes to, and what memory keeps of it. */
import type { Moment } from '../moment';
import type { SharedOutcome } from './outcome';
import type { Found, Memo, Taken } from './request-scope';
import type { Target } from './target';

/** Where an answer came from. */
export type Source = 'scope' | 'memory' | 'table';

export interface Answer extends Found {
  readonly source: Source;
  /** What the entry holds, once it was decoded for callers who share it: here a hit need not look for it. */
  shared: SharedOutcome | undefined;
}

export function answerOf({ seen, entry }: Found, source: Source): Answer {
  return { seen, entry, source, shared: undefined };
}

/**
 * A read that is over, and when it was sent. Every hit in memory looks into one, so it is a class: objects that were spread
 * together have many shapes, and V8 finds nothing in those without a search.
 */
export class SettledMemo implements Memo {
  readonly mark: number;
  readonly takenAt: Moment;
  /** What a hit in memory is answered with. */
  readonly found: Answer;
  /** The stamps of the latest caller who was told that all of them were read: the next one mostly has the same. */
  seenFor: Target['stamps'] | undefined = undefined;

  constructor({ mark, takenAt }: Taken, found: Found) {
    this.mark = mark;
    this.takenAt = takenAt;
    this.found = answerOf(found, 'memory');
  }
}

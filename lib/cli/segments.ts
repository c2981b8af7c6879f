import { readCount } from './figures';

/** DynamoDB takes a million; each is a request under way, and more of these at once only wait for one another. */
export const MAX_SEGMENTS = 256;

/** What `--segments` says. @throws UsageError */
export function readSegments(text: string): number {
  return readCount(text, 'segments', 1, MAX_SEGMENTS) ?? 1;
}

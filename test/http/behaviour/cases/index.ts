/** All cases, in the order of the table in docs/http.md. */
import type { BehaviourGroup } from '../behaviour-case';
import { conditional } from './conditional';
import { freshness, parsing } from './freshness';
import { other } from './other';
import { requests } from './requests';
import { responses } from './responses';
import { stale } from './stale';
import { statuses } from './statuses';
import { storedHeaders } from './stored-headers';
import { vary } from './vary';

export const GROUPS: readonly BehaviourGroup[] = [
  freshness,
  parsing,
  responses,
  requests,
  vary,
  conditional,
  statuses,
  storedHeaders,
  stale,
  other,
];
export { NOT_APPLICABLE } from './other';

import { PLACES } from './places';

export interface RoundQuestion {
  readonly depot: string;
  /** By name, each once: who asks for the same places in another order asks for the same round. */
  readonly stops: readonly string[];
}

/** Nobody can answer this; the message says why. */
export class RoundQuestionError extends Error {
  override readonly name = 'RoundQuestionError';
}

/**
 * Reads `depot=Berlin&stops=Paris,Rome`; without `stops` it is all other places.
 *
 * @throws RoundQuestionError
 */
export function readRoundQuestion(query: URLSearchParams): RoundQuestion {
  const depot = known(query.get('depot') ?? '');
  const named = query.get('stops')?.split(',') ?? Object.keys(PLACES);
  const stops = [...new Set(named.map(known))].filter((stop) => stop !== depot).sort();
  if (stops.length > 0) return { depot, stops };
  throw new RoundQuestionError(`A round from ${depot} needs a stop: stops=Paris,Rome`);
}

function known(place: string): string {
  if (Object.hasOwn(PLACES, place)) return place;
  throw new RoundQuestionError(`'${place}' is none of ${Object.keys(PLACES).join(', ')}.`);
}

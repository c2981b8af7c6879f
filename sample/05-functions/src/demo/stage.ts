/** What every scene of the demo plays on, and the checks that all of them make. */
import assert from 'node:assert/strict';
import { PLACES } from '../rounds/places';
import type { Round } from '../rounds/round';
import { shortestOrder } from '../rounds/shortest-order';
import type { Answer } from '../runtime/serverless-function';
import { drivingMinutes } from '../traffic-service/driving-minutes';
import type { TrafficService } from '../traffic-service/traffic-service';
import type { DynamoDBLink } from './dynamodb-link';

export interface Stage {
  readonly traffic: TrafficService;
  readonly link: DynamoDBLink;
  /** The environment of every function. */
  readonly env: Readonly<Record<string, string>>;
}

export const DEPOTS = Object.keys(PLACES);

/** A question that is quick to answer without a cache. @param size how many stops */
export function smallQuestion(depot: string, size = 6): string {
  const stops = DEPOTS.filter((place) => place !== depot).slice(0, size);
  return `depot=${depot}&stops=${stops.join(',')}`;
}

/** The round of an answer, once it is known to be the best one by the report that it names. */
export function roundOf({ status, body }: Answer): Round {
  assert.equal(status, 200, body);
  const round = JSON.parse(body) as Round;
  const stops = round.legs.map(({ to }) => to).filter((place) => place !== round.depot);
  const minutes = drivingMinutes([round.depot, ...stops], round.trafficReport);
  const best = [0, ...shortestOrder(minutes), 0];
  const shortest = best.slice(1).reduce((sum, to, i) => sum + (minutes[best[i] ?? 0]?.[to] ?? NaN), 0);
  assert.equal(round.minutes, shortest, `the round from ${round.depot} is the best one`);
  return round;
}

/** @throws AssertionError when the answer is wrong, or planned by another report */
export function assertPlannedBy(report: number, answer: Answer, what: string): void {
  assert.equal(roundOf(answer).trafficReport, report, what);
}

export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;
}

export function ms(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`;
}

export function tell(step: string, what: string): void {
  console.log(`${step.padEnd(9)} ${what}`);
}

/** The shortest way from a depot to all of its stops and back, as the traffic is. */
export interface Round {
  readonly depot: string;
  /** In the order of the round; the last leg leads back to the depot. */
  readonly legs: readonly Leg[];
  readonly minutes: number;
  /** The number of the traffic report that it was planned by. */
  readonly trafficReport: number;
  readonly plannedAt: Date;
}

export interface Leg {
  readonly to: string;
  readonly minutes: number;
}

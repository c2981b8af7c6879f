export enum Borough {
  Bronx = 'Bronx',
  Brooklyn = 'Brooklyn',
  Manhattan = 'Manhattan',
  Queens = 'Queens',
  StatenIsland = 'Staten Island',
}

export interface Inspection {
  readonly date: Date;
  readonly grade: string;
  /** Violation points: lower is better. */
  readonly score: number;
}

export interface Restaurant {
  readonly id: string;
  readonly name: string;
  readonly cuisine: string;
  readonly borough: Borough;
  readonly street: string;
  readonly inspections: readonly Inspection[];
}

/** What every figure says of itself. */
export interface Computed {
  readonly computedAt: Date;
}

export interface BoroughSummary extends Computed {
  readonly borough: Borough;
  readonly restaurants: number;
  readonly averageScore: number;
  readonly latestInspection: Date;
  /** Year -> how many of its inspections ended with an A, 0 to 1. */
  readonly shareOfA: Map<number, number>;
}

export interface TopRestaurants extends Computed {
  readonly best: readonly { name: string; street: string; averageScore: number; lastInspected: Date }[];
}

export interface LatestInspections extends Computed {
  readonly inspections: readonly (Inspection & { restaurant: string; borough: Borough })[];
}

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

/** Restaurants that are compared with each other: the Italian ones of Queens. */
export interface Kind {
  readonly borough: Borough;
  readonly cuisine: string;
}

/** A restaurant as lists show it. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Of all inspections. */
  readonly averageScore: number;
}

export interface Restaurant extends Kind, Listed {
  readonly inspections: readonly Inspection[];
}

/** What every answer says of itself. */
export interface Computed {
  readonly computedAt: Date;
}

export interface RestaurantSummary extends Kind, Listed, Computed {
  readonly inspections: number;
  readonly latest: Inspection;
  /** Its place among its kind, the best being first; equals share a place. */
  readonly rank: number;
  /** How many restaurants of its kind there are, itself included. */
  readonly of: number;
  readonly averageOfKind: number;
}

export interface TopRestaurants extends Computed {
  readonly best: readonly Listed[];
}

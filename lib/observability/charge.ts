/** What an operation cost at one address of the table. */
export interface Charge {
  readonly address: string;
  /** Read capacity units. */
  readonly readUnits: number;
  /** Write capacity units. */
  readonly writeUnits: number;
  /** The size of what was read or written there, as DynamoDB counts it. */
  readonly bytes: number;
}

/** Is told what an operation cost, address by address. Must not throw. */
export type Spent = (charge: Charge) => void;

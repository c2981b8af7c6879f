/** What the doctor found in one place. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'advice' | 'wrong' | 'unknown';
  readonly message: string;
  /** The command that mends it. */
  readonly fix?: string;
}

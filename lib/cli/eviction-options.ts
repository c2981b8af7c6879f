/**
 * A stamp must outlive every entry that was loaded before it. The command line does not know the application's `maxTtl`,
 * so it takes a longer one than anybody has.
 */
export const EVICTIONS = { maxTtl: '365d' } as const;

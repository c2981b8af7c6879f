/** Dollars in us-east-1, on demand, in 2026. Other regions differ by up to half. */
export const PRICES = {
  readUnit: 0.125 / 1_000_000,
  writeUnit: 0.625 / 1_000_000,
  gigabyteMonth: 0.25,
} as const;

export function dollarsText(dollars: number): string {
  if (dollars === 0) return '$0';
  return dollars < 0.01 ? 'less than $0.01' : `about $${dollars.toFixed(2)}`;
}

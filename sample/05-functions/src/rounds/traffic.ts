/** The traffic service: how long the way between any two of some places takes now. It is slow, and counts requests. */
export interface Traffic {
  readonly report: number;
  /** Row: from; column: to. In the order that was asked for. */
  readonly minutes: readonly (readonly number[])[];
}

export async function currentTraffic(places: readonly string[]): Promise<Traffic> {
  const url = new URL('/minutes', process.env.TRAFFIC_URL);
  url.searchParams.set('places', places.join(','));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The traffic service answers ${response.status}.`);
  return (await response.json()) as Traffic;
}

import type { Round } from './round';
import { shortestOrder } from './shortest-order';
import { currentTraffic } from './traffic';

/** Asks for the traffic, and finds the best of all orders. It costs what it costs: this function knows of no cache. */
export async function planRound(depot: string, stops: readonly string[]): Promise<Round> {
  const places = [depot, ...stops];
  const { report, minutes } = await currentTraffic(places);
  const way = [...shortestOrder(minutes), 0];
  const legs = way.map((to, i) => ({
    to: places[to] ?? depot,
    minutes: minutes[way[i - 1] ?? 0]?.[to] ?? 0,
  }));
  return {
    depot,
    legs,
    minutes: legs.reduce((sum, leg) => sum + leg.minutes, 0),
    trafficReport: report,
    plannedAt: new Date(),
  };
}

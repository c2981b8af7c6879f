import { PLACES } from '../rounds/places';

const EARTH_KM = 6_371;
const KM_A_MINUTE = 1.4;
const DETOUR = 1.25;

/** How long each way takes in a report: by the distance, and up to half as long again by what is on that road that day. */
export function drivingMinutes(places: readonly string[], report: number): number[][] {
  return places.map((from) =>
    places.map((to) =>
      Math.round((DETOUR * kilometres(from, to) * congestion(from, to, report)) / KM_A_MINUTE),
    ),
  );
}

function kilometres(from: string, to: string): number {
  const [north, east] = (PLACES[from] ?? [0, 0]).map(radians) as [number, number];
  const [otherNorth, otherEast] = (PLACES[to] ?? [0, 0]).map(radians) as [number, number];
  const a =
    Math.sin((otherNorth - north) / 2) ** 2 +
    Math.cos(north) * Math.cos(otherNorth) * Math.sin((otherEast - east) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(a));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

// A number between 1 and 1.5 that is always the same for the same road and report.
function congestion(from: string, to: string, report: number): number {
  let hash = report;
  for (const letter of `${from}>${to}`) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  return 1 + ((Math.imul(hash, 2_654_435_761) >>> 8) % 1_000) / 2_000;
}

/** The same session with the cache and without it: two people who watch both of their lists, and write now and then. */
import { DynamoCache } from 'nestjs-dynamo-cache';
import { DemoApp } from './demo-app';
import { type Visit, count, medianMs } from './visitor';

export const TALK = '18950214-0000-4000-8000-000000000004';
const ROUNDS_BETWEEN_MESSAGES = 10;

/** One session, as it is kept in figures.json. */
export interface Session {
  readonly visits: number;
  readonly hits: number;
  readonly stale: number;
  readonly loads: number;
  /** Half of the visits took no longer than this. */
  readonly medianMs: number;
  readonly totalMs: number;
  /** Of the conversations' table, for lists. */
  readonly requests: number;
  readonly readUnits: number;
  /** Of the cache's table. */
  readonly cacheReadUnits: number;
  readonly cacheWriteUnits: number;
}

export async function playSession(name: string, rounds: number, { isCached = true } = {}): Promise<Session> {
  const demoApp = await DemoApp.start(name, { isCached });
  try {
    const people = ['jack', 'algernon'].map((name) => demoApp.visitor(name));
    for (let round = 0; round < rounds; round++) {
      const writer = people[(round / ROUNDS_BETWEEN_MESSAGES) % people.length];
      if (writer) await writer.reply(TALK, `Line ${round}`);
      for (const person of people) await Promise.all([person.conversations(), person.messages(TALK)]);
    }
    const visits = people.flatMap((person) => person.visits);
    const cost = isCached ? demoApp.get(DynamoCache).stats() : undefined;
    return {
      ...counted(visits),
      requests: demoApp.reads.requests,
      readUnits: demoApp.reads.units,
      cacheReadUnits: cost?.readUnits ?? 0,
      cacheWriteUnits: cost?.writeUnits ?? 0,
    };
  } finally {
    await demoApp.close();
  }
}

function counted(visits: readonly Visit<unknown>[]) {
  return {
    visits: visits.length,
    hits: count(visits, 'hit'),
    stale: count(visits, 'stale'),
    loads: count(visits, 'load'),
    medianMs: rounded(medianMs(visits)),
    totalMs: Math.round(visits.reduce((sum, { ms }) => sum + ms, 0)),
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

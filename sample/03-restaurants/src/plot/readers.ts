/** The application as often as there are tiers, each time with that tier alone in front of the same tables. */
import { type DynamicModule, type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Keyv } from 'keyv';
import { DynamoCache, DynamoCacheModule, type DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { cacheOptions } from '../cache.options';
import { DatabaseModule } from '../database/database.module';
import { RestaurantRepository } from '../restaurants/restaurant.repository';
import { RestaurantService } from '../restaurants/restaurant.service';

export const TIERS = ['database', 'cache table', 'Redis', 'memory'] as const;
export type Tier = (typeof TIERS)[number];

export interface Reader {
  readonly tier: Tier;
  readonly restaurants: RestaurantService;
  /** Begins to count anew. */
  reset(): void;
  /** @throws Error when one of `reads` reads since `reset` was not answered by this tier */
  assertItAnswered(reads: number): void;
  close(): Promise<void>;
}

class TierModule {
  static with(options?: DynamoCacheOptions): DynamicModule {
    return {
      module: TierModule,
      imports: [DatabaseModule, ...(options ? [DynamoCacheModule.forRoot(options)] : [])],
      providers: [RestaurantRepository, RestaurantService],
    };
  }
}

/** @param redis the Redis tier, which the caller disconnects */
export async function startReaders(redis: Keyv): Promise<Reader[]> {
  // Nothing ends, and nothing runs out of time, while it is measured.
  const table: DynamoCacheOptions = { ...cacheOptions([]), ttl: '1d', memory: false, timeout: '10s' };
  const options: Record<Tier, DynamoCacheOptions | undefined> = {
    database: undefined,
    'cache table': table,
    Redis: { ...table, tiers: [{ keyv: redis, ttl: '1d', timeout: '5s' }] },
    memory: { ...table, memory: { max: 100_000, ttl: '1d' } },
  };
  Logger.overrideLogger(['warn', 'error']);
  const readers: Reader[] = [];
  for (const tier of TIERS) readers.push(await startReader(tier, options[tier]));
  return readers;
}

async function startReader(tier: Tier, options: DynamoCacheOptions | undefined): Promise<Reader> {
  const app = await NestFactory.createApplicationContext(TierModule.with(options));
  const tally = () => (options ? tallyOf(app) : { hits: 0, memoryHits: 0, readUnits: 0 });
  let before = tally();
  return {
    tier,
    restaurants: app.get(RestaurantService),
    reset: () => (before = tally()),
    assertItAnswered: (reads) => {
      const now = tally();
      const hits = now.hits - before.hits;
      const memoryHits = now.memoryHits - before.memoryHits;
      const isTableRead = now.readUnits > before.readUnits;
      if (isAnswerOf(tier, reads, { hits, memoryHits, isTableRead })) return;
      throw new Error(`Not all of ${reads} reads were answered by the ${tier}: ${hits} hits.`);
    },
    close: () => app.close(),
  };
}

function isAnswerOf(
  tier: Tier,
  reads: number,
  { hits, memoryHits, isTableRead }: { hits: number; memoryHits: number; isTableRead: boolean },
): boolean {
  switch (tier) {
    case 'database':
      return hits === 0;
    case 'cache table':
      return hits === reads && memoryHits === 0 && isTableRead;
    case 'Redis':
      return hits === reads && memoryHits === 0 && !isTableRead;
    case 'memory':
      return memoryHits === reads && !isTableRead;
  }
}

function tallyOf(app: INestApplicationContext) {
  const { hits, memoryHits, readUnits } = app.get(DynamoCache).stats();
  return { hits, memoryHits, readUnits };
}

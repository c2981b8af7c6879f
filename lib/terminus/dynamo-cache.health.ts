import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DynamoCache } from '../engine/dynamo-cache';

/** How `isHealthy` judges. */
export interface CacheHealthOptions {
  /** Whether a cache that cannot reach its table is `down`, which takes the instance out of service. @default false */
  isEssential?: boolean;
}

/**
 * Whether the cache reaches its table, for @nestjs/terminus. A cache that does not is no reason to take an instance out
 * of service, since every call is served by its loader: it is `degraded` (`up` before terminus 12), with the reason.
 *
 * @example
 * health.check([() => cacheHealth.isHealthy('cache')]);
 */
@Injectable()
export class DynamoCacheHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(DynamoCache) private readonly cache: DynamoCache,
  ) {}

  /** Reads one address of the table, within the cache's `timeout`; reads nothing while the breaker is open. Never rejects. */
  async isHealthy<Key extends string>(
    key: Key,
    { isEssential = false }: CacheHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const indicator = this.indicators.check(key);
    try {
      await this.cache.ping();
      return indicator.up({ breaker: this.cache.stats().breaker });
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      const details = { breaker: this.cache.stats().breaker, reason };
      if (isEssential) return indicator.down(details);
      // Terminus 11 knows up and down only.
      return 'degraded' in (Object.getPrototypeOf(indicator) as object)
        ? indicator.degraded(details)
        : indicator.up(details);
    }
  }
}

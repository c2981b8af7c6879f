/**
 * The cache in Prometheus' terms. What happens is counted as it happens, from the events; what `stats()` has added up
 * already is read when Prometheus asks.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type CacheEvent, type CallStats, DynamoCache, onCacheEvent } from 'nestjs-dynamo-cache';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { methodOf } from '../label';

@Injectable()
export class CacheMetrics implements OnModuleInit, OnModuleDestroy {
  /** One of its own: prom-client's default one would be shared by all applications of the process. */
  readonly registry = new Registry();

  private readonly events = new Counter({
    name: 'dynamo_cache_events_total',
    help: 'What happened in the cache, by kind and by method',
    labelNames: ['type', 'method'],
    registers: [this.registry],
  });
  private readonly loadSeconds = new Histogram({
    name: 'dynamo_cache_load_seconds',
    help: 'How long loaders took',
    labelNames: ['method', 'failed'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.registry],
  });
  private stop: (() => void) | undefined;

  constructor(private readonly cache: DynamoCache) {}

  onModuleInit(): void {
    this.stop = onCacheEvent((event) => {
      this.count(event);
    });
    this.gauge('read_units', 'Read capacity units, estimated', ({ readUnits }) => readUnits);
    this.gauge('write_units', 'Write capacity units, estimated', ({ writeUnits }) => writeUnits);
    this.gauge('cost_dollars', 'What they cost on demand in us-east-1', (stats) => stats.estimatedCost);
    this.gauge(
      'loader_seconds_saved',
      'Loader time that hits and shared loads spared',
      ({ loaderMsSaved }) => loaderMsSaved / 1_000,
    );
    this.breakerGauge();
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  private count(event: CacheEvent): void {
    const method = methodOf(event);
    this.events.inc({ type: event.type, method });
    if (event.type !== 'load') return;
    this.loadSeconds.observe({ method, failed: String(event.failed) }, event.durationMs / 1_000);
  }

  /** A figure of every method, read from `stats()` at each scrape. */
  private gauge(name: string, help: string, read: (stats: CallStats) => number): void {
    const { cache } = this;
    new Gauge({
      name: `dynamo_cache_${name}`,
      help,
      labelNames: ['method'],
      registers: [this.registry],
      collect() {
        for (const [method, stats] of Object.entries(cache.stats().methods)) {
          this.set({ method }, read(stats));
        }
      },
    });
  }

  private breakerGauge(): void {
    const { cache } = this;
    new Gauge({
      name: 'dynamo_cache_breaker_open',
      help: '1 while DynamoDB is left alone after failures in a row',
      registers: [this.registry],
      collect() {
        this.set(cache.stats().breaker === 'closed' ? 0 : 1);
      },
    });
  }
}

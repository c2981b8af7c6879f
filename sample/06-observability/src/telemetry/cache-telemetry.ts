/** The cache in OpenTelemetry's terms: a counter of events, a histogram of loads, and a span for every load. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Counter, type Histogram, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { type CacheEvent, onCacheEvent } from 'nestjs-dynamo-cache';
import { methodOf } from '../label';
import { Telemetry } from './telemetry';

@Injectable()
export class CacheTelemetry implements OnModuleInit, OnModuleDestroy {
  private readonly tracer: Tracer;
  private readonly events: Counter;
  private readonly loadDuration: Histogram;
  private stop: (() => void) | undefined;

  constructor(telemetry: Telemetry) {
    this.tracer = telemetry.tracers.getTracer('nestjs-dynamo-cache');
    const meter = telemetry.meters.getMeter('nestjs-dynamo-cache');
    this.events = meter.createCounter('cache.events', { description: 'What happened in the cache' });
    this.loadDuration = meter.createHistogram('cache.load.duration', { unit: 'ms' });
  }

  onModuleInit(): void {
    this.stop = onCacheEvent((event) => {
      this.observe(event);
    });
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  private observe(event: CacheEvent): void {
    const method = methodOf(event);
    this.events.add(1, { 'cache.event': event.type, 'cache.method': method });
    if (event.type !== 'load') return;
    this.loadDuration.record(event.durationMs, { 'cache.method': method });
    // Published when the load is over, in the context of the request that loads: its span is the parent.
    const endTime = Date.now();
    const startTime = endTime - event.durationMs;
    const span = this.tracer.startSpan(`load ${method}`, {
      startTime,
      attributes: { 'cache.method': method },
    });
    if (event.failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endTime);
  }
}

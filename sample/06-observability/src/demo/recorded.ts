/** What OpenTelemetry has exported into memory. */
import { SpanStatusCode } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace';

export class Recorded {
  readonly metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly spans = new InMemorySpanExporter();

  /** How often an event of that type was counted. */
  events(type: string): number {
    const latest = this.metrics.getMetrics().at(-1);
    return (latest?.scopeMetrics ?? [])
      .flatMap(({ metrics }) => metrics)
      .flatMap((metric) =>
        metric.descriptor.name === 'cache.events' && metric.dataPointType === DataPointType.SUM
          ? metric.dataPoints
          : [],
      )
      .filter(({ attributes }) => attributes['cache.event'] === type)
      .reduce((sum, { value }) => sum + value, 0);
  }

  get loads(): ReadableSpan[] {
    return this.spans.getFinishedSpans().filter(({ name }) => name.startsWith('load '));
  }

  get failedLoads(): ReadableSpan[] {
    return this.loads.filter(({ status }) => status.code === SpanStatusCode.ERROR);
  }

  /** The span of the request that a load was made for. */
  requestOf({ parentSpanContext }: ReadableSpan): ReadableSpan | undefined {
    return this.spans
      .getFinishedSpans()
      .find(
        (span) => span.name.startsWith('HTTP ') && span.spanContext().spanId === parentSpanContext?.spanId,
      );
  }
}

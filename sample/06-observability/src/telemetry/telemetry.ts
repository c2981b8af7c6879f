/** OpenTelemetry's SDK, set up by hand; an application of yours may have `@opentelemetry/sdk-node` do it. */
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import {
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

/** Where telemetry goes. To a collector it would be `OTLPMetricExporter` and `OTLPTraceExporter`. */
export interface Exporters {
  readonly metrics: PushMetricExporter;
  readonly spans: SpanExporter;
}

const EVERY_MS = 10_000;

export class Telemetry {
  readonly meters: MeterProvider;
  readonly tracers: TracerProvider;

  /** Without exporters everything is recorded, and nothing is sent. */
  constructor(exporters: Exporters | undefined) {
    // By this a span that starts anywhere below a request becomes a child of the request's span.
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    this.meters = new MeterProvider({
      readers: exporters
        ? [new PeriodicExportingMetricReader({ exporter: exporters.metrics, exportIntervalMillis: EVERY_MS })]
        : [],
    });
    this.tracers = new TracerProvider({
      spanProcessors: exporters ? [new SimpleSpanProcessor({ exporter: exporters.spans })] : [],
    });
  }

  async flush(): Promise<void> {
    await Promise.all([this.meters.forceFlush(), this.tracers.forceFlush()]);
  }

  async shutdown(): Promise<void> {
    await Promise.all([this.meters.shutdown(), this.tracers.shutdown()]);
    context.disable();
  }
}

export function consoleExporters(): Exporters {
  return { metrics: new ConsoleMetricExporter(), spans: new ConsoleSpanExporter() };
}

import { Injectable, type NestMiddleware } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Telemetry } from './telemetry';

/** A span for each request, as `@opentelemetry/instrumentation-http` would make it. */
@Injectable()
export class RequestSpanMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly telemetry: Telemetry) {}

  use(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const tracer = this.telemetry.tracers.getTracer('http');
    tracer.startActiveSpan(`HTTP ${request.method ?? ''}`, { kind: SpanKind.SERVER }, (span) => {
      response.once('close', () => {
        span.setAttribute('http.response.status_code', response.statusCode);
        span.end();
      });
      next();
    });
  }
}

import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CacheMetrics } from './cache-metrics';

@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: CacheMetrics) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

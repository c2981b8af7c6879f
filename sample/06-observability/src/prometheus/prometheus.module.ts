import { Module } from '@nestjs/common';
import { CacheMetrics } from './cache-metrics';
import { MetricsController } from './metrics.controller';

@Module({ providers: [CacheMetrics], controllers: [MetricsController] })
export class PrometheusModule {}

import { type DynamicModule, Module } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { HealthModule } from './health/health.module';
import { PrometheusModule } from './prometheus/prometheus.module';
import { StationController } from './stations/station.controller';
import { StationService } from './stations/station.service';
import type { Exporters } from './telemetry/telemetry';
import { TelemetryModule } from './telemetry/telemetry.module';

@Module({ controllers: [StationController], providers: [StationService] })
export class AppModule {
  static exportingTo(exporters: Exporters | undefined): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DynamoCacheModule.forRootAsync({ useFactory: cacheOptions, isGlobal: true }),
        PrometheusModule,
        TelemetryModule.to(exporters),
        HealthModule,
      ],
    };
  }
}

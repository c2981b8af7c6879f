import {
  type DynamicModule,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CacheTelemetry } from './cache-telemetry';
import { RequestSpanMiddleware } from './request-span.middleware';
import { type Exporters, Telemetry } from './telemetry';

@Module({ providers: [CacheTelemetry] })
export class TelemetryModule implements NestModule, OnApplicationShutdown {
  constructor(private readonly telemetry: Telemetry) {}

  static to(exporters: Exporters | undefined): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [{ provide: Telemetry, useFactory: () => new Telemetry(exporters) }],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(RequestSpanMiddleware).forRoutes('stations/*path');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.telemetry.shutdown();
  }
}

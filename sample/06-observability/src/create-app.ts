import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import type { Exporters } from './telemetry/telemetry';

export async function createApp(exporters?: Exporters): Promise<INestApplication> {
  Logger.overrideLogger(['warn', 'error']);
  return NestFactory.create(AppModule.exportingTo(exporters));
}

import {
  type DynamicModule,
  type INestApplication,
  Logger,
  type LoggerService,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

export async function createApp(
  module: Type | DynamicModule = AppModule,
  logger?: LoggerService,
): Promise<INestApplication> {
  Logger.overrideLogger(logger ?? ['log', 'warn', 'error']);
  return NestFactory.create(module);
}

import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';

export async function createApp(module: Type = AppModule): Promise<NestExpressApplication> {
  Logger.overrideLogger(['warn', 'error']);
  const app = await NestFactory.create<NestExpressApplication>(module);
  // For people who read the answers in a browser.
  app.set('json spaces', 2);
  return app;
}

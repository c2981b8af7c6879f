import { Logger, type Type, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { join } from 'node:path';
import { AppModule } from './app.module';

const PAGE = join(__dirname, '..', 'public');
const CONTENT_SECURITY_POLICY = "default-src 'self'";

export async function createApp(module: Type = AppModule): Promise<NestExpressApplication> {
  Logger.overrideLogger(['warn', 'error']);
  const app = await NestFactory.create<NestExpressApplication>(module);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
  app.useStaticAssets(PAGE, {
    setHeaders: (response) => {
      response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    },
  });
  return app;
}

/** The same application behind API Gateway; see template.yaml. */
import 'reflect-metadata';
import { HttpException, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { LedgerService } from './ledger/ledger.service';
import { ThrottledError } from './upstream/throttled-error';

interface Event {
  readonly pathParameters?: Readonly<Record<string, string>> | null;
}

let app: Promise<INestApplicationContext> | undefined;

export async function handler({ pathParameters }: Event) {
  app ??= NestFactory.createApplicationContext(AppModule);
  const ledger = (await app).get(LedgerService);
  try {
    return reply(200, await ledger.statement(pathParameters?.client ?? ''));
  } catch (error) {
    if (error instanceof HttpException) return reply(error.getStatus(), { message: error.message });
    if (!(error instanceof ThrottledError)) throw error;
    const seconds = Math.ceil((error.retryAfterMs ?? 1_000) / 1_000);
    return reply(503, { message: 'Come back later.' }, { 'retry-after': String(seconds) });
  }
}

function reply(statusCode: number, body: object, headers: Record<string, string> = {}) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

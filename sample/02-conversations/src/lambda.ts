/**
 * The Lambda function on the stream of the conversations' table (NEW_IMAGE). Its event source mapping needs
 * `FunctionResponseTypes: [ReportBatchItemFailures]`, a `MaximumRetryAttempts` and a destination for what failed for good.
 */
import 'reflect-metadata';
import { type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DynamoDBStreamHandler } from 'aws-lambda';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { LastMessageModule } from './last-message/last-message.module';
import { MessageStream } from './last-message/message-stream';

@Module({ imports: [DynamoCacheModule.forRootAsync({ useFactory: cacheOptions }), LastMessageModule] })
class LambdaModule {}

let starting: Promise<INestApplicationContext> | undefined;

export const handler: DynamoDBStreamHandler = async (event) => {
  const app = await (starting ??= start());
  return app.get(MessageStream).receive(event);
};

/** What is wrong with the options Nest says in the log, and ends the process: the next event gets another environment. */
async function start(): Promise<INestApplicationContext> {
  Logger.overrideLogger(['warn', 'error']);
  return NestFactory.createApplicationContext(LambdaModule);
}

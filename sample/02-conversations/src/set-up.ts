/** Makes the conversations' table in AWS, with its index and its stream, and writes the play into it. Run it twice if you like. */
import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConversationsTable } from './database/conversations-table';
import { DatabaseModule } from './database/database.module';
import { Play } from './play/play';
import { PlayModule } from './play/play.module';

@Module({ imports: [DatabaseModule, PlayModule] })
class SetUpModule {}

async function setUp(): Promise<void> {
  Logger.overrideLogger(['warn', 'error']);
  const app = await NestFactory.createApplicationContext(SetUpModule);
  const table = app.get(ConversationsTable, { strict: false });
  await table.create();
  await app.get(Play, { strict: false }).stage();
  console.log(`The table '${table.name}' is there, and the play is in it.`);
  await app.close();
}

setUp().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

import 'reflect-metadata';
import { createApp } from './create-app';
import { ConversationsTable } from './database/conversations-table';
import { startDatabase } from './database/embedded-database';
import { isStreamPolled } from './local-stream/poll-stream';
import { Play } from './play/play';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const dynamodb = await provideDynamoDB();
  const app = await createApp();
  app.enableShutdownHooks();
  if (process.env.DYNAMODB_ENDPOINT) {
    await app.get(ConversationsTable).create();
    await app.get(Play, { strict: false }).stage();
  }
  await app.listen(PORT, '127.0.0.1');
  console.log(`
Jack and Algernon talk at ${await app.getUrl()}, kept and cached in ${dynamodb}.

Write as one of them, and watch the other's side: each request says whether it was a hit, stale or a load.
Ctrl+C ends it.`);
}

/** The tables in AWS or the DynamoDB that the environment names; else one that runs as long as this process. */
async function provideDynamoDB(): Promise<string> {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  if (DYNAMODB_ENDPOINT) return `the DynamoDB at ${DYNAMODB_ENDPOINT}`;
  if (CACHE_TABLE)
    return `the tables of AWS${isStreamPolled() ? '' : ', whose stream a Lambda function reads'}`;
  const { engine } = await startDatabase();
  return `an embedded DynamoDB (${engine})`;
}

main().catch((error: unknown) => {
  const isPortTaken = (error as { code?: unknown }).code === 'EADDRINUSE';
  console.error(
    isPortTaken
      ? `Port ${PORT} is taken. Choose another one: PORT=${PORT + 1} npm start --workspace sample/02-conversations`
      : error,
  );
  process.exit(1);
});

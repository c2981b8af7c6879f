import 'reflect-metadata';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createApp } from './create-app';
import { PLACES_TO_TRY } from './home.controller';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const dynamodb = await provideDynamoDB();
  const app = await createApp();
  app.enableShutdownHooks();
  await app.listen(PORT, '127.0.0.1');
  const url = await app.getUrl();
  const places = Object.entries(PLACES_TO_TRY).map(([path, what]) => `  ${url}${path}  (${what})`);
  console.log(`
Restaurants of New York at ${url}, cached in ${dynamodb}.
Ask twice: the first answer is computed, the second comes out of DynamoDB. Try

${places.join('\n')}

Ctrl+C ends it.`);
}

/** The table in AWS or the DynamoDB that the environment names; else one that runs as long as this process. */
async function provideDynamoDB(): Promise<string> {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  if (DYNAMODB_ENDPOINT) return `the DynamoDB at ${DYNAMODB_ENDPOINT}`;
  if (CACHE_TABLE) return `the table '${CACHE_TABLE}' in AWS`;
  const { engine, endpoint } = await startDynamoDB();
  process.env.DYNAMODB_ENDPOINT = endpoint;
  return `an embedded DynamoDB (${engine})`;
}

main().catch((error: unknown) => {
  const isPortTaken = (error as { code?: unknown }).code === 'EADDRINUSE';
  console.error(
    isPortTaken ? `Port ${PORT} is taken. Choose another one: PORT=${PORT + 1} npm start` : error,
  );
  process.exit(1);
});

import 'reflect-metadata';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createApp } from './create-app';
import { tableName } from './database/restaurants-table';
import { PLACES_TO_TRY } from './home.controller';
import { loadTable } from './loading/load-table';
import { RedisServer, hasRedis } from './redis/redis-server';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const dynamodb = await provideDynamoDB();
  const redis = await provideRedis();
  const app = await createApp();
  app.enableShutdownHooks();
  await app.listen(PORT, '127.0.0.1');
  const url = await app.getUrl();
  const places = Object.entries(PLACES_TO_TRY).map(([path, what]) => `  ${url}${path}  (${what})`);
  console.log(`
Restaurants of New York at ${url}, in ${dynamodb}; read through memory, ${redis} and the cache's table.
Ask twice, and once more after six seconds: each answer says where it comes from. Try

${places.join('\n')}

Ctrl+C ends it.`);
}

/** The tables in AWS or the DynamoDB that the environment names; else one that runs, and is loaded, with this process. */
async function provideDynamoDB(): Promise<string> {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  if (!DYNAMODB_ENDPOINT && CACHE_TABLE) return `the table '${tableName()}' in AWS`;
  if (DYNAMODB_ENDPOINT) {
    await loadTable();
    return `the DynamoDB at ${DYNAMODB_ENDPOINT}`;
  }
  const { engine, endpoint } = await startDynamoDB();
  process.env.DYNAMODB_ENDPOINT = endpoint;
  await loadTable();
  return `an embedded DynamoDB (${engine})`;
}

/** The Redis that the environment names; else one that runs as long as this process, where there is one to run. */
async function provideRedis(): Promise<string> {
  if (process.env.REDIS_URL) return 'the Redis of REDIS_URL';
  if (!hasRedis()) return 'no Redis (there is no redis-server on the PATH)';
  const { url } = await RedisServer.start();
  process.env.REDIS_URL = url;
  return `a Redis of its own (${url})`;
}

main().catch((error: unknown) => {
  const isPortTaken = (error as { code?: unknown }).code === 'EADDRINUSE';
  console.error(
    isPortTaken ? `Port ${PORT} is taken. Choose another one: PORT=${PORT + 1} npm start` : error,
  );
  process.exit(1);
});

import 'reflect-metadata';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { randomBytes } from 'node:crypto';
import { createApp } from './create-app';
import { LocalPlatform } from './local-platform/local-platform';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const platform = await providePlatform();
  const dynamodb = await provideDynamoDB();
  const app = await createApp();
  app.enableShutdownHooks();
  await app.listen(PORT, '127.0.0.1');
  const url = await app.getUrl();
  console.log(`
Statements at ${url}, for clients whose tokens and database passwords are cached, sealed, in ${dynamodb}.

  curl ${url}/clients/acme/statement     a token, a password, and a balance
  curl ${url}/clients/globex/statement
  curl ${platform}/stats                how often the servers were asked

Ctrl+C ends it.`);
}

/** The servers that the environment names; else local ones, with clients of their own. */
async function providePlatform(): Promise<string> {
  const { PLATFORM_URL } = process.env;
  if (PLATFORM_URL) return PLATFORM_URL;
  const clients = new Map(['acme', 'globex', 'initech'].map((client) => [client, secretText()]));
  const url = await new LocalPlatform({ clients }).listen();
  process.env.PLATFORM_URL = url;
  process.env.CLIENT_SECRETS = [...clients].map((pair) => pair.join(':')).join();
  return url;
}

/** The table in AWS or the DynamoDB that the environment names; else one that runs as long as this process. */
async function provideDynamoDB(): Promise<string> {
  const { CACHE_KEYS, CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  if (DYNAMODB_ENDPOINT) return `the DynamoDB at ${DYNAMODB_ENDPOINT}`;
  if (CACHE_TABLE) return `the table '${CACHE_TABLE}' in AWS`;
  const { engine, endpoint } = await startDynamoDB();
  process.env.DYNAMODB_ENDPOINT = endpoint;
  // What this process seals nobody else will have to open.
  process.env.CACHE_KEYS = CACHE_KEYS ?? `local:${randomBytes(32).toString('base64')}`;
  return `an embedded DynamoDB (${engine})`;
}

function secretText(): string {
  return randomBytes(24).toString('base64url');
}

main().catch((error: unknown) => {
  const isPortTaken = (error as { code?: unknown }).code === 'EADDRINUSE';
  console.error(
    isPortTaken ? `Port ${PORT} is taken. Choose another one: PORT=${PORT + 1} npm start` : error,
  );
  process.exit(1);
});

import 'reflect-metadata';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createApp } from './create-app';
import { consoleExporters } from './telemetry/telemetry';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const dynamodb = await provideDynamoDB();
  const isPrinted = process.env.TELEMETRY === 'console';
  const app = await createApp(isPrinted ? consoleExporters() : undefined);
  app.enableShutdownHooks();
  await app.listen(PORT, '127.0.0.1');
  const url = await app.getUrl();
  console.log(`
Departures of Berlin's stations at ${url}, cached in ${dynamodb}.

  curl ${url}/stations/Zoo                 a board of departures, kept for a minute
  curl -X POST ${url}/stations/Zoo/delay/5 evicts it
  curl ${url}/metrics                      what Prometheus scrapes
  curl ${url}/health                       whether the cache reaches DynamoDB

${isPrinted ? 'Spans are printed here at once, metrics every ten seconds.' : 'With TELEMETRY=console OpenTelemetry prints its spans and metrics here.'}
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

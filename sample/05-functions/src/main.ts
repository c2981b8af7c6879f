import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { provideTable } from './provide-table';
import { LambdaFunction } from './runtime/lambda-function';
import type { ServerlessFunction } from './runtime/serverless-function';
import { VercelFunction } from './runtime/vercel-function';
import { TrafficService } from './traffic-service/traffic-service';

const PORT = Number(process.env.PORT ?? 3000);

async function main(): Promise<void> {
  const table = await provideTable();
  const traffic = await TrafficService.start();
  const env = { ...table.env, TRAFFIC_URL: traffic.url };
  const functions: Record<string, ServerlessFunction> = {
    '/lambda/round': new LambdaFunction({ module: 'functions/lambda', env }),
    '/api/round': new VercelFunction({ module: 'functions/vercel', env }),
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const asked = functions[pathname];
    if (!asked) {
      response.writeHead(404).end(`Try ${Object.keys(functions).join(' or ')}.\n`);
      return;
    }
    asked.ask(searchParams.toString()).then(
      ({ status, body, cache, ms, initMs }) => {
        const report = `${ms.toFixed(0)} ms${initMs === undefined ? '' : `, ${initMs.toFixed(0)} of them a cold start`}`;
        console.log(`${pathname} ${status} ${cache}; ${report}`);
        response
          .writeHead(status, { 'content-type': 'application/json', 'x-cache': cache, 'x-time': report })
          .end(`${body}\n`);
      },
      (error: unknown) => response.writeHead(503).end(`${String(error)}\n`),
    );
  });
  server.listen(PORT, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`
The shortest delivery rounds of Europe at ${url}, cached in ${table.name}.

  curl -i '${url}/lambda/round?depot=Berlin'   a function on Lambda: a cold start, a load
  curl -i '${url}/lambda/round?depot=Berlin'   the same instance, thawed: a hit in its memory
  curl -i '${url}/api/round?depot=Berlin'      a function on Vercel: a cold start, a hit in the table
  curl -i '${url}/api/round?depot=Paris&stops=Rome,Berlin,Vienna'

Between requests the instances are frozen. Ctrl+C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

main().catch((error: unknown) => {
  const isPortTaken = (error as { code?: unknown }).code === 'EADDRINUSE';
  console.error(
    isPortTaken ? `Port ${PORT} is taken. Choose another one: PORT=${PORT + 1} npm start` : error,
  );
  process.exit(1);
});

/**
 * The program inside an instance of Vercel: an HTTP server in front of `GET`. It keeps what belongs to a request where
 * `waitUntil` looks for it, and tells its platform when all answers are out and all that was handed to `waitUntil` is done.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { traced } from './cache-trace';

interface RequestContext {
  waitUntil(work: Promise<unknown>): void;
}

const contexts = new AsyncLocalStorage<RequestContext>();
Object.assign(globalThis, { [Symbol.for('@vercel/request-context')]: { get: () => contexts.getStore() } });

// eslint-disable-next-line @typescript-eslint/no-require-imports -- named by the environment
const { GET } = require(resolve(process.env.FUNCTION_MODULE ?? '')) as {
  GET: (request: Request) => Promise<Response>;
};

let accepted = 0;
let busy = 0;

const server = createServer((incoming, outgoing) => {
  accepted++;
  busy++;
  void answer(incoming, outgoing);
});

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const work: Promise<unknown>[] = [];
  const context: RequestContext = {
    waitUntil: (promise) => {
      work.push(promise);
    },
  };
  const request = new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? ''}`));
  try {
    const { result, cache } = await traced(() => contexts.run(context, () => GET(request)));
    outgoing.writeHead(result.status, { ...Object.fromEntries(result.headers), 'x-cache': cache });
    outgoing.end(await result.text());
  } catch (error) {
    outgoing.writeHead(500, { 'x-cache': 'none' }).end(JSON.stringify({ message: String(error) }));
  }
  // What is done may hand over more.
  for (const promise of work) await promise.catch(() => undefined);
  busy--;
  if (busy === 0) process.send?.({ idleAfter: accepted });
}

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

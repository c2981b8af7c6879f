/**
 * The program inside an instance of Lambda: it loads the function, and then asks the Runtime API for one event after the
 * other. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { traced } from './cache-trace';

type Handler = (event: unknown) => Promise<unknown>;

const { AWS_LAMBDA_RUNTIME_API = '', _HANDLER = '', LAMBDA_TASK_ROOT = '' } = process.env;

async function main(): Promise<void> {
  let handler: Handler;
  try {
    handler = loadHandler();
  } catch (error) {
    await call('POST', 'init/error', errorOf(error));
    process.exit(1);
  }
  for (;;) {
    const next = await call('GET', 'invocation/next');
    const id = String(next.headers['lambda-runtime-aws-request-id']);
    const event: unknown = JSON.parse(next.body);
    try {
      const { result, cache } = await traced(() => handler(event));
      // The Runtime API knows no header of this name: it is how this sample shows what the cache did.
      await call('POST', `invocation/${id}/response`, result, { 'x-cache': cache });
    } catch (error) {
      await call('POST', `invocation/${id}/error`, errorOf(error));
    }
  }
}

// `functions/lambda.handler`: the file up to the dot, and what it exports.
function loadHandler(): Handler {
  const [, file = '', name = ''] = /^(.*)\.([^.]+)$/.exec(_HANDLER) ?? [];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as the runtime of Lambda does for CommonJS
  const { [name]: handler } = require(resolve(LAMBDA_TASK_ROOT, file)) as Record<string, unknown>;
  if (typeof handler === 'function') return handler as Handler;
  throw new Error(`${_HANDLER} is no function.`);
}

// Without `fetch`, which gives up after five minutes: an instance may be frozen for longer than that.
async function call(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ headers: IncomingMessage['headers']; body: string }> {
  const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`;
  const sent = request(url, { method, headers, agent: false });
  const responded = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await responded;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { headers: response.headers, body: text };
}

function errorOf(error: unknown): { errorType: string; errorMessage: string } {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: 'Error', errorMessage: String(error) };
}

void main();

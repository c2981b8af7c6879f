/** Requests to a server on loopback as they are written: no header is added, no path is tidied. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A value per line: a list is sent as several lines of the same name. */
export type Headers = Record<string, string | string[]>;

export interface Question {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends one request, on a connection of its own unless it is given an agent. */
export async function ask(
  base: string,
  path: string,
  { method = 'GET', headers = {}, body }: Question = {},
  agent = new Agent(),
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path, method, headers, agent });
    sending.on('error', reject);
    sending.on('response', (response) => {
      text(response).then(
        (received) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received }),
        reject,
      );
    });
    sending.end(body);
  });
}

/** Sends bytes that node's own client refuses to send; resolves to all that comes back. */
export async function askInBytes(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.end(bytes, 'latin1');
  return text(socket);
}

/**
 * A real HTTP proxy in front of DynamoDB that can fall ill, because no engine throttles, hangs or loses an answer by
 * itself, and a mocked client skips the very code (deadlines, retries, sockets) that an illness meets. It keeps
 * connections alive on both sides, and what it forwards it forwards unchanged.
 */
import { once, setMaxListeners } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can become of a request that has been accepted. */
export type AnswerMode =
  /** The engine's answer. */
  | 'pass'
  /** No answer, ever; the engine does not see the request. */
  | 'black-hole'
  /** The engine's answer, `delayMs` late. */
  | 'slow-headers'
  /** The engine's headers and half of its body, then nothing. */
  | 'stalled-body'
  /** The engine's headers and half of its body, then the connection breaks. */
  | 'reset'
  /** The engine acts, its answer is dropped and the connection breaks. */
  | 'lost-response'
  /** 200 with a body that is not JSON; the engine does not see the request. */
  | 'garbage'
  /** DynamoDB's own errors; the engine does not see the request. */
  | keyof typeof ERRORS;

/** 'refuse' stops listening and breaks every connection: ECONNREFUSED. */
export type ProxyMode = AnswerMode | 'refuse';

/** An answer in the place of the engine's, which does not see the request. */
export interface CannedAnswer {
  readonly status: number;
  readonly body: object;
}

/** As DynamoDB words one of its errors: `canned('ResourceInUseException')`. */
export function canned(error: string, message = 'The proxy says so'): CannedAnswer {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${error}`, message } };
}

type Choice = AnswerMode | CannedAnswer | undefined;

export interface ProxiedRequest {
  /** 'GetItem', 'BatchGetItem' … */
  readonly operation: string;
  readonly body: unknown;
}

export interface RecordedRequest extends ProxiedRequest {
  /** Milliseconds of the wall clock. */
  readonly at: number;
}

const ERRORS = {
  'status-500': [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'],
  throttle: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
  'throttling-exception': [400, 'com.amazon.coral.availability#ThrottlingException'],
  'access-denied': [400, 'com.amazon.coral.service#AccessDeniedException'],
} as const;

const HOP_BY_HOP = new Set(['connection', 'keep-alive']);
const RECORDED = 1_000;
/** A caller that reuses a connection before its end has reached it gets ECONNRESET. */
const NOTICE_MS = 10;

interface Answer {
  readonly status: number;
  /** Names and values by turns, as node:http receives and sends them. */
  readonly headers: string[];
  readonly body: Buffer;
}

export class FaultyProxy {
  /** Decides about single requests; undefined leaves one to `mode`. It may wait, and the request waits with it. */
  intercept?: ((request: ProxiedRequest) => Choice | Promise<Choice>) | undefined;
  /** How late 'slow-headers' is. */
  delayMs = 1_000;
  /** Requests that have arrived, by operation; each attempt of the SDK counts. */
  requests: Record<string, number> = {};
  /** Connections that callers have opened. */
  connections = 0;
  /** The last thousand requests, oldest first. */
  recorded: RecordedRequest[] = [];

  private readonly agent = new Agent({ keepAlive: true, timeout: 4_000 });
  private readonly closing = new AbortController();
  private server: Server | undefined;
  private switched: Promise<unknown> = Promise.resolve();
  private currentMode: ProxyMode = 'pass';
  private port = 0;

  private constructor(private readonly target: string) {
    // Each request that is answered late listens to it.
    setMaxListeners(0, this.closing.signal);
  }

  /** Listens on a free port in front of the DynamoDB at `target`; the caller closes it. */
  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.listen();
    await proxy.ready();
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get mode(): ProxyMode {
    return this.currentMode;
  }

  /** Holds for the requests that arrive from now on. Into and out of 'refuse', `await proxy.ready()`. */
  set mode(mode: ProxyMode) {
    this.currentMode = mode;
    if (mode === 'refuse') this.stopListening();
    else if (!this.server) this.listen();
  }

  /** Resolves when it listens again or, after 'refuse', when its callers have noticed that their connections are gone. */
  async ready(): Promise<void> {
    await this.switched;
  }

  /** Answers `ms` late from now on. */
  delay(ms: number): void {
    this.delayMs = ms;
    this.mode = 'slow-headers';
  }

  /** The number of requests that have arrived: of these operations, or of all. */
  count(...operations: string[]): number {
    const counted = operations.length > 0 ? operations : Object.keys(this.requests);
    return counted.reduce((sum, operation) => sum + (this.requests[operation] ?? 0), 0);
  }

  /** Forgets what it has counted and recorded; the mode stays. */
  reset(): void {
    this.connections = 0;
    this.requests = {};
    this.recorded = [];
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.stopListening();
    this.agent.destroy();
    await this.ready();
  }

  private listen(): void {
    const server = createServer((incoming, outgoing) => {
      // A broken connection, the engine's or the caller's, ends this request and nothing else.
      this.serve(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    this.server = server;
    server.on('connection', () => this.connections++);
    server.listen(this.port, '127.0.0.1');
    const listening = once(server, 'listening').then(() => {
      this.port = (server.address() as AddressInfo).port;
    });
    this.switched = Promise.all([this.switched, listening]);
  }

  private stopListening(): void {
    if (!this.server) return;
    const closed = once(this.server, 'close').then(() => sleep(NOTICE_MS));
    this.switched = Promise.all([this.switched, closed]);
    this.server.close();
    this.server.closeAllConnections();
    this.server = undefined;
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming);
    const proxied = this.record(incoming, body);
    const chosen = await this.intercept?.(proxied);
    if (typeof chosen === 'object') {
      send(outgoing, jsonAnswer(chosen.status, JSON.stringify(chosen.body)));
      return;
    }
    const mode = chosen ?? this.currentMode;
    switch (mode) {
      case 'refuse':
        incoming.socket.destroy();
        return;
      case 'black-hole':
        return;
      case 'garbage':
        send(outgoing, jsonAnswer(200, '{"Item": {"pk"'));
        return;
      case 'status-500':
      case 'throttle':
      case 'throttling-exception':
      case 'access-denied': {
        const [status, type] = ERRORS[mode];
        send(
          outgoing,
          jsonAnswer(status, JSON.stringify({ __type: type, message: `The proxy says ${mode}` })),
        );
        return;
      }
    }

    const answer = await this.forward(incoming, body);
    switch (mode) {
      case 'pass':
        send(outgoing, answer);
        return;
      case 'slow-headers':
        await sleep(this.delayMs, undefined, { signal: this.closing.signal });
        send(outgoing, answer);
        return;
      case 'stalled-body':
        sendHalf(outgoing, answer);
        return;
      case 'reset':
        sendHalf(outgoing, answer, () => incoming.socket.destroy());
        return;
      case 'lost-response':
        incoming.socket.destroy();
        return;
    }
  }

  private record(incoming: IncomingMessage, body: Buffer): ProxiedRequest {
    const target = String(incoming.headers['x-amz-target']);
    const operation = target.slice(target.indexOf('.') + 1);
    const proxied = { operation, body: JSON.parse(body.toString()) as unknown };
    this.requests[operation] = (this.requests[operation] ?? 0) + 1;
    this.recorded.push({ ...proxied, at: Date.now() });
    if (this.recorded.length > RECORDED) this.recorded.shift();
    return proxied;
  }

  private async forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const forwarded = request(new URL(incoming.url ?? '/', this.target), {
      agent: this.agent,
      method: incoming.method,
      headers: endToEnd(incoming.rawHeaders),
    });
    const responded = once(forwarded, 'response') as Promise<[IncomingMessage]>;
    forwarded.end(body);
    const [response] = await responded;
    return {
      status: response.statusCode ?? 500,
      headers: endToEnd(response.rawHeaders),
      body: await bytesOf(response),
    };
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** All headers but those that concern one connection only. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const names = rawHeaders.map((text, i) => (i % 2 === 0 ? text : (rawHeaders[i - 1] ?? '')));
  return rawHeaders.filter((_, i) => !HOP_BY_HOP.has(names[i]?.toLowerCase() ?? ''));
}

function jsonAnswer(status: number, json: string): Answer {
  const body = Buffer.from(json);
  const headers = ['content-type', 'application/x-amz-json-1.0', 'content-length', String(body.length)];
  return { status, headers, body };
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, headers).end(body);
}

function sendHalf(outgoing: ServerResponse, { status, headers, body }: Answer, then?: () => void): void {
  outgoing.writeHead(status, headers).write(body.subarray(0, body.length >> 1), then);
}

/**
 * One instance of Lambda: a process, and the Runtime API that it asks for events. It has one event at a time, and is
 * frozen from when it asks for the next one until there is one; what it left behind its answer stands still, too.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Instance, TASK_ROOT } from './instance';
import type { FunctionCode } from './serverless-function';

export interface Invocation {
  readonly result: APIGatewayProxyStructuredResultV2;
  readonly cache: string;
}

interface Waiting {
  /** Until the instance has asked for it. */
  event: APIGatewayProxyEventV2 | undefined;
  readonly resolve: (invocation: Invocation) => void;
  readonly reject: (error: Error) => void;
}

const API = '/2018-06-01/runtime/';

export class LambdaInstance {
  private instance: Instance | undefined;
  private asking: ServerResponse | undefined;
  private invocation: Waiting | undefined;
  private initialised: () => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.serve(request, response);
    });
  }

  /** Resolves when the function is loaded and asks for its first event. @throws what kept it from that */
  static async start(code: FunctionCode): Promise<LambdaInstance> {
    const started = new LambdaInstance();
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');
    const { port } = started.server.address() as AddressInfo;
    const ready = new Promise<void>((resolve, reject) => {
      started.initialised = resolve;
      started.failed = reject;
    });
    started.instance = Instance.start('lambda-runtime.js', {
      ...code,
      env: {
        ...code.env,
        AWS_LAMBDA_FUNCTION_NAME: 'round',
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: TASK_ROOT,
        _HANDLER: `${code.module}.handler`,
      },
    });
    started.instance.onEnd(() => {
      started.fail(new Error('The instance has ended.'));
    });
    try {
      await ready;
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.instance?.hasEnded ?? false;
  }

  /** One at a time. @throws what the handler throws, by its message */
  async invoke(event: APIGatewayProxyEventV2): Promise<Invocation> {
    const invoked = new Promise<Invocation>((resolve, reject) => {
      this.invocation = { event, resolve, reject };
    });
    this.instance?.thaw();
    this.handOver();
    return invoked;
  }

  async stop(): Promise<void> {
    // The process first: while it runs, it asks for the next event.
    await this.instance?.stop();
    this.server.closeAllConnections();
    this.server.close();
  }

  // The next event may be there before the instance, done with the last one, asks for it.
  private handOver(): void {
    const { asking, invocation } = this;
    if (!asking || !invocation?.event) return;
    const { event } = invocation;
    invocation.event = undefined;
    this.asking = undefined;
    asking.writeHead(200, { 'lambda-runtime-aws-request-id': event.requestContext.requestId });
    asking.end(JSON.stringify(event));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(API, '') ?? '';
    if (path === 'invocation/next') {
      this.asking = response;
      this.initialised();
      if (this.invocation) this.handOver();
      else this.instance?.freeze();
      return;
    }
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    const said: unknown = JSON.parse(body);
    if (path.endsWith('/response')) {
      const result = said as APIGatewayProxyStructuredResultV2;
      this.settled()?.resolve({ result, cache: String(request.headers['x-cache']) });
    } else {
      this.fail(new Error((said as { errorMessage: string }).errorMessage));
    }
    response.writeHead(202).end();
  }

  private settled(): Waiting | undefined {
    const { invocation } = this;
    this.invocation = undefined;
    return invocation;
  }

  private fail(error: Error): void {
    this.failed(error);
    this.settled()?.reject(error);
  }
}

/** What API Gateway (payload 2.0) and function URLs make of a GET. */
export function eventOf(query: string): APIGatewayProxyEventV2 {
  const requestId = randomUUID();
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/round',
    rawQueryString: query,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    headers: { accept: 'application/json' },
    isBase64Encoded: false,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: '127.0.0.1',
      domainPrefix: '127',
      http: {
        method: 'GET',
        path: '/round',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'local',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}

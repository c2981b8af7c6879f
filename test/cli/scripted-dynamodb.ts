/** A server that speaks as DynamoDB does, for what no engine at hand does: other accounts, half a batch. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  /** 'DescribeTable', 'BatchGetItem' … */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The region that the request was signed for. */
  readonly region: string | undefined;
}

/** What is answered; an Error by its name. */
export type Script = (asked: Asked) => object;

export class ScriptedDynamoDB {
  readonly asked: Asked[] = [];

  private constructor(private readonly server: Server) {}

  static async start(script: Script): Promise<ScriptedDynamoDB> {
    const server = createServer();
    const scripted = new ScriptedDynamoDB(server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
        const [, region] = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
        const asked: Asked = { operation, body: JSON.parse(text) as Asked['body'], region };
        scripted.asked.push(asked);
        const answer = script(asked);
        const isError = answer instanceof Error;
        response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(
          JSON.stringify(isError ? { __type: `x#${answer.name}`, message: answer.message } : answer),
        );
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return scripted;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export function errorNamed(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

/**
 * The way from the functions to DynamoDB: it counts what passes, with the units that DynamoDB says it charged, and can let
 * its connections end, or go dead without a word, as happens to those of a process that is frozen.
 */
import { once } from 'node:events';
import {
  Agent,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

interface Charged {
  readonly ConsumedCapacity?:
    { readonly CapacityUnits: number } | readonly { readonly CapacityUnits: number }[];
}

export class DynamoDBLink {
  requests = 0;
  readUnits = 0;
  private readonly connections = new Set<Socket>();
  private readonly dead = new Set<Socket>();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server;

  private constructor(private readonly target: string) {
    this.server = createServer((incoming, outgoing) => {
      this.pass(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    this.server.keepAliveTimeout = 0;
    this.server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.once('close', () => {
        this.connections.delete(socket);
        this.dead.delete(socket);
      });
    });
  }

  static async to(target: string): Promise<DynamoDBLink> {
    const link = new DynamoDBLink(target);
    link.server.listen(0, '127.0.0.1');
    await once(link.server, 'listening');
    return link;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What passes while something runs. */
  async counting<T>(run: () => Promise<T>): Promise<{ result: T; requests: number; readUnits: number }> {
    const { requests, readUnits } = this;
    const result = await run();
    return { result, requests: this.requests - requests, readUnits: this.readUnits - readUnits };
  }

  /** Ends all connections. @returns how many there were */
  cut(): number {
    const count = this.connections.size;
    for (const socket of this.connections) socket.destroy();
    return count;
  }

  /** Whatever is sent by the present connections is never answered. @returns how many there are */
  silence(): number {
    for (const socket of this.connections) this.dead.add(socket);
    return this.dead.size;
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming);
    if (this.dead.has(incoming.socket)) return;
    this.requests++;
    const { method, headers } = incoming;
    const forwarded = request(this.target, { agent: this.agent, method, headers });
    const responded = once(forwarded, 'response') as Promise<[IncomingMessage]>;
    forwarded.end(body);
    const [response] = await responded;
    const answer = await bytesOf(response);
    if (String(headers['x-amz-target']).includes('Get')) this.readUnits += unitsOf(answer);
    outgoing.writeHead(response.statusCode ?? 500, response.headers).end(answer);
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function unitsOf(answer: Buffer): number {
  const { ConsumedCapacity = [] } = JSON.parse(answer.toString()) as Charged;
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}

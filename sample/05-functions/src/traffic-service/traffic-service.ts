/**
 * Plays the traffic service: slow, and of a mind of its own. Every report is another one, but what a report says it says
 * always, so that who knows its number can check a round.
 */
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drivingMinutes } from './driving-minutes';

const DELAY_MS = 150;

export class TrafficService {
  /** Requests that have arrived. */
  requests = 0;
  /** The number of the present report; the next request is answered by it. */
  report = 1;
  private held: { readonly released: Promise<void>; readonly release: () => void } | undefined;
  private readonly server: Server;
  private arrived: () => void = () => undefined;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  /** Listens on a free port of the loopback address; the caller closes it. */
  static async start(): Promise<TrafficService> {
    const service = new TrafficService();
    service.server.listen(0, '127.0.0.1');
    await once(service.server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request is kept waiting, with the report of its time, until `release`. @returns when it has arrived */
  holdNext(): { readonly arrival: Promise<void>; readonly release: () => void } {
    const { promise: released, resolve: release } = deferred();
    this.held = { released, release };
    const { promise: arrival, resolve } = deferred();
    this.arrived = resolve;
    return { arrival, release };
  }

  async close(): Promise<void> {
    this.held?.release();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const { report, held } = this;
    this.held = undefined;
    const { searchParams } = new URL(request.url ?? '/', this.url);
    const places = (searchParams.get('places') ?? '').split(',');
    if (held) this.arrived();
    await (held ? held.released : sleep(DELAY_MS));
    const body = JSON.stringify({ report, minutes: drivingMinutes(places, report) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

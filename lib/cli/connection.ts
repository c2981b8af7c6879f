/**
 * The table as commands see it. The SDK is loaded at the first request, and every failure knows which operation it was
 * of, so that the message can name the action that was denied.
 */
import { setMaxListeners } from 'node:events';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoCacheOptions } from '../core/options';
import { type Connection, LazyConnection, createClient } from '../dynamodb/client';
import { Table } from '../dynamodb/table';
import { untilAborted } from '../dynamodb/until-aborted';
import { DeadlineError } from '../engine/deadline';
import type { DynamoCache } from '../engine/dynamo-cache';
import { CliError } from './cli-error';
import type { Settings } from './settings';

const REQUEST_MS = 30_000;
const ATTEMPTS = 4;

interface RequestOptions {
  readonly abortSignal: AbortSignal;
}

/** A failure, and what was asked when it happened. */
export interface FailedRequest {
  readonly operation: string;
  readonly error: unknown;
}

export class TableConnection {
  private opened: Promise<Connection> | undefined;
  private failed: FailedRequest | undefined;
  private readonly operations = new WeakMap<object, string>();
  private responded: { serverMs: number; localMs: number } | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly signal: AbortSignal,
  ) {
    // Many requests at once listen to it, which is no leak.
    setMaxListeners(0, signal);
  }

  /** Sends one request; the SDK repeats it where that helps. */
  async send<T>(request: (connection: Connection, options: RequestOptions) => Promise<T>): Promise<T> {
    const connection = await this.open();
    // Not AbortSignal.any: some versions of Node keep every signal that it has made of one which lives on.
    const controller = new AbortController();
    const abort = (reason: unknown) => {
      controller.abort(reason);
    };
    const interrupt = () => {
      abort(this.signal.reason);
    };
    const timer = setTimeout(abort, REQUEST_MS, new DeadlineError(REQUEST_MS));
    this.signal.addEventListener('abort', interrupt);
    try {
      this.signal.throwIfAborted();
      const { signal: abortSignal } = controller;
      return await untilAborted(abortSignal, () => request(connection, { abortSignal }));
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', interrupt);
    }
  }

  /** The requests of the library itself. */
  async table(): Promise<Table> {
    const { client } = await this.open();
    return new Table(this.settings.table, this.settings.layout, new LazyConnection(client));
  }

  /**
   * The product's own cache over the table. It fails open, and the command line must not: what failed behind it is
   * thrown when the work is done.
   */
  async withCache<T>(work: (cache: DynamoCache) => Promise<T>, options: DynamoCacheOptions = {}): Promise<T> {
    const { createDynamoCache } = await import('../core/create-dynamo-cache');
    const { client } = await this.open();
    const { table, namespace, version, layoutOption: layout } = this.settings;
    const warnings: string[] = [];
    const logger = {
      warn: (text: string) => warnings.push(text),
      error: (text: string) => warnings.push(text),
    };
    const cache = createDynamoCache({
      table,
      client,
      namespace,
      layout,
      ...(version !== undefined && { version }),
      timeout: '20s',
      requestScope: false,
      consistentRead: true,
      strict: true,
      ...options,
      logger,
    });
    this.failed = undefined;
    const result = await untilAborted(this.signal, () => work(cache));
    if (cache.stats().store.failures > 0) throw this.failure();
    if (warnings[0] !== undefined) throw new CliError(warnings[0]);
    return result;
  }

  /** What was being asked when this error came. */
  operationOf(error: unknown): string | undefined {
    return typeof error === 'object' && error !== null ? this.operations.get(error) : undefined;
  }

  /** How far this machine's clock is ahead of DynamoDB's, by its last answer; undefined before the first. */
  get clockAheadMs(): number | undefined {
    return this.responded && this.responded.localMs - this.responded.serverMs;
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    if (opened) (await opened.catch(() => undefined))?.client.destroy();
  }

  private failure(): Error {
    const error = this.failed?.error;
    return error instanceof Error ? error : new CliError('DynamoDB gave no answer in time.');
  }

  private open(): Promise<Connection> {
    this.opened ??= this.connect();
    return this.opened;
  }

  private async connect(): Promise<Connection> {
    const { endpoint, region, profile } = this.settings;
    const client = await createClient({
      maxAttempts: ATTEMPTS,
      ...(endpoint !== undefined && { endpoint }),
      ...(region !== undefined && { region }),
      ...(profile !== undefined && { profile }),
    });
    this.watch(client);
    return { client, sdk: await import('@aws-sdk/client-dynamodb') };
  }

  private watch(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, context) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          const operation = (context.commandName ?? '').replace(/Command$/, '');
          if (typeof error === 'object' && error !== null) this.operations.set(error, operation);
          this.failed = { operation, error };
          throw error;
        }
      },
      { step: 'initialize', name: 'cliFailures' },
    );
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        this.noteTime(answer.response);
        return answer;
      },
      { step: 'deserialize', name: 'cliClock', priority: 'low' },
    );
  }

  private noteTime(response: unknown): void {
    const date = (response as { headers?: Record<string, string> } | undefined)?.headers?.date;
    const serverMs = date === undefined ? Number.NaN : Date.parse(date);
    if (!Number.isNaN(serverMs)) this.responded = { serverMs, localMs: Date.now() };
  }
}

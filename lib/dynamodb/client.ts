/**
 * The AWS SDK, loaded at the first operation (importing it takes 55 to 330 ms), and the client: the user's own, which
 * is never closed here, or one that we make.
 */
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type Send, sendBy, sendByOurs } from './sending';

export type Sdk = typeof import('@aws-sdk/client-dynamodb');

/** An instance, or the configuration of one. */
export type ClientOption = DynamoDBClient | DynamoDBClientConfig;

export interface Connection {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
}

/** What the store is connected by. */
export interface StoreConnection extends Connection {
  /** For what callers wait for; by the client itself goes what is seldom done. */
  readonly send: Send;
}

/** Those that `createClient` made. */
const ours = new WeakMap<DynamoDBClient, Send>();

export function isClient(option: ClientOption | undefined): option is DynamoDBClient {
  return typeof (option as Partial<DynamoDBClient> | undefined)?.send === 'function';
}

/** A client with a cache's patience: one attempt, because the store retries what is worth it inside the budget. */
export async function createClient(config: DynamoDBClientConfig = {}): Promise<DynamoDBClient> {
  const { DynamoDBClient } = await loadSdk();
  const patient = { maxAttempts: 1, ...config };
  const client = new DynamoDBClient(patient);
  ours.set(client, sendByOurs(client, patient));
  return client;
}

/** Closes a client that `createClient` made, and no other. */
export function destroyIfOurs(client: DynamoDBClient): void {
  if (ours.delete(client)) client.destroy();
}

/** Connects once, at the first use. */
export class LazyConnection {
  private connection: Promise<StoreConnection> | undefined;
  private isThere = false;

  constructor(private readonly option: ClientOption | undefined) {}

  get(): Promise<StoreConnection> {
    // A failure is not kept: the next operation tries again.
    this.connection ??= this.connect().catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }

  /** Resolves when it is there, or could not be made; undefined when it has been there before. */
  begin(): Promise<void> | undefined {
    if (this.isThere) return undefined;
    return this.get().then(
      () => {
        this.isThere = true;
      },
      () => undefined,
    );
  }

  async close(): Promise<void> {
    if (isClient(this.option)) destroyIfOurs(this.option);
    else if (this.connection) destroyIfOurs((await this.connection).client);
  }

  private async connect(): Promise<StoreConnection> {
    const client = isClient(this.option) ? this.option : await createClient(this.option);
    return { sdk: await loadSdk(), client, send: ours.get(client) ?? sendBy(client) };
  }
}

let sdk: Promise<Sdk> | undefined;

function loadSdk(): Promise<Sdk> {
  // Nor is a failure of this kept: a process that had no file descriptor left may have one again.
  sdk ??= import('@aws-sdk/client-dynamodb').catch((error: unknown) => {
    sdk = undefined;
    throw error;
  });
  return sdk;
}

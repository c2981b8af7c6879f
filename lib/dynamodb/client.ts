/**
 * The AWS SDK, loaded at the first operation (importing it takes 55 to 330 ms), and the client: the user's own, which
 * is never closed here, or one that we make.
 */
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

export type Sdk = typeof import('@aws-sdk/client-dynamodb');

/** An instance, or the configuration of one. */
export type ClientOption = DynamoDBClient | DynamoDBClientConfig;

export interface Connection {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
}

const ours = new WeakSet<DynamoDBClient>();

export function isClient(option: ClientOption | undefined): option is DynamoDBClient {
  return typeof (option as Partial<DynamoDBClient> | undefined)?.send === 'function';
}

/** A client with a cache's patience: one attempt, because the store retries what is worth it inside the budget. */
export async function createClient(config: DynamoDBClientConfig = {}): Promise<DynamoDBClient> {
  const { DynamoDBClient } = await loadSdk();
  const client = new DynamoDBClient({ maxAttempts: 1, ...config });
  ours.add(client);
  return client;
}

/** Closes a client that `createClient` made, and no other. */
export function destroyIfOurs(client: DynamoDBClient): void {
  if (ours.delete(client)) client.destroy();
}

/** Connects once, at the first use. */
export class LazyConnection {
  private connection: Promise<Connection> | undefined;
  private isThere = false;

  constructor(private readonly option: ClientOption | undefined) {}

  get(): Promise<Connection> {
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

  private async connect(): Promise<Connection> {
    const client = isClient(this.option) ? this.option : await createClient(this.option);
    return { sdk: await loadSdk(), client };
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

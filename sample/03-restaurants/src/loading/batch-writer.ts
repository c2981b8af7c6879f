import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';

/** As many as a BatchWriteItem takes. */
export const BATCH = 25;

export interface BatchWriterOptions {
  /** How often in a row DynamoDB may take nothing before it is given up. @default 8 */
  readonly attempts?: number;
  /** The longest the first pause may be, ms; each one after may be twice as long. @default 50 */
  readonly firstPauseMs?: number;
  /** Waits; replaced in tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** DynamoDB took a part of a batch, and then nothing more of it, attempt after attempt. */
export class UnprocessedItemsError extends Error {
  constructor(readonly left: number) {
    super(
      `DynamoDB still does not take ${left} items. What is written stays; the next load goes on from there.`,
    );
  }
}

/** Puts items by BatchWriteItem, and what comes back unprocessed again, after a pause that grows. */
export class BatchWriter {
  /** Items that were sent more than once. */
  retried = 0;

  private readonly attempts: number;
  private readonly firstPauseMs: number;
  private readonly pause: (ms: number) => Promise<unknown>;

  constructor(
    private readonly database: DynamoDBDocumentClient,
    private readonly table: string,
    { attempts = 8, firstPauseMs = 50, pause = sleep }: BatchWriterOptions = {},
  ) {
    this.attempts = attempts;
    this.firstPauseMs = firstPauseMs;
    this.pause = pause;
  }

  /**
   * @param items 25 at most
   * @throws UnprocessedItemsError when DynamoDB takes nothing more
   */
  async write(items: readonly object[]): Promise<void> {
    let requests = items.map((Item) => ({ PutRequest: { Item: { ...Item } } }));
    let refusals = 0;
    while (requests.length > 0) {
      const left = await this.send(requests);
      if (left.length === 0) return;
      refusals = left.length < requests.length ? 1 : refusals + 1;
      if (refusals >= this.attempts) throw new UnprocessedItemsError(left.length);
      requests = left;
      this.retried += left.length;
      // By chance anything up to that: who was throttled together does not come back together.
      await this.pause(Math.random() * this.firstPauseMs * 2 ** (refusals - 1));
    }
  }

  private async send(requests: Puts): Promise<Puts> {
    const { UnprocessedItems } = await this.database.send(
      new BatchWriteCommand({ RequestItems: { [this.table]: requests } }),
    );
    return (UnprocessedItems?.[this.table] ?? []) as Puts;
  }
}

type Puts = { PutRequest: { Item: Record<string, unknown> } }[];

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { MessageStream } from '../last-message/message-stream';
import { type StreamRecord, sequenceNumberOf } from '../last-message/stream-event';

/** What `MaximumRetryAttempts` is to Lambda: a record that can never be read must not hold up those behind it. */
const ATTEMPTS = 5;
const PAUSE_MS = 100;

/** Brings records until all are done: from the first that failed on, as Lambda does with `ReportBatchItemFailures`. */
export async function deliver(
  records: readonly StreamRecord[],
  messages: Pick<MessageStream, 'receive'>,
  ended: AbortSignal,
  logger: Pick<Logger, 'error'>,
): Promise<void> {
  let rest = records;
  let attempts = 0;
  while (rest.length > 0) {
    const { batchItemFailures } = await messages.receive({ Records: rest });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const first = rest.findIndex((record) => failed.has(sequenceNumberOf(record)));
    if (first === -1) return;
    attempts = first === 0 ? attempts + 1 : 1;
    const isGivenUp = attempts === ATTEMPTS;
    if (isGivenUp) logger.error(`Record ${sequenceNumberOf(rest[first] ?? {})} is left out.`);
    rest = rest.slice(isGivenUp ? first + 1 : first);
    if (isGivenUp) attempts = 0;
    else await wait(PAUSE_MS, undefined, { signal: ended });
  }
}

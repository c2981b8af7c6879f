/** What a record of the table's stream says: of the same shape in a Lambda's event and in DynamoDB's own API. */
import { MESSAGE, messageFrom } from '../conversations/conversation.items';
import type { Message } from '../conversations/message';

type Attributes = Readonly<Record<string, { readonly S?: string | undefined }>>;

export interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: Attributes | undefined;
        readonly NewImage?: Attributes | undefined;
        readonly SequenceNumber?: string | undefined;
      }
    | undefined;
}

export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** Which records failed. Lambda goes back to the first of them, and brings it and all after it once more. */
export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * The message that a record brings; undefined when it is about something else, such as a conversation that was moved.
 *
 * @throws TypeError when the message cannot be read
 */
export function messageIn({ eventName, dynamodb }: StreamRecord): Message | undefined {
  if (eventName !== 'INSERT' || !dynamodb?.Keys?.sk?.S?.startsWith(MESSAGE)) return undefined;
  const image = Object.entries(dynamodb.NewImage ?? {});
  return messageFrom(Object.fromEntries(image.map(([name, { S: text }]) => [name, text])));
}

/** Without a number all of its batch is brought again. */
export function sequenceNumberOf({ dynamodb }: StreamRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

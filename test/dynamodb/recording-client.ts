import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { testClient } from '../support/dynamodb';

export interface Sent {
  readonly command: string;
  readonly input: Record<string, unknown>;
  readonly options: { readonly abortSignal?: AbortSignal } | undefined;
}

type Answer = Record<string, unknown>;

/**
 * A client that tells what was sent and with which options. `change` may rewrite an input, or replace the answer by
 * returning one: for what an engine never does by itself, such as leaving writes unprocessed.
 */
export function recordingClient(
  client: DynamoDBClient = testClient(),
  change: (sent: Sent, send: (input: unknown) => Promise<Answer>) => Promise<Answer> = (sent, send) =>
    send(sent.input),
): { client: DynamoDBClient; sent: Sent[]; commands: () => string[] } {
  const sent: Sent[] = [];
  type Send = (command: object, options: Sent['options']) => Promise<Answer>;
  const send = client.send.bind(client) as unknown as Send;
  client.send = (async (command: { input: Sent['input'] }, options: Sent['options']) => {
    const Command = command.constructor as new (input: unknown) => object;
    const one: Sent = { command: Command.name.replace(/Command$/, ''), input: command.input, options };
    sent.push(one);
    return change(one, (input) => send(new Command(input), options));
  }) as unknown as DynamoDBClient['send'];
  return { client, sent, commands: () => sent.map(({ command }) => command) };
}

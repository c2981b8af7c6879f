/** The conversations there are to begin with: a real dialogue, see data/README.md. */
import { Injectable } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, messageOf } from '../conversations/message';
import { MessageRepository } from '../conversations/message.repository';

const FILE = join(__dirname, '..', '..', 'data', 'dialogues.json');
const BETWEEN_LINES_MS = 20_000;

interface Dialogue {
  readonly id: string;
  readonly people: readonly [string, string];
  readonly begins: string;
  readonly lines: readonly (readonly [speaker: string, text: string])[];
}

@Injectable()
export class Play {
  constructor(private readonly messages: MessageRepository) {}

  /** Writes what is not there yet, be it that nothing is, or that somebody ended in the middle of it. */
  async stage(): Promise<void> {
    const dialogues = JSON.parse(readFileSync(FILE, 'utf8')) as Dialogue[];
    for (const dialogue of dialogues) await this.write(messagesOf(dialogue), await this.written(dialogue.id));
  }

  /** The last one first: the conversation begins where all of them put it, and none of the others moves it. */
  private async write(messages: readonly Message[], written: ReadonlySet<string>): Promise<void> {
    const [last, ...others] = [...messages].reverse();
    if (last && !written.has(last.id)) await this.messages.addFirst(last);
    const missing = others.filter(({ id }) => !written.has(id));
    await Promise.all(missing.map((message) => this.messages.add(message)));
  }

  /** The ids of all messages of a conversation. */
  private async written(conversationId: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    let before: string | undefined;
    do {
      const page = await this.messages.page(conversationId, before);
      for (const { id } of page.messages) ids.add(id);
      before = page.before;
    } while (before !== undefined);
    return ids;
  }
}

function messagesOf({ id: conversationId, people, begins, lines }: Dialogue): Message[] {
  const [one, other] = people;
  return lines.map(([from, text], i) => {
    const to = from === one ? other : one;
    const sentAt = new Date(Date.parse(begins) + i * BETWEEN_LINES_MS);
    const uuid = `${conversationId.slice(0, -12)}${String(i).padStart(12, '0')}`;
    return messageOf({ conversationId, from, to, text, sentAt }, uuid);
  });
}

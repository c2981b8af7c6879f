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

  /** Writes what is not there yet. */
  async stage(): Promise<void> {
    const dialogues = JSON.parse(readFileSync(FILE, 'utf8')) as Dialogue[];
    for (const dialogue of dialogues) {
      const { messages: known } = await this.messages.page(dialogue.id);
      if (known.length === 0) await this.write(messagesOf(dialogue));
    }
  }

  /** The last one first: the conversation begins where all of them put it, and none of the others moves it. */
  private async write(messages: readonly Message[]): Promise<void> {
    const [last, ...others] = [...messages].reverse();
    if (!last) return;
    await this.messages.addFirst(last);
    await Promise.all(others.map((message) => this.messages.add(message)));
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

import type { Conversation } from '../conversations/conversation';
import type { Message } from '../conversations/message';
import type { Origin } from '../report/cache-report.interceptor';

export interface Visit<T> {
  readonly origin: Origin;
  /** As the application reports it, without the way through HTTP. */
  readonly ms: number;
  readonly data: T;
}

type OverHttp<T> = Omit<T, 'sentAt'> & { readonly sentAt: string };
export type SeenMessage = OverHttp<Message>;
export type SeenConversation = Omit<Conversation, 'lastMessage'> & {
  readonly lastMessage: OverHttp<Conversation['lastMessage']>;
};

/** A person who asks the running application over HTTP. */
export class Visitor {
  /** The visits to lists. */
  readonly visits: Visit<unknown>[] = [];

  constructor(
    private readonly url: string,
    private readonly name: string,
  ) {}

  conversations(): Promise<Visit<SeenConversation[]>> {
    return this.visit('/conversations');
  }

  async messages(conversationId: string): Promise<Visit<SeenMessage[]>> {
    const visit = await this.visit<{ messages: SeenMessage[] }>(`/conversations/${conversationId}/messages`);
    return { ...visit, data: visit.data.messages };
  }

  async reply(conversationId: string, text: string): Promise<SeenMessage> {
    const response = await this.fetch(`/conversations/${conversationId}/messages`, {
      method: 'POST',
      body: JSON.stringify({ text }),
    });
    return (await response.json()) as SeenMessage;
  }

  private async visit<T>(path: string): Promise<Visit<T>> {
    const response = await this.fetch(path);
    const visit = {
      origin: response.headers.get('x-cache') as Origin,
      ms: parseFloat(response.headers.get('x-time') ?? 'NaN'),
      data: (await response.json()) as T,
    };
    this.visits.push(visit);
    return visit;
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-user': this.name, 'content-type': 'application/json' };
    const response = await fetch(this.url + path, { ...init, headers });
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return response;
  }
}

export function medianMs(visits: readonly Visit<unknown>[]): number {
  const times = visits.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? NaN;
}

export function count(visits: readonly Visit<unknown>[], origin: Origin): number {
  return visits.filter((visit) => visit.origin === origin).length;
}

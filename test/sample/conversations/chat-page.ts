/** The sample's page in a browser, and everything it has shown and been answered. */
import type { Browser, Page, Request, Response } from 'playwright-core';

/** What one side of the page showed after a change. */
interface Shown {
  readonly person: string;
  /** Ids, the newest last. */
  readonly messages: readonly string[];
  /** Conversation -> its last message. */
  readonly conversations: Readonly<Record<string, string>>;
}

const RECORD = `
  window.shown = [];
  new MutationObserver(() => {
    for (const side of document.querySelectorAll('[data-person]')) {
      window.shown.push({
        person: side.dataset.person,
        messages: [...side.querySelectorAll('[data-message]')].map((row) => row.dataset.message),
        conversations: Object.fromEntries(
          [...side.querySelectorAll('[data-conversation]')].map((row) => [row.dataset.conversation, row.dataset.last]),
        ),
      });
    }
  }).observe(document, { subtree: true, childList: true });
`;

export class ChatPage {
  private readonly stale: string[] = [];
  private readonly acknowledged = new Set<string>();
  private answers: Promise<unknown> = Promise.resolve();

  private constructor(readonly page: Page) {
    const expected = new Map<Request, string[]>();
    page.on('request', (request) => {
      if (isOfMessages(request)) expected.set(request, [...this.acknowledged]);
    });
    page.on('response', (response) => {
      const before = expected.get(response.request());
      this.answers = Promise.all([this.answers, this.check(response, before)]);
    });
  }

  static async open(browser: Browser, url: string): Promise<ChatPage> {
    const page = await browser.newPage();
    const chat = new ChatPage(page);
    await page.addInitScript({ content: RECORD });
    await page.goto(url);
    for (const person of ['jack', 'algernon']) await chat.side(person).locator('.message').first().waitFor();
    return chat;
  }

  side(person: string) {
    return this.page.locator(`[data-person=${person}]`);
  }

  async write(person: string, text: string): Promise<void> {
    await this.side(person).locator('.write input').fill(text);
    await this.side(person).locator('.write button').click();
  }

  async waitFor(person: string, text: string): Promise<void> {
    await this.side(person).locator('.message', { hasText: text }).waitFor();
  }

  /** Messages that an answer was without, although they had been acknowledged before it was asked for. */
  async staleAnswers(): Promise<string[]> {
    await this.answers;
    return this.stale;
  }

  /** Each time that a side showed an older message last than it had before. */
  async stepsBack(): Promise<string[]> {
    const newest = new Map<string, string>();
    const steps: string[] = [];
    const look = (place: string, id: string | undefined): void => {
      const before = newest.get(place);
      if (id === undefined) return;
      if (before !== undefined && id < before) steps.push(`${place}: ${before} -> ${id}`);
      newest.set(place, id);
    };
    for (const { person, messages, conversations } of await this.shown()) {
      look(`${person}'s messages`, messages.at(-1));
      for (const [id, last] of Object.entries(conversations)) look(`${person}'s ${id}`, last);
    }
    return steps;
  }

  async shown(): Promise<Shown[]> {
    return this.page.evaluate<Shown[]>('window.shown');
  }

  async close(): Promise<void> {
    await this.page.close();
    await this.answers;
  }

  private async check(response: Response, before: string[] | undefined): Promise<void> {
    const request = response.request();
    const isSent = request.method() === 'POST' && request.url().endsWith('/messages');
    if (!isSent && before === undefined) return;
    // A page that is closed has answers under way.
    const body = (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined;
    if (body === undefined) return;
    if (isSent) this.acknowledged.add(String(body.id));
    const ids = new Set(((body.messages ?? []) as { id: string }[]).map(({ id }) => id));
    for (const id of before ?? []) if (!ids.has(id)) this.stale.push(id);
  }
}

function isOfMessages(request: Request): boolean {
  return request.method() === 'GET' && request.url().endsWith('/messages');
}

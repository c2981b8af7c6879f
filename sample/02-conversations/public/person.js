import { Api } from './api.js';
import { element, fromTemplate } from './elements.js';
import { Latest } from './latest.js';
import { conversationRow, messageRow, requestRow } from './rows.js';

const EVERY_MS = 1_000;
const REQUESTS_SHOWN = 5;

/** One side of the page. */
export class Person {
  /** The conversation that is open, and how many pages of it. */
  open = undefined;
  pages = 1;

  /** @param partner whose conversation is opened first, if there is one */
  constructor(name, partner, onRequest) {
    this.name = name;
    this.partner = partner;
    this.element = fromTemplate('person');
    this.element.dataset.person = name;
    this.find('.name').textContent = name;
    this.find('.face').textContent = name[0];
    this.api = new Api(name, (request) => {
      onRequest(request);
      this.showRequest(request);
    });
    this.conversations = new Latest((list) => this.showConversations(list));
    this.messages = new Latest((talk) => this.showMessages(talk));
    this.find('.write').addEventListener('submit', (event) => this.run(event, () => this.send()));
    this.find('.start').addEventListener('submit', (event) => this.run(event, () => this.begin()));
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  /** Asks for both lists again and again. */
  async watch() {
    for (;;) {
      await this.refresh().catch((error) => this.showProblem(error));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  async refresh() {
    await Promise.all([this.conversations.ask(() => this.api.conversations()), this.refreshMessages()]);
  }

  async refreshMessages() {
    const { open, pages } = this;
    if (open) await this.messages.ask(() => this.load(open, pages));
  }

  async load(conversationId, pages) {
    const messages = [];
    let before;
    for (let page = 0; page < pages && (page === 0 || before !== undefined); page++) {
      const answer = await this.api.messages(conversationId, before);
      messages.push(...answer.messages);
      before = answer.before;
    }
    return { conversationId, messages, hasMore: before !== undefined };
  }

  async run(event, action) {
    event.preventDefault();
    await action().catch((error) => this.showProblem(error));
  }

  async send() {
    const input = this.find('.write input');
    const text = input.value.trim();
    if (!text || !this.open) return;
    input.value = '';
    try {
      await this.api.reply(this.open, text);
    } catch (error) {
      // It can be sent again, unless something else has been written meanwhile.
      input.value ||= text;
      throw error;
    }
    await this.refresh();
  }

  async begin() {
    const input = this.find('.start input');
    const to = input.value.trim().toLowerCase();
    if (!to) return;
    const { conversationId } = await this.api.start(to, 'Hello!');
    input.value = '';
    await this.choose(conversationId);
  }

  async choose(conversationId) {
    this.open = conversationId;
    this.pages = 1;
    await this.refresh();
  }

  async more() {
    this.pages++;
    await this.refreshMessages();
  }

  showConversations(list) {
    const first = list.find(({ partner }) => partner === this.partner) ?? list[0];
    if (!this.open && first) this.choose(first.id).catch((error) => this.showProblem(error));
    this.find('.conversations').replaceChildren(
      ...list.map((conversation) =>
        conversationRow(conversation, conversation.id === this.open, () => this.choose(conversation.id)),
      ),
    );
  }

  showMessages({ conversationId, messages, hasMore }) {
    if (conversationId !== this.open) return;
    const list = this.find('.messages');
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const older = element('button', 'more', 'Older messages');
    older.addEventListener('click', () => this.more());
    const rows = [...messages].reverse().map((message) => messageRow(message, this.name));
    list.replaceChildren(...(hasMore ? [element('li', 'more-row', older)] : []), ...rows);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  showRequest(request) {
    this.tell(requestRow(request));
  }

  showProblem(error) {
    this.tell(element('li', 'problem', error.message));
  }

  tell(row) {
    const list = this.find('.requests');
    list.prepend(row);
    while (list.children.length > REQUESTS_SHOWN) list.lastElementChild.remove();
  }
}

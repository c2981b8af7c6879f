/** What a person asks the application for. Tells of every request whether it was a hit, stale or a load, and its time. */
export class Api {
  constructor(user, onRequest) {
    this.user = user;
    this.onRequest = onRequest;
  }

  conversations() {
    return this.ask('GET', '/conversations', 'conversations');
  }

  messages(conversationId, before) {
    const page = before === undefined ? '' : `?before=${encodeURIComponent(before)}`;
    return this.ask('GET', `/conversations/${conversationId}/messages${page}`, 'messages');
  }

  reply(conversationId, text) {
    return this.ask('POST', `/conversations/${conversationId}/messages`, 'message', { text });
  }

  start(to, text) {
    return this.ask('POST', '/conversations', 'conversation', { to, text });
  }

  async ask(method, path, what, body) {
    const headers = { 'x-user': this.user, 'content-type': 'application/json' };
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error([answer.message].flat().join(', '));
    const origin = method === 'GET' ? response.headers.get('x-cache') : 'write';
    this.onRequest({ method, what, origin, ms: parseFloat(response.headers.get('x-time')) });
    return answer;
  }
}

/** Alice and Bob at one page of the shop: what they send, and whose answers they are given. */
import { once } from 'node:events';
import { expect } from 'vitest';
import { quiet } from '../../engine/deferred';
import type { Answer, Headers } from '../../support/http-client';
import type { Site } from '../../support/http-site';
import type { Pages } from './basket-site';
import { type Identity, PEOPLE, type Person } from './people';

export class Visit {
  private readonly taken: { person: Person; answer: Answer; sent: Headers }[] = [];

  constructor(
    private readonly site: Site,
    private readonly pages: Pages,
    private readonly identity: Identity,
    private readonly page: string,
  ) {}

  alice = (method = 'GET', headers: Headers = {}): Promise<Answer> => this.ask('alice', method, headers);
  bob = (method = 'GET', headers: Headers = {}): Promise<Answer> => this.ask('bob', method, headers);

  /** Alice asks, and her handler works until `release` is called; or she is answered without it. */
  async aliceIsHeld(): Promise<{ answered: Promise<Answer>; release: () => void }> {
    const release = this.pages.holdNext(this.page);
    const called = this.pages.nextCall(this.page);
    const answered = this.alice();
    await Promise.race([answered, called]);
    await quiet();
    return { answered, release };
  }

  /** Bob asks; resolves when his request has come as far as it gets without the one that is held. */
  async bobArrives(method?: string): Promise<Promise<Answer>[]> {
    const arrived = once(this.site.app.getHttpServer(), 'request');
    const answered = this.bob(method);
    await arrived;
    for (let i = 0; i < 4; i++) await quiet();
    return [answered];
  }

  later(minutes: number): void {
    this.site.clock.advance(minutes * 60_000);
  }

  break(): void {
    this.pages.break(this.page);
  }

  /** What each was given is theirs, or everybody's: body, headers and status. */
  check(way: string): void {
    this.taken.forEach(({ person, answer, sent }, i) => {
      expectFor(person, answer, this.isOf(sent, person), `${way}, answer ${i + 1}, to ${person}`);
    });
  }

  /** Whether the validator that was sent is one of a page that this person was allowed to see. */
  private isOf(sent: Headers, person: Person): boolean {
    const tag = sent['if-none-match'];
    return this.taken.some(({ answer }) => {
      const { 'x-for': owner, etag } = answer.headers;
      return etag !== undefined && etag === tag && (owner === 'everybody' || owner === this.nameOf(person));
    });
  }

  private nameOf(person: Person): string {
    const { headers, query } = this.identity.credentials[person];
    return (headers ?? query) ? person : 'somebody';
  }

  private async ask(person: Person, method: string, extra: Headers): Promise<Answer> {
    const { headers, query } = this.identity.credentials[person];
    const path = `/${this.identity.route}/${this.page}${query === undefined ? '' : `?${query}`}`;
    const answer = await this.site.ask(path, { method, headers: { ...headers, ...extra } });
    this.taken.push({ person, answer, sent: extra });
    await quiet();
    return answer;
  }
}

function expectFor(person: Person, answer: Answer, mayBe304: boolean, which: string): void {
  const others = PEOPLE.filter((name) => name !== person);
  const seen = `${answer.text} ${JSON.stringify(answer.headers)}`;
  for (const other of others) expect(seen, which).not.toContain(other);
  const owner = answer.headers['x-for'];
  const statuses = owner === 'alice' ? [203] : [200];
  const otherwise = mayBe304 ? [304, 503, 504] : [503, 504];
  expect([...statuses, ...otherwise], which).toContain(answer.status);
  if (answer.status < 300) expect(owner, which).toBeDefined();
}

/** Who asks, and by what the server can tell them apart. */
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { Headers } from '../../support/http-client';

export const PEOPLE = ['alice', 'bob'] as const;
export type Person = (typeof PEOPLE)[number];

export interface Credentials {
  readonly headers?: Headers;
  readonly query?: string;
}

export interface Identity {
  readonly credentials: Record<Person, Credentials>;
  /** The route, whose `varyBy` names the identity or does not. */
  readonly route: RouteName;
  /** Nothing in the request tells the cache that it is somebody's: only what the handler answers can. */
  readonly isInvisible?: true;
}

/** What `varyBy` of each route returns. */
export const VARY_BY = {
  anybody: undefined,
  'by-authorization': byHeader('authorization'),
  'by-cookie': byHeader('cookie'),
  'by-user': byHeader('x-user'),
  // A guard finds out who it is, and says so in `request.user`.
  guarded: undefined,
  'by-broken': () => {
    throw new Error('varyBy broke');
  },
} satisfies Record<string, ((context: ExecutionContext) => string | undefined) | undefined>;

export type RouteName = keyof typeof VARY_BY;

const authorization = bothBy((name) => ({ headers: { authorization: `Bearer ${name}` } }));
const cookie = bothBy((name) => ({ headers: { cookie: `theme=dark; session=${name}` } }));
const user = bothBy((name) => ({ headers: { 'x-user': name } }));
const token = bothBy((name) => ({ query: `token=${name}` }));

export const IDENTITIES: Record<string, Identity> = {
  Authorization: { route: 'anybody', credentials: authorization },
  'Authorization, named by varyBy': { route: 'by-authorization', credentials: authorization },
  'Authorization, where varyBy throws': { route: 'by-broken', credentials: authorization },
  'Authorization, where varyBy names something else': { route: 'by-user', credentials: authorization },
  'Authorization, of Alice alone': {
    route: 'anybody',
    credentials: { alice: authorization.alice, bob: {} },
  },
  'Authorization, of Bob alone': { route: 'anybody', credentials: { alice: {}, bob: authorization.bob } },
  'Authorization, of Alice alone, named by varyBy': {
    route: 'by-authorization',
    credentials: { alice: authorization.alice, bob: {} },
  },
  'Authorization, of Bob alone, named by varyBy': {
    route: 'by-authorization',
    credentials: { alice: {}, bob: authorization.bob },
  },
  Cookie: { route: 'anybody', credentials: cookie },
  'Cookie, named by varyBy': { route: 'by-cookie', credentials: cookie },
  'Cookie, of Alice alone': { route: 'anybody', credentials: { alice: cookie.alice, bob: {} } },
  'a header of its own, named by varyBy': { route: 'by-user', credentials: user },
  'a header of its own, where varyBy throws': { route: 'by-broken', credentials: user },
  'a header of its own, that nobody names': { route: 'anybody', credentials: user, isInvisible: true },
  'a header of its own, by which a guard knows them': { route: 'guarded', credentials: user },
  'a header of its own, by which a guard knows Alice alone': {
    route: 'guarded',
    credentials: { alice: user.alice, bob: {} },
  },
  'a token in the query': { route: 'anybody', credentials: token },
};

/** As passport does: says in `request.user` who it is. */
export class Recognized implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders; user?: object }>();
    const name = request.headers['x-user'];
    if (name !== undefined) request.user = { name };
    return true;
  }
}

/** Whom a request is from, as the application's own guard would tell. */
export function personOf(headers: IncomingHttpHeaders, url: string): string {
  const told = [headers.authorization, headers.cookie, headers['x-user'], url].join(' ');
  return PEOPLE.find((name) => told.includes(name)) ?? 'somebody';
}

function byHeader(name: string) {
  return (context: ExecutionContext): string | undefined => {
    const { headers } = context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>();
    return headers[name] as string | undefined;
  };
}

function bothBy(credentials: (name: Person) => Credentials): Record<Person, Credentials> {
  return { alice: credentials('alice'), bob: credentials('bob') };
}

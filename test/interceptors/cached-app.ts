/** Applications whose routes are cached, on either server, and what their clients see. */
import 'reflect-metadata';
import type { INestApplication, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  DynamoCache,
  DynamoCacheInterceptor,
  DynamoCacheModule,
  type DynamoCacheModuleOptions,
  DynamoStore,
} from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { afterFile } from '../support/after-file';
import type { Body } from '../support/http-site';
import { Log } from '../module/application';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** As much of either server's response as handlers of tests use. */
export interface Reply {
  header(name: string, value: string): unknown;
  status(code: number): unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Setup extends Omit<ModuleMetadata, 'controllers'> {
  readonly platform: Platform;
  readonly controllers: Type[];
  readonly options?: DynamoCacheModuleOptions;
  /** The form in which responses are kept. */
  readonly body?: Body;
  readonly store?: InMemoryStore;
  readonly clock?: ManualClock;
  /** Whether the interceptor is on every route; otherwise it is a provider. @default true */
  readonly isOnEveryRoute?: boolean;
  /** Interceptors around the cache. */
  readonly outermost?: Provider[];
  /** Before it listens. */
  readonly configure?: (app: INestApplication) => void;
}

export class CachedApp {
  private constructor(
    readonly app: INestApplication,
    readonly url: string,
    readonly clock: ManualClock,
    readonly log: Log,
  ) {}

  static async start(setup: Setup): Promise<CachedApp> {
    const { platform, body, configure, outermost = [], providers = [], imports = [], ...metadata } = setup;
    const { clock = new ManualClock(), store = new InMemoryStore(clock), options = {}, ...rest } = metadata;
    const { isOnEveryRoute = true, ...others } = rest;
    const own = isOnEveryRoute
      ? { provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }
      : DynamoCacheInterceptor;
    const http = { ...(body && { body }), ...options.http };
    const log = new Log();
    const module = await Test.createTestingModule({
      ...others,
      imports: [
        DynamoCacheModule.forRoot({ logger: log, clock, isGlobal: true, ...options, http }),
        ...imports,
      ],
      providers: [...outermost, own, ...providers],
    })
      .overrideProvider(DynamoStore)
      .useValue(store)
      .compile();
    const adapter = platform === 'fastify' ? new FastifyAdapter() : undefined;
    const app = adapter ? module.createNestApplication(adapter) : module.createNestApplication();
    app.useLogger(false);
    configure?.(app);
    afterFile(() => app.close());
    await app.listen(0, '127.0.0.1');
    return new CachedApp(app, await app.getUrl(), clock, log);
  }

  get cache(): DynamoCache {
    return this.app.get(DynamoCache);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, headers);
  }

  head(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('HEAD', path, headers);
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const sending = request(new URL(this.url).origin + path, { method, headers, agent: false });
    sending.end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  }
}

/** What `Cache-Status` says, without the name. */
export function said({ headers }: Answer): string {
  return String(headers['cache-status'] ?? '').replace(/^nestjs-dynamo-cache; /, '');
}

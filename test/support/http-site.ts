/** Applications that listen on loopback, on either of Nest's HTTP platforms, with the cache in memory. */
import { Agent } from 'node:http';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { TestingModuleBuilder } from '@nestjs/testing';
import type { DynamoCacheModuleOptions } from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { Log, buildModule } from '../module/application';
import { afterFile } from './after-file';
import { type Answer, type Headers, type Question, ask } from './http-client';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

/** The form in which responses are kept. */
export type Body = 'value' | 'json';
export const PLATFORMS_AND_BODIES: readonly { platform: Platform; body: Body }[] = PLATFORMS.flatMap(
  (platform) => [
    { platform, body: 'value' },
    { platform, body: 'json' },
  ],
);

interface Setup extends ModuleMetadata {
  options?: DynamoCacheModuleOptions;
  /** What stands for the table. @default one of its own */
  store?: InMemoryStore;
  clock?: ManualClock;
  /** What a test puts in the place of something. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** What main.ts would do before it listens. */
  configure?: (app: INestApplication) => void;
}

export interface Site {
  readonly app: INestApplication;
  readonly url: string;
  readonly clock: ManualClock;
  readonly store: InMemoryStore;
  readonly log: Log;
  ask(path: string, question?: Question): Promise<Answer>;
}

/** An application that listens until the test file is over. */
export async function openSite(platform: Platform, setup: Setup): Promise<Site> {
  const {
    options,
    clock = new ManualClock(),
    store = new InMemoryStore(clock),
    override = (builder) => builder,
    configure,
    ...metadata
  } = setup;
  const log = new Log();
  const builder = buildModule({
    ...metadata,
    store,
    options: { ttl: '10m', clock, logger: log, ...options },
  });
  const module = await override(builder).compile();
  const app =
    platform === 'fastify'
      ? module.createNestApplication(new FastifyAdapter())
      : module.createNestApplication();
  app.useLogger(false);
  configure?.(app);
  const agent = new Agent({ keepAlive: true });
  afterFile(async () => {
    agent.destroy();
    await app.close();
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return { app, url, clock, store, log, ask: (path, question) => ask(url, path, question, agent) };
}

/** What a handler sets on the response that its platform gives it. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Headers;
}

/** Sets status and headers in the platform's own way, as a handler with `@Res({ passthrough: true })` does. */
export function setReply(host: HttpAdapterHost, response: unknown, { status, headers = {} }: Reply): void {
  const { httpAdapter } = host;
  if (status !== undefined) httpAdapter.status(response, status);
  for (const [name, value] of Object.entries(headers)) {
    // Both platforms take a list, their common type does not say so.
    httpAdapter.setHeader(response, name, value as string);
  }
}

/** A shop whose pages are each customer's own, unless the page says that it is everybody's. */
import { EventEmitter, once } from 'node:events';
import {
  Controller,
  Get,
  Param,
  Req,
  Res,
  ServiceUnavailableException,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders } from 'node:http';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { type Deferred, deferred } from '../../engine/deferred';
import type { Headers } from '../../support/http-client';
import { type Platform, type Site, openSite, setReply } from '../../support/http-site';
import { Recognized, type RouteName, VARY_BY, personOf } from './people';

/** What a handler says about who may keep its answer. `nth` counts the calls for the page, from 1. */
export interface Answering {
  readonly headers?: (name: string, nth: number) => Headers;
  /** Until this call, the page is the same for everybody. */
  readonly isEverybodysUntil?: number;
}

interface Request {
  headers: IncomingHttpHeaders;
  url: string;
}

/** The pages of one site, and what the test does to them. */
export class Pages {
  private readonly calls = new Map<string, number>();
  private readonly answers = new Map<string, Answering>();
  private readonly gates = new Map<string, Deferred<void>>();
  private readonly broken = new Set<string>();
  private readonly begun = new EventEmitter();

  set(page: string, answering: Answering): void {
    this.answers.set(page, answering);
  }

  callsOf(page: string): number {
    return this.calls.get(page) ?? 0;
  }

  /** Resolves when a handler is called for the page. */
  async nextCall(page: string): Promise<void> {
    await once(this.begun, page);
  }

  /** Holds the next call back; resolves what the test calls to let it go on. */
  holdNext(page: string): () => void {
    const gate = deferred();
    this.gates.set(page, gate);
    return gate.resolve;
  }

  break(page: string): void {
    this.broken.add(page);
  }

  async render(page: string, request: Request) {
    const { headers, isEverybodysUntil = 0 } = this.answers.get(page) ?? {};
    const nth = this.callsOf(page) + 1;
    this.calls.set(page, nth);
    this.begun.emit(page);
    const name = nth <= isEverybodysUntil ? 'everybody' : personOf(request.headers, request.url);
    const gate = this.gates.get(page);
    this.gates.delete(page);
    await gate?.promise;
    if (this.broken.has(page)) throw new ServiceUnavailableException(`no page for ${name}`);
    const reply = {
      // So that Alice's status is another than Bob's, and both may be stored.
      status: name === 'alice' ? 203 : 200,
      headers: { 'x-for': name, ...headers?.(name, nth) },
    };
    return { reply, body: { for: name, basket: [`${name}'s umbrella`] } };
  }
}

function pagesController(route: RouteName, pages: Pages): Type<unknown> {
  const varyBy = VARY_BY[route];

  @Controller(route)
  @UseGuards(...(route === 'guarded' ? [Recognized] : []))
  @UseInterceptors(DynamoCacheInterceptor)
  class PagesController {
    constructor(private readonly host: HttpAdapterHost) {}

    @Get(':page')
    @DynamoCacheable({
      ttl: '10m',
      staleWhileRevalidate: '5m',
      staleIfError: '1h',
      name: `pages.${route}`,
      ...(varyBy && { http: { varyBy } }),
    })
    async page(
      @Param('page') page: string,
      @Req() request: Request,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<object> {
      const { reply, body } = await pages.render(page, request);
      setReply(this.host, response, reply);
      return body;
    }
  }
  return PagesController;
}

/** The shop, open until the test file is over. */
export async function openShop(platform: Platform, memory: boolean): Promise<{ site: Site; pages: Pages }> {
  const pages = new Pages();
  const site = await openSite(platform, {
    controllers: (Object.keys(VARY_BY) as RouteName[]).map((route) => pagesController(route, pages)),
    options: memory ? { memory: { max: 1_000, ttl: '10s' } } : {},
  });
  return { site, pages };
}

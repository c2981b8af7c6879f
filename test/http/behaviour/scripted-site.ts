/** A site whose handlers answer what a case tells them to. */
import {
  Controller,
  Delete,
  Get,
  NotFoundException,
  Param,
  Patch,
  Post,
  Put,
  Res,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { type Body, type Platform, type Site, openSite, setReply } from '../../support/http-site';
import type { Handled, RouteName } from './behaviour-case';

const POLICIES = {
  plain: { ttl: '10m' },
  stale: { ttl: '10m', staleWhileRevalidate: '5m', staleIfError: '1h' },
  deaf: { ttl: '10m', http: { clientDirectives: 'ignore' } },
  'by-host': { ttl: '10m', http: { includeHost: true } },
} as const satisfies Record<RouteName, object>;

/** What the handlers say next, and what they have said. */
export class Script {
  private readonly next = new Map<string, Handled>();
  private readonly said = new Map<string, Handled[]>();
  private gate: Promise<void> | undefined;

  prepare(page: string, handled: Handled, gate?: Promise<void>): void {
    this.next.set(page, handled);
    this.gate = gate;
  }

  callsOf(page: string): number {
    return this.said.get(page)?.length ?? 0;
  }

  /** What the n-th call of the handler has said, from 1. */
  saidBy(page: string, nth: number): Handled {
    const handled = this.said.get(page)?.[nth - 1];
    if (!handled) throw new Error(`${page}: the handler has not been called ${nth} times`);
    return handled;
  }

  async play(page: string): Promise<{ handled: Handled; body: object }> {
    const handled = this.next.get(page) ?? {};
    const said = [...(this.said.get(page) ?? []), handled];
    this.said.set(page, said);
    await this.gate;
    if (handled.throws === 'an HttpException') throw new NotFoundException('thrown');
    if (handled.throws === 'an error') throw new Error('thrown');
    return { handled, body: { page, call: said.length } };
  }
}

function scriptedController(route: RouteName, script: Script): Type<unknown> {
  @Controller(route)
  @UseInterceptors(DynamoCacheInterceptor)
  class ScriptedController {
    constructor(private readonly host: HttpAdapterHost) {}

    @Get(':page')
    @DynamoCacheable({ ...POLICIES[route], name: `scripted.${route}` })
    async page(@Param('page') page: string, @Res({ passthrough: true }) response: unknown): Promise<object> {
      return this.play(page, response);
    }

    @Post(':page')
    async post(@Param('page') page: string, @Res({ passthrough: true }) response: unknown): Promise<object> {
      return this.play(page, response);
    }

    @Put(':page')
    async put(@Param('page') page: string, @Res({ passthrough: true }) response: unknown): Promise<object> {
      return this.play(page, response);
    }

    @Patch(':page')
    async patch(@Param('page') page: string, @Res({ passthrough: true }) response: unknown): Promise<object> {
      return this.play(page, response);
    }

    @Delete(':page')
    async delete(
      @Param('page') page: string,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<object> {
      return this.play(page, response);
    }

    private async play(page: string, response: unknown): Promise<object> {
      const { handled, body } = await script.play(page);
      const { status = 200, headers = {} } = handled;
      setReply(this.host, response, { status, headers });
      return body;
    }
  }
  return ScriptedController;
}

/** The site, open until the test file is over. */
export async function openScriptedSite(
  platform: Platform,
  body: Body,
): Promise<{ site: Site; script: Script }> {
  const script = new Script();
  const routes = Object.keys(POLICIES) as RouteName[];
  const site = await openSite(platform, {
    controllers: routes.map((route) => scriptedController(route, script)),
    options: { http: { body } },
  });
  return { site, script };
}

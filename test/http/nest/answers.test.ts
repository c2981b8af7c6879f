// Whatever a handler answers, and however: a hit is what the miss was, or there is none.
import 'reflect-metadata';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  type MessageEvent,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Readable } from 'node:stream';
import { type Observable, from, of } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import type { Answer } from '../../support/http-client';
import { PLATFORMS, type Site, openSite, setReply } from '../../support/http-site';

let calls = 0;
beforeEach(() => {
  calls = 0;
});

const BODIES: Record<string, () => unknown> = {
  object: () => ({ a: 1, nested: [{ b: null }] }),
  array: () => [1, 2],
  'empty-array': () => [],
  text: () => 'a text',
  'empty-text': () => '',
  umlauts: () => 'Zürich \u{1f600}',
  json: () => '{"a":1}',
  number: () => 7,
  zero: () => 0,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined,
  date: () => ({ at: new Date(0) }),
  holes: () => ({ a: undefined, b: [undefined] }),
  nan: () => ({ n: Number.NaN, minus: -0 }),
  buffer: () => Buffer.from([0, 1, 254, 255]),
  inside: () => ({ bytes: Buffer.from('ab') }),
  map: () => new Map([['a', 1]]),
  toJSON: () => ({ url: new URL('http://a.example/b') }),
};

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class AnswersController {
  constructor(private readonly host: HttpAdapterHost) {}

  @Get('stream')
  @DynamoCacheable('10m')
  async stream(): Promise<StreamableFile> {
    calls++;
    return new StreamableFile(Readable.from([`stream ${calls}`]), { type: 'text/plain' });
  }

  @Get('file')
  @DynamoCacheable('10m')
  async file(): Promise<StreamableFile> {
    calls++;
    return new StreamableFile(Buffer.from(`file ${calls}`), {
      type: 'text/plain',
      disposition: 'attachment',
    });
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    calls++;
    return of({ data: `one ${calls}` }, { data: 'two' });
  }

  @Get('own')
  @DynamoCacheable('10m')
  async own(@Res() response: unknown): Promise<void> {
    this.host.httpAdapter.reply(response, { nth: ++calls }, 201);
  }

  @Get('passthrough')
  @DynamoCacheable('10m')
  async passthrough(@Res({ passthrough: true }) response: unknown): Promise<object> {
    setReply(this.host, response, {
      status: 203,
      headers: { 'X-Own': 'yes', 'Content-Type': 'application/vnd.thing+json; charset=utf-8' },
    });
    return { nth: ++calls };
  }

  @Get('code')
  @HttpCode(202)
  @DynamoCacheable('10m')
  async code(): Promise<object> {
    return { nth: ++calls };
  }

  @Get('nothing')
  @HttpCode(204)
  @DynamoCacheable('10m')
  async nothing(): Promise<void> {
    calls++;
  }

  @Get('header')
  @Header('X-Fixed', 'fixed')
  @Header('Cache-Control', 'public, max-age=60')
  @DynamoCacheable('10m')
  async header(): Promise<object> {
    return { nth: ++calls };
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  @DynamoCacheable('10m')
  async moved(): Promise<object> {
    return { url: `/elsewhere/${++calls}` };
  }

  @Get('found')
  @Redirect('/elsewhere', 302)
  @DynamoCacheable('10m')
  async found(): Promise<object> {
    return { url: `/elsewhere/${++calls}` };
  }

  @Get('several')
  several(): Observable<object> {
    calls++;
    return from([{ nth: 0 }, { nth: calls }]);
  }

  @Get('sync')
  sync(): object {
    return { nth: ++calls };
  }
}

/** A handler for each body. */
function bodiesController() {
  class BodiesController {}
  for (const [name, body] of Object.entries(BODIES)) {
    const method = async (): Promise<unknown> => {
      calls++;
      return body();
    };
    Object.defineProperty(BodiesController.prototype, name, {
      value: method,
      configurable: true,
      writable: true,
    });
    const descriptor = Object.getOwnPropertyDescriptor(BodiesController.prototype, name)!;
    Get(name)(BodiesController.prototype, name, descriptor);
  }
  UseInterceptors(DynamoCacheInterceptor)(BodiesController);
  Controller('bodies')(BodiesController);
  return BodiesController;
}

/** All that a client can tell. */
const seen = ({ status, headers, text }: Answer) => ({
  status,
  text,
  type: headers['content-type'],
  length: headers['content-length'],
  etag: headers.etag,
});

describe.each(PLATFORMS)('%s', (platform) => {
  let site: Site;
  beforeEach(async () => {
    site = await openSite(platform, { controllers: [AnswersController, bodiesController()] });
  });
  const twice = async (path: string): Promise<[Answer, Answer]> => [
    await site.ask(path),
    await site.ask(path),
  ];

  describe('what the handler returns', () => {
    it.each(Object.keys(BODIES))('%s: the hit is what the miss was', async (name) => {
      const [miss, hit] = await twice(`/bodies/${name}`);
      expect(seen(hit)).toEqual(seen(miss));
      const uncached = name === 'toJSON' ? 2 : 1;
      expect(calls).toBe(uncached);
    });
  });

  it.each(['stream', 'file'])('a StreamableFile (%s) is sent each time, and never cached', async (path) => {
    const [first, second] = await twice(`/${path}`);
    expect([first.text, second.text]).toEqual([`${path} 1`, `${path} 2`]);
    expect(second.headers['content-type']).toBe('text/plain');
    expect(second.headers['cache-status']).not.toContain('stored');
  });

  it('events are sent each time, and never cached', async () => {
    const [first, second] = await twice('/events');
    expect(first.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(first.text).toContain('data: one 1');
    expect(second.text).toContain('data: one 2');
  });

  it('@Res() without passthrough answers by itself each time', async () => {
    const [first, second] = await twice('/own');
    expect([first.status, first.text]).toEqual([201, '{"nth":1}']);
    expect([second.status, second.text]).toEqual([201, '{"nth":2}']);
  });

  it('@Res({ passthrough: true }): status and headers are on the hit as on the miss', async () => {
    const [miss, hit] = await twice('/passthrough');
    expect(seen(hit)).toEqual(seen(miss));
    expect(hit).toMatchObject({ status: 203, text: '{"nth":1}' });
    expect(hit.headers).toMatchObject({
      'x-own': 'yes',
      'content-type': 'application/vnd.thing+json; charset=utf-8',
    });
  });

  it('@HttpCode', async () => {
    const [miss, hit] = await twice('/code');
    expect(seen(hit)).toEqual(seen(miss));
    expect(hit).toMatchObject({ status: 202, text: '{"nth":1}' });
  });

  it('@HttpCode(204)', async () => {
    const [miss, hit] = await twice('/nothing');
    expect(seen(hit)).toEqual(seen(miss));
    expect([hit.status, calls]).toEqual([204, 1]);
  });

  it('@Header', async () => {
    const [, hit] = await twice('/header');
    expect(hit.headers).toMatchObject({ 'x-fixed': 'fixed', 'cache-control': 'public, max-age=60' });
    expect(calls).toBe(1);
    site.clock.advance(60_000);
    await site.ask('/header');
    expect(calls).toBe(2);
  });

  it.each([
    ['moved', 301],
    ['found', 302],
  ])('@Redirect (%s, %i) sends on, each time', async (path, status) => {
    for (const answer of await twice(`/${path}`)) {
      expect(answer.status).toBe(status);
      expect(answer.headers.location).toMatch(/^\/elsewhere\/\d$/);
    }
  });

  it('an Observable: its last value', async () => {
    const [miss, hit] = await twice('/several');
    expect([miss.text, hit.text]).toEqual(['{"nth":1}', '{"nth":1}']);
  });

  it('a handler that returns no promise', async () => {
    const [miss, hit] = await twice('/sync');
    expect([miss.text, hit.text]).toEqual(['{"nth":1}', '{"nth":1}']);
  });

  it('a hit is on no header what it was not on the miss, but Age and Cache-Status', async () => {
    const [miss, hit] = await twice('/passthrough');
    const { age: _age, 'cache-status': _status, date: _date, ...others } = hit.headers;
    const { 'cache-status': _missStatus, date: _missDate, ...before } = miss.headers;
    expect(others).toEqual(before);
  });

  it('two hundred at once, cold: one call of the handler', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => site.ask('/sync')));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"nth":1}']));
    expect(calls).toBe(1);
  });
});

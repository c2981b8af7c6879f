// The wrapper stands for the method it replaces: what other decorators, above or below, have said of it stays found.
import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  HttpCode,
  type INestApplication,
  Inject,
  Injectable,
  Param,
  Post,
  Req,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { DiscoveryModule } from '@nestjs/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheable } from '../../lib';
import { afterFile } from '../support/after-file';
import { Log, buildModule, startModule } from '../module/application';

const Cron = (expression: string) => SetMetadata('SCHEDULE_CRON_OPTIONS', { expression });

/** As swagger does: on the method, on the prototype and the name, and anew from what stands there. */
function ApiOperation(summary: string): MethodDecorator {
  return (prototype, key, descriptor: PropertyDescriptor) => {
    Reflect.defineMetadata('swagger/apiOperation', { summary }, descriptor.value as object);
    Reflect.defineMetadata('swagger/apiResponse', { summary }, prototype, key);
  };
}

/** Another decorator that wraps. */
function Shout(): MethodDecorator {
  return (_prototype, _key, descriptor: PropertyDescriptor) => {
    const original = descriptor.value as (...args: unknown[]) => Promise<string>;
    descriptor.value = async function (this: unknown, ...args: unknown[]) {
      return (await original.apply(this, args)).toUpperCase();
    };
  };
}

@Injectable()
class Reports {
  loads = 0;

  @Cron('above')
  @ApiOperation('above')
  @DynamoCacheable()
  async above(id: string, _optional?: number): Promise<string> {
    this.loads++;
    return id;
  }

  @DynamoCacheable()
  @Cron('below')
  @ApiOperation('below')
  async below(id: string, _optional?: number): Promise<string> {
    this.loads++;
    return id;
  }

  @Shout()
  @DynamoCacheable()
  async shoutAbove(id: string): Promise<string> {
    this.loads++;
    return id;
  }

  @DynamoCacheable()
  @Shout()
  async shoutBelow(id: string): Promise<string> {
    this.loads++;
    return id;
  }

  @DynamoCacheable()
  async withDefault(id = 'x', ..._rest: string[]): Promise<string> {
    return id;
  }
}

describe.each(['above', 'below'] as const)('a decorator %s', (place) => {
  const method = Reports.prototype[place];

  it('is found by its metadata on the method', () => {
    expect(Reflect.getMetadata('SCHEDULE_CRON_OPTIONS', method)).toEqual({ expression: place });
    expect(Reflect.getMetadata('swagger/apiOperation', method)).toEqual({ summary: place });
  });

  it('is found by its metadata on the prototype and the name', () => {
    expect(Reflect.getMetadata('swagger/apiResponse', Reports.prototype, place)).toEqual({ summary: place });
    expect(Reflect.getMetadata('design:paramtypes', Reports.prototype, place)).toEqual([String, Number]);
    expect(Reflect.getMetadata('design:returntype', Reports.prototype, place)).toBe(Promise);
  });

  it('is found by an explorer, as a scheduler looks for it', async () => {
    const module = await startModule({ imports: [DiscoveryModule], providers: [Reports] });
    const scanner = new MetadataScanner();
    const found = module
      .get(DiscoveryService)
      .getProviders()
      .filter(({ instance }) => instance instanceof Reports)
      .flatMap(({ instance }) =>
        scanner.getAllMethodNames(Reports.prototype).filter((name) => {
          const reports = instance as unknown as Record<string, () => unknown>;
          return new Reflector().get<unknown>('SCHEDULE_CRON_OPTIONS', reports[name]!) !== undefined;
        }),
      );
    expect(found).toEqual(['above', 'below']);
  });

  it('leaves name and arity as they were', () => {
    expect([method.name, method.length]).toEqual([place, 2]);
    const descriptor = Object.getOwnPropertyDescriptor(Reports.prototype, place);
    expect(descriptor).toMatchObject({ enumerable: false, writable: true, configurable: true });
  });
});

it('default and rest parameters leave the arity as it was', () => {
  expect(Reports.prototype.withDefault.length).toBe(0);
});

it.each(['shoutAbove', 'shoutBelow'] as const)(
  'a wrapping decorator works on both sides: %s',
  async (place) => {
    const module = await startModule({ providers: [Reports] });
    const reports = module.get(Reports);
    expect([await reports[place]('a'), await reports[place]('a'), reports.loads]).toEqual(['A', 'A', 1]);
  },
);

describe('on a controller', () => {
  @Injectable()
  class Allowed implements CanActivate {
    constructor(private readonly reflector: Reflector) {}

    canActivate(context: ExecutionContext): boolean {
      const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
      const role = this.reflector.get<string>('role', context.getHandler());
      return request.headers.role === role;
    }
  }

  @Controller('menus')
  class MenusController {
    loads = 0;

    constructor(@Inject(DynamoCache) readonly cache: DynamoCache) {}

    @Get('above/:id')
    @HttpCode(203)
    @DynamoCacheable('10m')
    async above(@Param('id') id: string): Promise<object> {
      return { id, load: ++this.loads };
    }

    @DynamoCacheable('10m')
    @Get('below/:id')
    @HttpCode(203)
    async below(@Param('id') id: string): Promise<object> {
      return { id, load: ++this.loads };
    }

    @UseGuards(Allowed)
    @SetMetadata('role', 'cook')
    @DynamoCacheable('10m')
    @Get('guard-above')
    async guardAbove(): Promise<object> {
      return { load: ++this.loads };
    }

    @Get('guard-below')
    @DynamoCacheable('10m')
    @UseGuards(Allowed)
    @SetMetadata('role', 'cook')
    async guardBelow(): Promise<object> {
      return { load: ++this.loads };
    }

    @Post('header')
    @DynamoCacheable('10m')
    async header(@Headers('accept-language') language: string): Promise<object> {
      return { language, load: ++this.loads };
    }

    @Get('request/:id')
    @DynamoCacheable('10m')
    async request(@Req() request: { url: string }): Promise<object> {
      return { url: request.url, load: ++this.loads };
    }
  }

  const logger = new Log();
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await buildModule({
      controllers: [MenusController],
      providers: [Allowed],
      options: { logger },
    }).compile();
    app = module.createNestApplication();
    afterFile(() => app.close());
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()) + '/menus/';
  });

  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(url + path, { method, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it.each(['above', 'below'])(
    '@Get %s: the route is found, its status kept, and its answer cached',
    async (place) => {
      const first = await get(`${place}/7`);
      expect(first).toMatchObject({ status: 203, body: { id: '7' } });
      expect(await get(`${place}/7`)).toEqual(first);
      expect((await get(`${place}/8`)).body.load).not.toBe(first.body.load);
    },
  );

  it.each(['guard-above', 'guard-below'])('%s: a guard is asked each time, hit or miss', async (path) => {
    expect(await get(path)).toMatchObject({ status: 403 });
    const first = await get(path, { role: 'cook' });
    expect(first.status).toBe(200);
    expect(await get(path, { role: 'cook' })).toEqual(first);
    expect(await get(path)).toMatchObject({ status: 403 });
  });

  it('parameters are resolved before they become the key', async () => {
    const german = await get('header', { 'accept-language': 'de' }, 'POST');
    expect(german.body.language).toBe('de');
    expect((await get('header', { 'accept-language': 'fr' }, 'POST')).body.language).toBe('fr');
    expect(await get('header', { 'accept-language': 'de' }, 'POST')).toEqual(german);
  });

  it('a route that takes the request is not cached, said once', async () => {
    const bodies = [(await get('request/7')).body, (await get('request/7')).body];
    expect(bodies[0]!.load).not.toBe(bodies[1]!.load);
    expect(logger.warnings).toEqual([
      expect.stringMatching(/MenusController\.request.*\[0\] is .*IncomingMessage/),
    ]);
  });
});

// What is allowed and cannot do what was meant is said at start-up, one line each; with `strict` it is an error.
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  Post,
  Res,
  Sse,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  DynamoCacheEvict,
  DynamoCacheInterceptor,
  DynamoCacheModule,
  DynamoCachePut,
  DynamoCacheable,
  DynamoStore,
  InvalidOptionsError,
} from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { Test } from '@nestjs/testing';
import { Log, rejectionOf, startModule, started } from './application';

@Injectable()
class WrongOrder {
  @DynamoCacheable()
  @DynamoCacheEvict({ tags: ['menus'] })
  async evictBelow(id: string): Promise<string> {
    return Promise.resolve(id);
  }
}

@Injectable()
class RightOrder {
  @DynamoCacheEvict({ tags: ['menus'] })
  @DynamoCacheable()
  async evictAbove(id: string): Promise<string> {
    return Promise.resolve(id);
  }

  @DynamoCachePut({ method: 'evictAbove' })
  @DynamoCacheEvict({ tags: ['menus'] })
  async uncached(id: string): Promise<string> {
    return Promise.resolve(id);
  }
}

@Controller('menus')
class Keys {
  @Get(':id')
  @DynamoCacheable({ key: () => 'menu' })
  async fixed(@Param('id') id: string): Promise<string> {
    return Promise.resolve(id);
  }

  @Get()
  @DynamoCacheable({ key: () => 'menus' })
  async withoutParameters(): Promise<string> {
    return Promise.resolve('menus');
  }

  @Get('right/:id')
  @DynamoCacheable({ key: (...args: unknown[]) => args[0] })
  async right(@Param('id') id: string): Promise<string> {
    return Promise.resolve(id);
  }
}

@Controller('never')
@UseInterceptors(DynamoCacheInterceptor)
class Never {
  @Post()
  @DynamoCacheable()
  async post(): Promise<string> {
    return Promise.resolve('posted');
  }

  @Get('response')
  @DynamoCacheable()
  async response(@Res() response: { end(): void }): Promise<void> {
    response.end();
    return Promise.resolve();
  }

  @Sse('events')
  @DynamoCacheable()
  events(): Observable<object> {
    return EMPTY;
  }

  @Get('tags/:id')
  @DynamoCacheable({ tags: (id: string) => [id] })
  async tags(@Param('id') id: string): Promise<string> {
    return Promise.resolve(id);
  }

  @Post('out')
  @DynamoCacheable({ http: false })
  async out(): Promise<string> {
    return Promise.resolve('out');
  }

  @Get('right')
  @DynamoCacheable()
  async right(@Res({ passthrough: true }) _response: object): Promise<string> {
    return Promise.resolve('right');
  }
}

class Around implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Controller('json')
class AsJson {
  @Get('outermost')
  @UseInterceptors(DynamoCacheInterceptor, Around)
  @DynamoCacheable({ http: { body: 'json' } })
  async outermost(): Promise<object> {
    return Promise.resolve({});
  }

  @Get('inside')
  @UseInterceptors(Around, DynamoCacheInterceptor)
  @DynamoCacheable({ http: { body: 'json' } })
  async inside(): Promise<object> {
    return Promise.resolve({});
  }

  @Get('value')
  @UseInterceptors(Around, DynamoCacheInterceptor)
  @DynamoCacheable({ http: { body: 'value' } })
  async asValue(): Promise<object> {
    return Promise.resolve({});
  }

  /** What is never cached is kept in no form. */
  @Post('posted')
  @UseInterceptors(Around, DynamoCacheInterceptor)
  @DynamoCacheable({ http: { body: 'json' } })
  async posted(): Promise<object> {
    return Promise.resolve({});
  }

  /** Without the interceptor, nothing is said of it. */
  @Get('plain')
  @DynamoCacheable({ http: { body: 'json' } })
  async plain(): Promise<object> {
    return Promise.resolve({});
  }
}

class Extended extends DynamoCacheInterceptor {
  override intercept(...asked: Parameters<DynamoCacheInterceptor['intercept']>) {
    return super.intercept(...asked);
  }
}

@Controller('extended')
@UseInterceptors(Extended)
class UnderExtended {
  @Get()
  @DynamoCacheable({ http: { body: 'json' } })
  async get(): Promise<object> {
    return Promise.resolve({});
  }

  @Post()
  @DynamoCacheable()
  async post(): Promise<object> {
    return Promise.resolve({});
  }
}

async function findings(metadata: object): Promise<string[]> {
  const logger = new Log();
  await startModule({ ...metadata, options: { logger } });
  return logger.warnings;
}

describe('said at start-up:', () => {
  it('decorators in an order that cannot work', async () => {
    expect(await findings({ providers: [WrongOrder, RightOrder] })).toEqual([
      '@DynamoCacheEvict on WrongOrder.evictBelow stands below @DynamoCacheable, and does nothing when the result is cached: put it above.',
    ]);
  });

  it('a key that is the same for every request of a route with parameters', async () => {
    expect(await findings({ controllers: [Keys] })).toEqual([expect.stringMatching(/"key" of Keys\.fixed/)]);
  });

  it('routes that the interceptor never caches, with the reason', async () => {
    expect(await findings({ controllers: [Never] })).toEqual([
      expect.stringMatching(/Never\.post: it does not answer GET/),
      expect.stringMatching(/Never\.response: @Res\(\) without \{ passthrough: true \}/),
      expect.stringMatching(/Never\.events: it sends events/),
      expect.stringMatching(/Never\.tags: .*http: \{ tags: /),
    ]);
  });

  it('nothing of these routes without the interceptor', async () => {
    @Controller()
    class Plain {
      @Post()
      @DynamoCacheable()
      async post(): Promise<string> {
        return Promise.resolve('posted');
      }
    }
    expect(await findings({ controllers: [Plain] })).toEqual([]);
  });

  it('routes whose responses cannot be kept as JSON', async () => {
    expect(await findings({ controllers: [AsJson] })).toEqual([
      expect.stringMatching(
        /^Responses of AsJson\.inside are kept as values, not as JSON: another interceptor/,
      ),
      expect.stringMatching(/^DynamoCacheInterceptor never caches AsJson\.posted: /),
    ]);
    @Injectable()
    class PassesOn extends Around {}
    expect(
      await findings({
        controllers: [AsJson],
        providers: [{ provide: APP_INTERCEPTOR, useClass: PassesOn }],
      }),
    ).toEqual([
      expect.stringMatching(/^Responses of AsJson\.outermost are/),
      expect.stringMatching(/^Responses of AsJson\.inside are/),
      expect.stringMatching(/^DynamoCacheInterceptor never caches AsJson\.posted: /),
    ]);
  });

  it('the same of a cache that was extended', async () => {
    expect(await findings({ controllers: [UnderExtended] })).toEqual([
      expect.stringMatching(/^Responses of UnderExtended\.get are kept as values.* or extends it/),
      expect.stringMatching(/never caches UnderExtended\.post/),
    ]);
  });

  it.each([
    [['one', 'one'], 1],
    [['one', 'one', 'one'], 1],
    [['one', 'two'], 0],
  ])('modules for the namespaces %j', async (namespaces, count) => {
    const logger = new Log();
    const imports = namespaces.map((namespace, i) =>
      // Told apart by something, as Nest makes one module of equal ones.
      DynamoCacheModule.forRoot({ table: 'menus', namespace, logger, ttl: `${i + 1}m` }),
    );
    await started(
      Test.createTestingModule({ imports }).overrideProvider(DynamoStore).useValue(new InMemoryStore()),
    );
    expect(logger.warnings.filter((line) => line.includes('more than once'))).toHaveLength(count);
  });

  it('with strict, as an error', async () => {
    const error = await rejectionOf(startModule({ providers: [WrongOrder], options: { strict: true } }));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error.message).toMatch(/^strict: @DynamoCacheEvict on WrongOrder\.evictBelow stands below/);
  });
});

import { Injectable } from '@nestjs/common';
import { DynamoCache } from 'nestjs-dynamo-cache';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startModule } from '../module/application';
import { README, unwrapped } from './markdown';

// #region without-a-decorator
@Injectable()
export class PriceService {
  constructor(private readonly cache: DynamoCache) {}

  price(id: string) {
    return this.cache.getOrLoad(`price:${id}`, () => loadPrice(id), { ttl: '1m' });
  }

  async change(id: string, price: number) {
    await savePrice(id, price);
    await this.cache.delete(`price:${id}`); // nobody is served a price that was loaded before this
  }
}
// #endregion

const prices = new Map<string, number>();
const loadPrice = vi.fn(async (id: string) => prices.get(id));

async function savePrice(id: string, price: number): Promise<void> {
  prices.set(id, price);
}

let service: PriceService;
let cache: DynamoCache;

beforeEach(async () => {
  loadPrice.mockClear();
  prices.set('7', 12);
  const module = await startModule({ providers: [PriceService] });
  service = module.get(PriceService);
  cache = module.get(DynamoCache);
});

describe('the prices', () => {
  it('are loaded once', async () => {
    expect(await service.price('7')).toBe(12);
    expect(await service.price('7')).toBe(12);
    expect(loadPrice).toHaveBeenCalledTimes(1);
    expect(await cache.get('price:7')).toBe(12);
  });

  it('are the new ones after a change', async () => {
    await service.price('7');
    await service.change('7', 15);
    expect(await service.price('7')).toBe(15);
  });

  it('that were being loaded when one changed are not kept', async () => {
    let answer: (price: number) => void = () => undefined;
    loadPrice.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const slow = service.price('7');
    await vi.waitFor(() => expect(loadPrice).toHaveBeenCalledTimes(1));
    await service.change('7', 15);
    answer(12);
    expect(await slow).toBe(12);
    expect(await service.price('7')).toBe(15);
  });
});

it('has the methods that the README lists', () => {
  const [, list = ''] = /(`get`.*?) are there, too/.exec(unwrapped(README)) ?? [];
  const names = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  expect(names).toContain('stats');
  for (const name of names) expect(cache).toHaveProperty(name, expect.any(Function));
});

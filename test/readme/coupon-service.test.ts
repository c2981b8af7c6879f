import { Injectable } from '@nestjs/common';
import { AtomicOperationError, DynamoCache } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { startModule } from '../module/application';

// #region counters-and-locks
@Injectable()
export class CouponService {
  constructor(private readonly cache: DynamoCache) {}

  async redeem(user: string, coupon: string): Promise<string> {
    const tries = await this.cache.increment(`tries:${user}`, 1, { ttl: '1m' }); // a minute from the first
    if (tries > 3) return 'too many tries';
    const isFirst = await this.cache.add(`coupon:${coupon}`, user, { ttl: '30d' }); // true for one caller, anywhere
    if (!isFirst) return 'used already';
    return this.cache.lock(`account:${user}`, { ttl: '10s', wait: '2s' }, () => credit(user)); // one at a time
  }
}
// #endregion

let inside = 0;
let most = 0;

async function credit(user: string): Promise<string> {
  most = Math.max(most, ++inside);
  await new Promise((resolve) => setImmediate(resolve));
  inside--;
  return `credited to ${user}`;
}

let store: InMemoryStore;
let clock: ManualClock;

async function start(): Promise<CouponService> {
  const module = await startModule({ providers: [CouponService], options: { clock }, store });
  return module.get(CouponService);
}

beforeEach(() => {
  clock = new ManualClock();
  store = new InMemoryStore(clock);
  most = 0;
});

describe('the coupons', () => {
  it('are redeemed once, by whichever process is first', async () => {
    const [here, there] = [await start(), await start()];
    const answers = await Promise.all([here.redeem('ada', 'SOUP'), there.redeem('ben', 'SOUP')]);
    expect(answers.filter((answer) => answer.startsWith('credited'))).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'used already')).toHaveLength(1);
    expect(most).toBe(1);
  });

  it('are tried three times a minute', async () => {
    const coupons = await start();
    for (const coupon of ['A', 'B', 'C']) expect(await coupons.redeem('ada', coupon)).toBe('credited to ada');
    expect(await coupons.redeem('ada', 'D')).toBe('too many tries');
    expect(await coupons.redeem('ben', 'D')).toBe('credited to ben');
    clock.advance(60_000);
    expect(await coupons.redeem('ada', 'E')).toBe('credited to ada');
  });

  it('are not redeemed when DynamoDB is away', async () => {
    const coupons = await start();
    store.fill = () => Promise.reject(new Error('away'));
    const redeemed = coupons.redeem('ada', 'SOUP').catch((error: unknown) => error);
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    const timer = setInterval(() => clock.advance(1_000), 1);
    const error = await redeemed;
    clearInterval(timer);
    expect(error).toBeInstanceOf(AtomicOperationError);
    expect(error).toMatchObject({ mayHaveHappened: true });
  });
});

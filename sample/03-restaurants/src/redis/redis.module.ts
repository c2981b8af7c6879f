import KeyvRedis from '@keyv/redis';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Keyv } from 'keyv';

/** One Keyv over the Redis at `REDIS_URL`; none without it. */
export const REDIS = Symbol('REDIS');

/**
 * A Redis that may go away: what it is asked meanwhile fails at once and is not kept for later. Then the cache asks the
 * table instead, and after a few failures in a row leaves Redis alone for a while.
 */
export function connectRedis(url: string): Keyv {
  const store = new KeyvRedis({ url, disableOfflineQueue: true }, { throwOnErrors: true });
  const keyv = new Keyv({ store, useKeyPrefix: false, throwOnErrors: true });
  // The cache says in its log what failed; without a listener an 'error' event ends the process.
  keyv.on('error', () => undefined);
  return keyv;
}

export async function disconnectRedis(keyv: Keyv): Promise<void> {
  await (keyv.store as KeyvRedis<unknown>).disconnect(true);
}

@Module({
  providers: [
    {
      provide: REDIS,
      useFactory: () => (process.env.REDIS_URL ? [connectRedis(process.env.REDIS_URL)] : []),
    },
  ],
  exports: [REDIS],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: readonly Keyv[]) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.redis.map(disconnectRedis));
  }
}

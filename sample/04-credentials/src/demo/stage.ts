/** What the story plays on: a platform, a DynamoDB, and applications that can be started in any way. */
import type { DynamicModule, INestApplication, LoggerService, Type } from '@nestjs/common';
import { type CacheEvent, DynamoCacheModule, onCacheEvent } from 'nestjs-dynamo-cache';
import { type RunningDynamoDB, startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { cacheOptions } from '../cache.options';
import { createApp } from '../create-app';
import { LedgerModule } from '../ledger/ledger.module';
import { LocalPlatform } from '../local-platform/local-platform';
import { ShiftedClock } from './shifted-clock';

export const CLIENTS = ['acme', 'globex', 'hooli', 'initech'];
export const TABLE = 'credentials-demo';

export class Stage {
  readonly clock = new ShiftedClock();
  readonly events: CacheEvent[] = [];
  readonly logged: string[] = [];
  readonly secrets: ReadonlyMap<string, string>;
  readonly platform: LocalPlatform;

  private readonly apps: INestApplication[] = [];
  private readonly stopListening = onCacheEvent((event) => this.events.push(event));

  private constructor(readonly dynamodb: RunningDynamoDB) {
    this.secrets = new Map(CLIENTS.map((client) => [client, randomBytes(24).toString('base64url')]));
    this.platform = new LocalPlatform({ clients: this.secrets, now: this.clock.now });
  }

  static async set(): Promise<Stage> {
    const stage = new Stage(await startDynamoDB());
    process.env.PLATFORM_URL = await stage.platform.listen();
    process.env.CLIENT_SECRETS = [...stage.secrets].map((pair) => pair.join(':')).join();
    process.env.CACHE_KEYS = newKey('first');
    process.env.CACHE_TABLE = TABLE;
    process.env.DYNAMODB_ENDPOINT = stage.dynamodb.endpoint;
    return stage;
  }

  /** The application without its cache: the domain's module alone. */
  startWithout(): Promise<INestApplication> {
    return this.start(LedgerModule);
  }

  /** The application as it is, on the clock of this stage. */
  startCached(): Promise<INestApplication> {
    const cacheModule = DynamoCacheModule.forRoot({ ...cacheOptions(), clock: this.clock });
    return this.startWith([cacheModule, LedgerModule]);
  }

  startWith(imports: (Type | DynamicModule)[]): Promise<INestApplication> {
    return this.start({ module: CachedModule, imports });
  }

  /** Everything that must not be seen anywhere. */
  get allSecrets(): string[] {
    const { authorisation, secrets } = this.platform;
    return [...this.secrets.values(), ...authorisation.tokens, ...secrets.passwords];
  }

  /** How often something happened; with a reason, for that reason. */
  count(type: CacheEvent['type'], reason?: string): number {
    return this.events.filter(
      (event) =>
        event.type === type && (reason === undefined || ('reason' in event && event.reason === reason)),
    ).length;
  }

  async strike(): Promise<void> {
    this.stopListening();
    for (const app of this.apps) await app.close();
    await this.platform.close();
    await this.dynamodb.stop();
  }

  private async start(module: Type | DynamicModule): Promise<INestApplication> {
    const app = await createApp(module, this.logger());
    this.apps.push(app);
    await app.listen(0, '127.0.0.1');
    return app;
  }

  private logger(): LoggerService {
    const keep = (...said: unknown[]) =>
      this.logged.push(said.map((one) => (typeof one === 'string' ? one : inspect(one))).join(' '));
    return { log: keep, warn: keep, error: keep };
  }
}

/** A key for CACHE_KEYS. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

class CachedModule {}

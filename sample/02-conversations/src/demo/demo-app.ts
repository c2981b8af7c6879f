/** The application on tables of its own, with or without its cache, and what it asked the conversations' table for. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Module, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppModule } from '../app.module';
import { ConversationModule } from '../conversations/conversation.module';
import { createApp } from '../create-app';
import { ConversationsTable } from '../database/conversations-table';
import { MessageStream } from '../last-message/message-stream';
import { LocalStreamModule } from '../local-stream/local-stream.module';
import { Play } from '../play/play';
import { PlayModule } from '../play/play.module';
import { Visitor } from './visitor';
import { wholeStream } from './whole-stream';

/** Without the cache's module a method that is to be cached simply runs. */
@Module({ imports: [ConversationModule, LocalStreamModule, PlayModule] })
class UncachedAppModule {}

/** Of the requests that read a list. */
interface Reads {
  requests: number;
  units: number;
}

interface Capacity {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
}

export class DemoApp {
  readonly reads: Reads = { requests: 0, units: 0 };

  private url = '';
  private received = 0;

  private constructor(private readonly app: NestExpressApplication) {}

  /** Resolves when the stream's part has dealt with the writing of the play, too, and evicted for the last time. */
  static async start(name: string, { isCached = true } = {}): Promise<DemoApp> {
    process.env.CONVERSATIONS_TABLE = `${name}-conversations`;
    process.env.CACHE_TABLE = `${name}-cache`;
    const app = await createApp(isCached ? AppModule : UncachedAppModule);
    const demoApp = new DemoApp(app);
    await demoApp.get(ConversationsTable).create();
    await demoApp.get(Play).stage();
    demoApp.countReceived();
    await app.listen(0, '127.0.0.1');
    demoApp.url = await app.getUrl();
    const { length: written } = await wholeStream(demoApp);
    while (demoApp.received < written) await sleep(20);
    demoApp.countReads();
    return demoApp;
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  visitor(name: string): Visitor {
    return new Visitor(this.url, name);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  private countReceived(): void {
    const stream = this.get(MessageStream);
    const receive = stream.receive.bind(stream);
    stream.receive = async (event) => {
      const response = await receive(event);
      this.received += event.Records.length;
      return response;
    };
  }

  private countReads(): void {
    // The lists are read by queries of the table; of its index, only the stream's part asks.
    this.get(DynamoDBClient).middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const input = args.input as { ReturnConsumedCapacity?: string; IndexName?: string };
          if (commandName !== 'QueryCommand' || input.IndexName !== undefined) return next(args);
          input.ReturnConsumedCapacity = 'TOTAL';
          const result = await next(args);
          this.reads.requests++;
          this.reads.units += (result.output as Capacity).ConsumedCapacity?.CapacityUnits ?? 0;
          return result;
        },
      { step: 'initialize', name: 'countReads' },
    );
  }
}

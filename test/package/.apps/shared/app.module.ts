import { Module, type DynamicModule } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { MenuController } from './menu.controller.js';
import { SummaryService } from './summary.service.js';

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

@Module({})
export class AppModule {
  static on(endpoint: string): DynamicModule {
    const client = { endpoint, region: 'us-east-1', credentials };
    return {
      module: AppModule,
      imports: [DynamoCacheModule.forRoot({ table: 'package-test', client, createTable: true })],
      controllers: [MenuController],
      providers: [SummaryService],
    };
  }
}

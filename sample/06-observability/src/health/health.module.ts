import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DynamoCacheHealthIndicator } from 'nestjs-dynamo-cache/terminus';
import { HealthController } from './health.controller';

@Module({
  imports: [TerminusModule],
  providers: [DynamoCacheHealthIndicator],
  controllers: [HealthController],
})
export class HealthModule {}

import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { DynamoCacheHealthIndicator } from 'nestjs-dynamo-cache/terminus';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly cache: DynamoCacheHealthIndicator,
  ) {}

  // Without DynamoDB every call is answered by its loader, so the instance stays in service: degraded, not down.
  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.cache.isHealthy('cache')]);
  }
}

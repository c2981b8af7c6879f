import { Module } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { HomeController } from './home.controller';
import { REDIS, RedisModule } from './redis/redis.module';
import { RestaurantModule } from './restaurants/restaurant.module';

@Module({
  imports: [
    DynamoCacheModule.forRootAsync({ imports: [RedisModule], inject: [REDIS], useFactory: cacheOptions }),
    RestaurantModule,
  ],
  controllers: [HomeController],
})
export class AppModule {}

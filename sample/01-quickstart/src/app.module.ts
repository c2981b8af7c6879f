import { Module } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { HomeController } from './home.controller';
import { RestaurantModule } from './restaurants/restaurant.module';

@Module({
  imports: [DynamoCacheModule.forRootAsync({ useFactory: cacheOptions }), RestaurantModule],
  controllers: [HomeController],
})
export class AppModule {}

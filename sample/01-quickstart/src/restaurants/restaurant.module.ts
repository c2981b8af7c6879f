import { Module } from '@nestjs/common';
import { RestaurantController } from './restaurant.controller';
import { RestaurantRepository } from './restaurant.repository';
import { RestaurantService } from './restaurant.service';

@Module({
  controllers: [RestaurantController],
  providers: [RestaurantRepository, RestaurantService],
})
export class RestaurantModule {}

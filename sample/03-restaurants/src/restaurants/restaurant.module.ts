import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module';
import { RestaurantController } from './restaurant.controller';
import { RestaurantRepository } from './restaurant.repository';
import { RestaurantService } from './restaurant.service';

@Module({
  imports: [DatabaseModule],
  controllers: [RestaurantController],
  providers: [RestaurantRepository, RestaurantService],
})
export class RestaurantModule {}

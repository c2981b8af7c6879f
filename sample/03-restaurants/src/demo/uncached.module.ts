import { Module } from '@nestjs/common';
import { RestaurantModule } from '../restaurants/restaurant.module';

/** The same application without a cache: where nobody wrote `forRoot`, a decorated method simply runs. */
@Module({ imports: [RestaurantModule] })
export class UncachedModule {}

import { Controller, Get, Param, ParseEnumPipe, Query, UseInterceptors } from '@nestjs/common';
import { ReportInterceptor } from '../report/report.interceptor';
import { Borough } from './restaurant';
import { RestaurantService } from './restaurant.service';

@Controller()
@UseInterceptors(ReportInterceptor)
export class RestaurantController {
  constructor(private readonly restaurants: RestaurantService) {}

  @Get('restaurants/:id')
  summary(@Param('id') id: string) {
    return this.restaurants.summary(id);
  }

  @Get('cuisines/:cuisine/top')
  top(
    @Param('cuisine') cuisine: string,
    @Query('borough', new ParseEnumPipe(Borough, { optional: true })) borough?: Borough,
  ) {
    return this.restaurants.top(cuisine, borough);
  }
}

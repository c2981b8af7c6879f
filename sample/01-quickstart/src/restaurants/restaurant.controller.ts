import { Controller, Get, Param, ParseEnumPipe, UseInterceptors } from '@nestjs/common';
import { ReportInterceptor } from '../report/report.interceptor';
import { Borough } from './restaurant';
import { RestaurantService } from './restaurant.service';

const borough = new ParseEnumPipe(Borough);

@Controller()
@UseInterceptors(ReportInterceptor)
export class RestaurantController {
  constructor(private readonly restaurants: RestaurantService) {}

  @Get('boroughs/:borough')
  async summary(@Param('borough', borough) name: Borough) {
    const summary = await this.restaurants.summary(name);
    return {
      ...summary,
      // On a hit as on a miss this is a Date and a Map, with their methods.
      latestInspection: summary.latestInspection.toISOString().slice(0, 10),
      shareOfA: Object.fromEntries(summary.shareOfA),
    };
  }

  @Get('boroughs/:borough/top/:cuisine')
  top(@Param('borough', borough) name: Borough, @Param('cuisine') cuisine: string) {
    return this.restaurants.top(name, cuisine);
  }

  @Get('inspections/latest')
  latest() {
    return this.restaurants.latestInspections();
  }
}

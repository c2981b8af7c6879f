import { Controller, Get, HttpCode, Param, ParseIntPipe, Post } from '@nestjs/common';
import { StationService } from './station.service';

@Controller('stations/:station')
export class StationController {
  constructor(private readonly stations: StationService) {}

  @Get()
  departures(@Param('station') station: string) {
    return this.stations.departures(station);
  }

  @Get('lines')
  lines(@Param('station') station: string) {
    return this.stations.lines(station);
  }

  @Post('delay/:minutes')
  @HttpCode(204)
  delay(@Param('station') station: string, @Param('minutes', ParseIntPipe) minutes: number) {
    return this.stations.delay(station, minutes);
  }
}

import { Controller, Get, Header, Param, UseInterceptors } from '@nestjs/common';
import { DynamoCacheInterceptor, DynamoCacheable } from 'nestjs-dynamo-cache';

@Controller('menus')
@UseInterceptors(DynamoCacheInterceptor)
export class MenuController {
  private runs = 0;

  @Get(':id')
  @DynamoCacheable('10m')
  async menu(@Param('id') id: string): Promise<{ id: string; run: number }> {
    return { id, run: ++this.runs };
  }

  @Get(':id/mine')
  @Header('Cache-Control', 'private')
  async mine(@Param('id') id: string): Promise<{ id: string; run: number }> {
    return { id, run: ++this.runs };
  }
}

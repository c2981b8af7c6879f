import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { LedgerService, type Statement } from './ledger.service';
import { ThrottledFilter } from './throttled.filter';

@Controller('clients/:client')
@UseFilters(ThrottledFilter)
export class LedgerController {
  constructor(private readonly ledger: LedgerService) {}

  @Get('statement')
  statement(@Param('client') client: string): Promise<Statement> {
    return this.ledger.statement(client);
  }
}

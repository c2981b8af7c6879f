import { Injectable } from '@nestjs/common';
import { DynamoCacheable } from 'nestjs-dynamo-cache';

export interface Summary {
  id: string;
  at: Date;
  dishes: Map<string, bigint>;
}

@Injectable()
export class SummaryService {
  loads = 0;

  @DynamoCacheable('10m')
  async summary(id: string): Promise<Summary> {
    this.loads++;
    return { id, at: new Date(0), dishes: new Map([['soup', 7n]]) };
  }
}

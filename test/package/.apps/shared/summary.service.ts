import { Injectable } from '@nestjs/common';
import { DynamoCacheable, DynamoCacheEvict } from 'nestjs-dynamo-cache';

export interface Summary {
  id: string;
  at: Date;
  dishes: Map<string, bigint>;
}

@Injectable()
export class SummaryService {
  loads = 0;

  @DynamoCacheable({ ttl: '10m', tags: (id: string) => [`restaurant:${id}`] })
  async summary(id: string): Promise<Summary> {
    this.loads++;
    return { id, at: new Date(0), dishes: new Map([['soup', 7n]]) };
  }

  @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
  async rename(_id: string, name: string): Promise<string> {
    return name;
  }
}

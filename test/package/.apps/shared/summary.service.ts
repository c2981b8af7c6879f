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

  @DynamoCacheable('10m')
  async summary(id: string): Promise<Summary> {
    this.loads++;
    return { id, at: new Date(0), dishes: new Map([['soup', 7n]]) };
  }

  @DynamoCacheable({ ttl: '10m', tags: (id: string) => [`restaurant:${id}`] })
  async menu(id: string): Promise<string> {
    this.loads++;
    return `menu of ${id}`;
  }

  @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
  async rename(id: string, name: string): Promise<string> {
    return `${id} is now ${name}`;
  }
}

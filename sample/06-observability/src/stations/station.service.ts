import { Injectable, NotFoundException } from '@nestjs/common';
import { DynamoCacheEvict, DynamoCacheable } from 'nestjs-dynamo-cache';
import { setTimeout as wait } from 'node:timers/promises';

export interface Departure {
  readonly line: string;
  readonly minutes: number;
}

/** What the railway's own system, which is slow, knows of its stations. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  Alexanderplatz: ['S3', 'S5', 'S7', 'S9', 'U2', 'U5', 'U8'],
  Ostkreuz: ['S3', 'S5', 'S41', 'S42', 'S7'],
  Wannsee: ['S1', 'S7', 'RE1'],
  Zoo: ['S3', 'S5', 'S7', 'S9', 'U2', 'U9'],
};
const SLOW_MS = 200;

@Injectable()
export class StationService {
  private readonly delays = new Map<string, number>();

  @DynamoCacheable({ ttl: '1m', tags: (station: string) => [`station:${station}`] })
  async departures(station: string): Promise<Departure[]> {
    const lines = await this.linesOf(station);
    const delay = this.delays.get(station) ?? 0;
    return lines.map((line, i) => ({ line, minutes: 3 * (i + 1) + delay }));
  }

  @DynamoCacheable('1h')
  async lines(station: string): Promise<readonly string[]> {
    return this.linesOf(station);
  }

  @DynamoCacheEvict({ tags: (station: string) => [`station:${station}`] })
  async delay(station: string, minutes: number): Promise<void> {
    this.delays.set(station, minutes);
  }

  private async linesOf(station: string): Promise<readonly string[]> {
    await wait(SLOW_MS);
    const lines = LINES[station];
    // An error is never cached: it reaches the caller as it is, and is counted.
    if (!lines) throw new NotFoundException(`There is no station '${station}'.`);
    return lines;
  }
}

/** The README's first example, which its tests start in different ways. */
// #region first-example
import { Injectable, Module } from '@nestjs/common';
import { DynamoCacheModule, DynamoCacheable } from 'nestjs-dynamo-cache';

@Injectable()
export class RestaurantService {
  @DynamoCacheable('10m')
  async summary(id: string) {
    return { id, grade: await slowGradeOf(id), asOf: new Date() };
  }
}

@Module({
  imports: [DynamoCacheModule.forRoot({ table: 'cache-prod', ttl: '10m', isGlobal: true })],
  providers: [RestaurantService],
})
export class AppModule {}
// #endregion

/** How often a grade was worked out. */
export const grading = { count: 0 };

// Slow enough for two `asOf` to differ.
async function slowGradeOf(id: string): Promise<string> {
  grading.count++;
  await new Promise((resolve) => setTimeout(resolve, 5));
  return id === '7' ? 'A' : 'B';
}

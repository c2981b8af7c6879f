// The README's first example, as it stands there: no client, the SDK finds DynamoDB by itself.
import { Test } from '@nestjs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { started } from '../module/application';
import { createReadmeTable, hit, useDynamoDBOfTheRun } from './readme-table';
import { AppModule, RestaurantService, grading } from './restaurants';

beforeAll(async () => {
  useDynamoDBOfTheRun();
  await createReadmeTable();
});

const app = () => started(Test.createTestingModule({ imports: [AppModule] }));

describe('the first example', () => {
  it('works a summary out once, for all processes, and keeps its Date', async () => {
    const [one, other] = await Promise.all([app(), app()]);
    const [ours, theirs] = [one.get(RestaurantService), other.get(RestaurantService)];
    expect(await ours.summary('7')).toEqual({ id: '7', grade: 'A', asOf: expect.any(Date) });
    const first = await hit(
      () => ours.summary('7'),
      () => grading.count,
    );
    const second = await hit(
      () => theirs.summary('7'),
      () => grading.count,
    );
    expect(second).toEqual(first);
    expect(second.asOf).toBeInstanceOf(Date);
    first.asOf.setTime(0);
    expect(second.asOf.getTime()).not.toBe(0);
  });
});

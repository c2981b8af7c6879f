/** The options given to `forRoot`, as they were given. */
export const DYNAMO_CACHE_OPTIONS = Symbol.for('nestjs-dynamo-cache:options');

/** The `DynamoDBClient`. */
export const DYNAMO_CACHE_CLIENT = Symbol.for('nestjs-dynamo-cache:client');

/** A cache-manager `Cache` over the same table; the token of @nestjs/cache-manager, so that its consumers find it. */
export const CACHE_MANAGER = 'CACHE_MANAGER';

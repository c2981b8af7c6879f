/**
 * The options given to `forRoot`, as they were given.
 *
 * @example
 * class Report {
 *   constructor(@Inject(DYNAMO_CACHE_OPTIONS) readonly options: DynamoCacheOptions) {}
 * }
 */
export const DYNAMO_CACHE_OPTIONS = Symbol.for('nestjs-dynamo-cache:options');

/**
 * The `DynamoDBClient`: the one given as `client`, or the one that was made of its configuration.
 *
 * @example
 * class Report {
 *   constructor(@Inject(DYNAMO_CACHE_CLIENT) readonly client: DynamoDBClient) {}
 * }
 */
export const DYNAMO_CACHE_CLIENT = Symbol.for('nestjs-dynamo-cache:client');

/**
 * A cache-manager `Cache` over the same table; the token of @nestjs/cache-manager, so that its consumers find it.
 *
 * @example
 * class Report {
 *   constructor(@Inject(CACHE_MANAGER) readonly cacheManager: Cache) {}
 * }
 */
export const CACHE_MANAGER = 'CACHE_MANAGER';

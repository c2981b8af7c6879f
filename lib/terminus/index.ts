/** `nestjs-dynamo-cache/terminus`: a health indicator for @nestjs/terminus. */
export { type CacheHealthOptions, DynamoCacheHealthIndicator } from './dynamo-cache.health';

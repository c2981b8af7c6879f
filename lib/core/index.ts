/** `nestjs-dynamo-cache/core`: the cache without Nest. */
export { createDynamoCache } from './create-dynamo-cache';
export { configureDefaultCache, defaultCache, memoize } from './memoize';
export type { BreakerOptions, DynamoCacheOptions, MemoryOptions, TierOptions } from './options';
export type { SealOptions } from './packing-options';
export { DynamoCache } from '../engine/dynamo-cache';
export type {
  CallOptions,
  EntryOptions,
  LoadOptions,
  LoaderTimeout,
  MemoizeOptions,
  StaleIfError,
} from '../engine/call-options';
export {
  type StreamEvent,
  type StreamHandlerOptions,
  type StreamResponse,
  streamHandler,
} from './stream-handler';
export type { StreamRecord } from '../dynamodb/stream-record';
export { DynamoStore } from './dynamo-store';
export type { ClientOption } from '../dynamodb/client';
export type { LayoutPreset, TableLayout } from '../dynamodb/layout';
export { TableSchemaError } from '../dynamodb/table-schema-error';
export type { KeyvLike } from '../tiers/keyv-tier';
export type { ChangeListener } from '../tiers/entry-changes';
export type { Moment } from '../moment';
export type { Answered, EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';
export type { Entry, Stored, Tombstone, Version } from '../tiers/entry';
export { callKey } from '../key/call-key';
export { NotDataError } from '../key/not-data-error';
export { InvalidKeyPartError } from '../key/invalid-key-part-error';
export { InvalidTypesError } from '../codec/codec-errors';
export type { Type } from '../codec/type-registry';
export { type CustomType, customType } from '../codec/custom-type';
export type { SealKey } from '../codec/seal-keys';
export { DynamoCacheError } from '../errors';
export { InvalidOptionsError } from '../invalid-options-error';
export type { Duration, DurationText } from '../duration';
export type { Charge, Spent } from '../observability/charge';
export type { CacheLogger } from '../observability/logger';
export type { CacheStats, CallCounts, CallStats, Percentiles, StoreCounts } from '../observability/stats';
export { type CacheEvent, EVENTS_CHANNEL, onCacheEvent } from '../observability/events';
export { EvictionLostError } from '../engine/evictor';
export { LoaderTimeoutError } from '../engine/loader-timeout';
export { type AtomicFailure, AtomicOperationError } from '../engine/atomic-operation-error';
export type { CounterOptions, Lock, LockOptions } from '../engine/atomic-options';
export { DeadlineError } from '../engine/deadline';
export { BreakerOpenError } from '../engine/store-guard';
export { type ManyOptions, type ManyResults, UnmatchedResultsError } from '../engine/many-calls';
export type { WaitUntil } from '../engine/background';
export { Addresses } from '../key/addresses';
export type { Clock } from '../clock';

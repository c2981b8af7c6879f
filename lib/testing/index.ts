/** `nestjs-dynamo-cache/testing`: what tests of applications, and of stores, are built from. */
export { InMemoryStore } from './in-memory-store';
export { ManualClock } from './manual-clock';
export { type StoreContractCase, type StoreUnderTest, storeContract } from './store-contract';
export {
  startDynamoDB,
  type DynamoDBEngine,
  type RunningDynamoDB,
  type StartDynamoDBOptions,
} from './dynamodb-engine';

/** Tries what following the table's stream takes, each step with what the one before has answered. */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { loadStreamsSdk } from '../../dynamodb/stream-client';
import { StreamSource } from '../../dynamodb/stream-source';
import type { Context } from '../context';
import type { Finding } from '../finding';
import { type Trial, tryOut, untried } from './trial';

const USE = "coherence: 'stream', and tail";

/** @returns nothing where there is no stream */
export async function tryStream(
  { connection, settings, signal }: Context,
  { LatestStreamArn: arn, StreamSpecification: stream }: TableDescription,
): Promise<Finding[]> {
  if (arn === undefined || !stream?.StreamEnabled) return [];
  if (!isInstalled())
    return [
      {
        check: 'streams package',
        verdict: 'unknown',
        message: `is not installed here, and ${USE} need it`,
        fix: 'npm install @aws-sdk/client-dynamodb-streams@3',
      },
    ];
  const source = new StreamSource(await connection.table(), signal);
  const findings: Finding[] = [];
  const step = async <T>(action: string, send: (() => Promise<T>) | undefined): Promise<T | undefined> => {
    if (!send) {
      findings.push(untried(action, 'could not be tried: it needs what the one before it answers'));
      return undefined;
    }
    // Between two answers a shard may go, or the stream.
    const trial: Trial<T> = { action, use: USE, send, provenBy: ['ResourceNotFoundException'] };
    const { finding, answer } = await tryOut(trial, settings.table);
    findings.push(finding);
    return answer;
  };
  const shards = await step('DescribeStream', () => source.shards(arn));
  const shard = shards?.at(-1);
  const iterator = await step('GetShardIterator', shard && (() => source.iterator(arn, shard.id, 'LATEST')));
  await step('GetRecords', iterator === undefined ? undefined : () => source.records(iterator));
  return findings;
}

function isInstalled(): boolean {
  try {
    loadStreamsSdk();
    return true;
  } catch {
    return false;
  }
}

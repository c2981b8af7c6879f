import Module from 'node:module';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import Keyv from 'keyv';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DynamoCacheOptions, createDynamoCache } from '../../lib/core';
import { connectStreams } from '../../lib/dynamodb/stream-client';

afterEach(() => {
  vi.restoreAllMocks();
});

function refusal(options: DynamoCacheOptions): string {
  try {
    createDynamoCache(options);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('the option coherence', () => {
  it('is accepted beside memory', () => {
    expect(refusal({ coherence: 'stream', memory: true })).toBe('accepted');
  });

  it.each<[string, DynamoCacheOptions]>([
    ['memory', { coherence: 'stream' }],
    ['memory', { coherence: 'stream', memory: false }],
    ['tiers', { coherence: 'stream', memory: true, tiers: [new Keyv()] }],
    ["'stream'", { coherence: 'streams' as 'stream', memory: true }],
  ])('is refused with a word on %s', (word, options) => {
    expect(refusal(options)).toMatch(/^coherence: /);
    expect(refusal(options)).toContain(word);
  });

  it('says what to install when the package is missing', () => {
    const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
    const load = loader._load.bind(Module);
    vi.spyOn(loader, '_load').mockImplementation((request, ...rest) => {
      if (request !== '@aws-sdk/client-dynamodb-streams') return load(request, ...rest);
      throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
    });
    expect(refusal({ coherence: 'stream', memory: true })).toContain(
      'npm install @aws-sdk/client-dynamodb-streams',
    );
    expect(refusal({ memory: true })).toBe('accepted');
  });
});

describe('the client of the stream', () => {
  async function configOf(config: ConstructorParameters<typeof DynamoDBClient>[0] & {}) {
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
    const client = new DynamoDBClient({ region: 'eu-central-1', credentials, ...config });
    const streams = (await connectStreams(client)) as DynamoDBStreamsClient;
    const endpoint = await streams.config.endpoint?.();
    return {
      host: endpoint?.hostname,
      region: await streams.config.region(),
      accessKeyId: (await streams.config.credentials()).accessKeyId,
    };
  }

  it('has the region and the credentials of the table, and its endpoint', async () => {
    expect(await configOf({ endpoint: 'http://localhost:8000' })).toEqual({
      host: 'localhost',
      region: 'eu-central-1',
      accessKeyId: 'id',
    });
  });

  it.each([
    'https://dynamodb.eu-central-1.amazonaws.com',
    'https://vpce-1-2.dynamodb.eu-central-1.vpce.amazonaws.com',
    'https://dynamodb.cn-north-1.amazonaws.com.cn',
    'https://123456789012.ddb.eu-central-1.api.aws',
  ])('has an endpoint of its own where the table is at %s', async (endpoint) => {
    expect(await configOf({ endpoint })).toMatchObject({ host: undefined });
  });
});

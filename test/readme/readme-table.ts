/** The table that the README tells its readers to create, made by the README's own commands. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect, vi } from 'vitest';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, testClient } from '../support/dynamodb';
import { codeBlocksOf } from './markdown';

export interface AwsCommand {
  /** Such as `create-table`. */
  readonly name: string;
  /** Its flags, as the SDK takes them. */
  readonly input: Record<string, unknown>;
}

const LISTS = ['AttributeDefinitions', 'KeySchema'];
const client = testClient();

/** The commands of a shell block for `aws dynamodb`. */
export function awsCommandsOf(shell: string): AwsCommand[] {
  const commands = shell.replaceAll('\\\n', ' ').matchAll(/^aws dynamodb (\S+) (.*)$/gm);
  return [...commands].map(([, name = '', flags = '']) => ({
    name,
    input: Object.fromEntries([...flags.matchAll(/--(\S+)\s+((?:(?!--)\S+\s*)+)/g)].map(readFlag)),
  }));
}

/** The input of one of the commands of the README. */
export function readmeCommand(name: string): Record<string, unknown> {
  const commands = codeBlocksOf('README.md', 'sh').flatMap(({ code }) => awsCommandsOf(code));
  const found = commands.find((command) => command.name === name);
  if (!found) throw new Error(`README.md has no command \`aws dynamodb ${name}\``);
  return found.input;
}

/**
 * Creates the README's table, by its own name or another, on the DynamoDB of the run. Several files of a run use the one
 * of its own name, each with keys of its own, so it is left standing.
 */
export async function createReadmeTable(name?: string): Promise<string> {
  const rename = name === undefined ? {} : { TableName: name };
  const input = { ...readmeCommand('create-table'), ...rename } as unknown as CreateTableCommandInput;
  const ttl = {
    ...readmeCommand('update-time-to-live'),
    ...rename,
  } as unknown as UpdateTimeToLiveCommandInput;
  const waiting = { client, minDelay: 0.05, maxDelay: 0.5, maxWaitTime: 20 };
  const isMine = await client.send(new CreateTableCommand(input)).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ResourceInUseException && name === undefined) return false;
      throw error;
    },
  );
  await waitUntilTableExists(waiting, { TableName: input.TableName });
  if (isMine) await client.send(new UpdateTimeToLiveCommand(ttl));
  return input.TableName!;
}

/** Lets clients that are given no endpoint find the DynamoDB of the run, until the end of the file. */
export function useDynamoDBOfTheRun(): void {
  process.env.AWS_ENDPOINT_URL_DYNAMODB = dynamodbEndpoint;
  afterFile(async () => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
  });
}

/**
 * What a call resolves to once it is a hit: one that makes no load. The budget of 500 ms that the README's snippets leave
 * as it is can be too short for a busy machine, so a miss is tried again.
 */
export function hit<T>(call: () => Promise<T>, loads: () => number): Promise<T> {
  return vi.waitFor(
    async () => {
      const before = loads();
      const value = await call();
      expect(loads()).toBe(before);
      return value;
    },
    { timeout: 15_000 },
  );
}

function readFlag([, flag = '', text = '']: RegExpMatchArray): [string, unknown] {
  const name = flag.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  const values = text.trim().split(/\s+/).map(readValue);
  return [name, LISTS.includes(name) ? values : values[0]];
}

// The shorthand of the AWS command line: `AttributeName=pk,KeyType=HASH`.
function readValue(text: string): unknown {
  if (!text.includes('=')) return text;
  const pairs = text.split(',').map((pair) => pair.split('=') as [string, string]);
  return Object.fromEntries(pairs.map(([name, value]) => [name, readScalar(value)]));
}

function readScalar(text: string): unknown {
  if (text === 'true') return true;
  return /^\d+$/.test(text) ? Number(text) : text;
}

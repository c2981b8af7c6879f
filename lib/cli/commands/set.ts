import { text as readAll } from 'node:stream/consumers';
import { spaceOf } from '../address';
import { readRegistry } from '../cache-registry';
import { CliError, UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { durationText, readTtlMs } from '../figures';

interface Options {
  readonly ttl?: string;
  readonly tag?: readonly string[];
  readonly text?: boolean;
  readonly codec: string;
}

const CODECS = ['structured', 'json'] as const;

const DEFAULT_TTL_MS = 10 * 60_000;

export async function run(
  context: Context,
  [key = '', given = '']: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const { connection, io, output, settings } = context;
  const codec = codecOf(options.codec);
  const ttlMs = options.ttl === undefined ? await defaultTtlMs(context) : readTtlMs(options.ttl, 'ttl');
  const written = given === '-' ? await readAll(io.stdin) : given;
  const value = options.text ? written : jsonOrText(written);
  const { tag: tags = [] } = options;
  const isKept = await connection.withCache((cache) => cache.set(key, value, { ttl: ttlMs, tags }), {
    codec,
    // No shorter than what was asked for.
    maxTtl: Math.max(ttlMs, MAX_TTL_MS),
  });
  if (!isKept) throw new CliError(`The value of ${JSON.stringify(key)} could not be kept.`);
  output.result(
    { key, namespace: spaceOf(settings), ttlMs },
    () => `${key} ${output.paint('green', 'kept')} for ${durationText(ttlMs)}.`,
  );
  return EXIT.ok;
}

const MAX_TTL_MS = 30 * 24 * 60 * 60_000;

async function defaultTtlMs({ connection, settings }: Context): Promise<number> {
  const { caches } = await readRegistry(connection, settings);
  return caches.find(({ name }) => name === spaceOf(settings))?.ttlMs ?? DEFAULT_TTL_MS;
}

function codecOf(name: string): (typeof CODECS)[number] {
  const codec = CODECS.find((each) => each === name);
  if (codec) return codec;
  throw new UsageError(
    `--codec: there is no codec ${JSON.stringify(name)}`,
    `The codecs are ${CODECS.join(', ')}.`,
  );
}

function jsonOrText(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return written;
  }
}

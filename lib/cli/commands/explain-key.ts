import { isCall, labelOf } from '../../engine/label';
import { NAMESPACE_STAMP, methodStamp } from '../../key/addresses';
import { callKey } from '../../key/call-key';
import { addressesOf, spaceOf } from '../address';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { factsText } from '../figures';
import { shellWord } from '../place';

export async function run(
  { output, settings }: Context,
  [method = '', written]: readonly string[],
): Promise<ExitCode> {
  const args = readArguments(written);
  const key = callKey(method, args);
  const addresses = addressesOf(spaceOf(settings));
  const partitionKey = addresses.entry(key);
  const label = labelOf(key);
  const stamps = [
    addresses.stamp(NAMESPACE_STAMP),
    ...(isCall(key) ? [addresses.stamp(methodStamp(label))] : []),
  ];
  const isDigest = key.includes('~sha256') || partitionKey.includes('#~sha256');
  const facts = {
    key,
    partitionKey,
    label,
    arguments: args.length,
    bytes: Buffer.byteLength(key),
    isDigest,
    stamps,
  };
  output.result(facts, () =>
    factsText([
      ['key', output.paint('bold', key)],
      ['in the table', partitionKey],
      ['arguments', args.length === 1 ? '1' : String(args.length)],
      [
        'why',
        isDigest
          ? 'over 512 bytes: the arguments are kept as their SHA-256'
          : 'the name, and the arguments with sorted properties',
      ],
      ['valid while', stamps.join(', ')],
      ['look', `dynamo-cache inspect ${shellWord(key)}`],
    ]),
  );
  return EXIT.ok;
}

function readArguments(written: string | undefined): readonly unknown[] {
  if (written === undefined || written.trim() === '') return [];
  try {
    const value = JSON.parse(written) as unknown;
    return Array.isArray(value) ? (value as unknown[]) : [value];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The arguments are no JSON: ${why}`, `Write them as a list: '["7",{"page":1}]'`);
  }
}

import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { constants, inflateRawSync } from 'node:zlib';

const MOST_INFLATED_BYTES = 16_384;

/** Every byte of every item of a table, as somebody reads them who may read the table. */
export async function storedBytes(endpoint: string, TableName: string): Promise<Buffer[]> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const items: Buffer[] = [];
  try {
    for await (const { Items = [] } of paginateScan({ client }, { TableName }))
      items.push(...Items.map((item) => Buffer.concat(Object.values(item).flatMap(bytesIn))));
    return items;
  } finally {
    client.destroy();
  }
}

/** All that can be read out of bytes: they themselves, and what inflates in them, wherever it begins. */
export function readable(bytes: Buffer): Buffer[] {
  // Below a header, of zlib or gzip, it is raw deflate, too.
  return [bytes, ...[...bytes.keys()].flatMap((start) => inflated(bytes.subarray(start)))];
}

/** Whether a secret stands in bytes, as it is or in a usual encoding. */
export function shows(bytes: Buffer, secret: string): boolean {
  return spellingsOf(secret).some((spelling) => bytes.includes(spelling));
}

function inflated(bytes: Buffer): Buffer[] {
  try {
    // What ends in the middle counts, too.
    return [
      inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_INFLATED_BYTES }),
    ];
  } catch {
    return [];
  }
}

function spellingsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => inBase64(bytes, before));
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const texts = [secret, encodeURIComponent(secret), hex, hex.toUpperCase(), ...base64, ...base64url];
  return [Buffer.from(secret, 'utf16le'), ...texts.map((text) => Buffer.from(text))];
}

/** What the Base64 of a longer text holds of a part of it: that depends on how many bytes are before the part, modulo 3. */
function inBase64(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

function bytesIn({ S, N, B, M }: AttributeValue): Buffer[] {
  if (M) return Object.values(M).flatMap(bytesIn);
  return [Buffer.from(B ?? S ?? N ?? '')];
}

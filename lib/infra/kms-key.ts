import { InvalidOptionsError } from '../invalid-options-error';

// An alias is no resource of a policy: it permits nothing there.
const KEY_ARN = /^arn:aws[\w-]*:kms:([a-z\d-]+):\d{12}:key\/[\w-]+$/;

/**
 * The region of a KMS key, which is that of every table it encrypts.
 *
 * @throws InvalidOptionsError unless it is the ARN of a key
 */
export function regionOfKey(kmsKeyArn: string): string {
  const [, region] = KEY_ARN.exec(kmsKeyArn) ?? [];
  if (region !== undefined) return region;
  throw new InvalidOptionsError(
    'kmsKeyArn',
    `${JSON.stringify(kmsKeyArn)} is not the ARN of a key: write arn:aws:kms:<region>:<account>:key/<id>; an alias permits nothing`,
  );
}

/** The names by which a key knows DynamoDB when that asks in somebody's name: the condition key `kms:ViaService`. */
export function namesOfDynamoDB(region: string): string[] {
  const name = `dynamodb.${region}.amazonaws.com`;
  // In China services have a name of each kind.
  return region.startsWith('cn-') ? [name, `${name}.cn`] : [name];
}

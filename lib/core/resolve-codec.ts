import { createJsonCodec } from '../codec/json-codec';
import { type ValueCodec, createCodec } from '../codec/value-codec';
import { InvalidOptionsError } from '../invalid-options-error';
import type { DynamoCacheOptions } from './options';

/** @throws InvalidOptionsError or InvalidTypesError when what was asked for cannot be kept */
export function resolveCodec({
  codec = 'structured',
  types = [],
}: Pick<DynamoCacheOptions, 'codec' | 'types'>): ValueCodec {
  switch (codec as string) {
    case 'structured':
      return createCodec({ types });
    case 'json':
      if (types.length === 0) return createJsonCodec();
      throw new InvalidOptionsError(
        'types',
        "JSON keeps no classes: leave it out, or leave out codec: 'json'",
      );
    default:
      throw new InvalidOptionsError('codec', "there is no such codec: write 'json', or leave it out");
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Targets } from '../../lib/engine/targets';
import { callKey } from '../../lib/key/call-key';

const name = fc.oneof(
  fc.constantFrom('Menus.find', '~menus', '~~m', '(', 'a(b', ')', 'žluť', '\ud800x', 'x'.repeat(200)),
  fc.string({ unit: 'binary', minLength: 1 }),
);
const id = fc.oneof(
  fc.constantFrom<unknown>(1, '1', 0, -0, '0', NaN, 'NaN', 1.5, '"', '\ud800', '', 'x'.repeat(129), 1n, null),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.double(),
);
const args = fc.oneof(
  id.map((one) => [one]),
  fc.array(fc.anything(), { maxLength: 3 }),
);
const tags = fc.oneof(fc.constant(undefined), fc.array(fc.string(), { maxLength: 3 }));

describe('the target of a call', () => {
  it.each([undefined, '2'])('is that of its key, whichever was asked for before (version %s)', (version) => {
    const targets = new Targets('shop', version);
    fc.assert(
      fc.property(name, args, tags, (method, list, some) => {
        const { address, label, stamps, leaseAddress } = targets.of(callKey(method, list), some);
        for (let i = 0; i < 2; i++) {
          expect(targets.ofCall(method, list, some)).toMatchObject({ address, label, stamps, leaseAddress });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('belongs to the namespace of the moment', () => {
    let tenant = 'a';
    const targets = new Targets(() => tenant, undefined);
    const before = targets.ofCall('find', ['7']);
    tenant = 'b';
    expect([before.address, targets.ofCall('find', ['7']).address]).toEqual(['a#find("7")', 'b#find("7")']);
  });

  it('is remembered of so many calls, and right of all', () => {
    const targets = new Targets('shop', undefined);
    const first = targets.ofCall('find', [1]);
    expect(targets.ofCall('find', [1])).toBe(first);
    for (let i = 1; i <= 2_500; i++) expect(targets.ofCall('find', [i]).address).toBe(`shop#find(${i})`);
    expect(targets.ofCall('find', [1])).not.toBe(first);
    expect(targets.ofCall('find', ['x'.repeat(129)])).not.toBe(targets.ofCall('find', ['x'.repeat(129)]));
  });
});

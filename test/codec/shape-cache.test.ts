import { describe, expect, it } from 'vitest';
import { ShapeCache } from '../../lib/codec/shape-cache';
import { Shape } from '../../lib/codec/shapes';

describe('the shapes that a codec remembers', () => {
  it('are bounded in number', () => {
    const cache = new ShapeCache();
    for (let i = 0; i <= 512; i++) cache.set(String(i), new Shape([String(i)]));
    expect(cache.get('0')).toBeUndefined();
    expect(cache.get('512')?.keys).toEqual(['512']);
  });

  it('are bounded in size', () => {
    const cache = new ShapeCache();
    expect(cache.accepts(512)).toBe(true);
    expect(cache.accepts(513)).toBe(false);
  });
});

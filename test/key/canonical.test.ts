import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { canonicalArguments } from '../../lib/key/canonical';

const textOf = (value: unknown) => canonicalArguments([value]);

class Page {
  constructor(
    public number: number,
    public size?: number,
  ) {}
}

class Point {
  constructor(
    public x: number,
    public y: number,
  ) {}
}

describe('writes each type of data its own way', () => {
  const sparse = [1];
  sparse[2] = 3;
  const cases: [value: unknown, text: string][] = [
    [1, '1'],
    [-0, '-0'],
    [0, '0'],
    [1.5e300, '1.5e+300'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    ['1', '"1"'],
    ['say "hi"\n', '"say \\"hi\\"\\n"'],
    ['tøy', '"tøy"'],
    ['\ud800', '"\\ud800"'],
    ['\udfff', '"\\udfff"'],
    [1n, '1n'],
    [-1n, '-1n'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, '{}'],
    [{ b: 2, a: 1 }, '{"a":1,"b":2}'],
    [{ 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    [{ a: undefined }, '{"a":undefined}'],
    [{ '': 1, 'a b': 2 }, '{"":1,"a b":2}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    [Object.assign(Object.create(null) as object, { c: 1 }), '{"c":1}'],
    [[], '[]'],
    [[1, 'a', [null]], '[1,"a",[null]]'],
    [[undefined], '[undefined]'],
    [sparse, '[1,hole,3]'],
    [new Date('2020-01-01'), 'Date(2020-01-01T00:00:00.000Z)'],
    [new Date(NaN), 'Date(NaN)'],
    [new Map<unknown, unknown>([['b', 2], [{ a: 1 }, 1]]), 'Map{"b"=>2,{"a":1}=>1}'], // prettier-ignore
    [new Map(), 'Map{}'],
    [new Set([3, '3', 1]), 'Set{"3",1,3}'],
    [new Set([{}, {}]), 'Set{{},{}}'],
    [Buffer.from('hi'), 'Buffer(aGk=)'],
    [new Uint8Array([104, 105]), 'Uint8Array(aGk=)'],
    [new Uint8ClampedArray([104, 105]), 'Uint8ClampedArray(aGk=)'],
    [new Uint16Array(new Uint8Array([104, 105]).buffer), 'Uint16Array(aGk=)'],
    [new Uint8Array([0, 104, 106, 0]).subarray(1, 3), 'Uint8Array(aGo=)'],
    [new BigInt64Array(1), 'BigInt64Array(AAAAAAAAAAA=)'],
    [new DataView(new Uint8Array([0, 104, 105]).buffer, 1), 'DataView(aGk=)'],
    [new Uint8Array([104, 105]).buffer, 'ArrayBuffer(aGk=)'],
    [/a"b/gi, 'RegExp("a\\"b","gi",0)'],
    [Object.assign(/a/g, { lastIndex: 2 }), 'RegExp("a","g",2)'],
    [Object(1), 'Number(1)'],
    [Object('1'), 'String("1")'],
    [Object(false), 'Boolean(false)'],
    [Object(1n), 'BigInt(1n)'],
    [new Page(1), 'Page{"number":1,"size":undefined}'],
    [{ page: new Page(1, 2) }, '{"page":Page{"number":1,"size":2}}'],
    [runInNewContext('({ a: [new Date(0), new Map()] })'), '{"a":[Date(1970-01-01T00:00:00.000Z),Map{}]}'],
  ];
  for (const [value, text] of cases) {
    it(text, () => {
      expect(textOf(value)).toBe(text);
    });
  }

  it('and no two types have the same text', () => {
    const repeated = cases
      .map(([, text]) => text)
      .filter((text, index, texts) => texts.indexOf(text) !== index);
    expect(repeated).toEqual([]);
  });
});

describe('tells lists of arguments apart', () => {
  it('by their number, even when the rest is undefined', () => {
    const texts = [[], [undefined], [undefined, undefined], [[]], [[], []], [[undefined]]].map(
      canonicalArguments,
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('by where one argument ends and the next begins', () => {
    const texts = [['a', 'b'], ['a,b'], ['a","b'], ['"a","b"'], [['a', 'b']], ['ab']].map(canonicalArguments);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('never starts with the mark of a digest', () => {
    expect(canonicalArguments(['~sha256:00'])).toBe('"~sha256:00"');
  });
});

describe('does not run what it reads more than it has to', () => {
  it('never calls toJSON', () => {
    const date = Object.create(Page.prototype) as object;
    expect(textOf(Object.assign(date, { number: 1 }))).toBe('Page{"number":1}');
    class Masked {
      id = 1;
      toJSON() {
        return 'always the same';
      }
    }
    expect(textOf(new Masked())).toBe('Masked{"id":1}');
  });

  it('reads getters', () => {
    expect(
      textOf({
        get a() {
          return 1;
        },
      }),
    ).toBe('{"a":1}');
  });
});

describe('knows instances', () => {
  it('by class name and by state', () => {
    const texts = [new Page(1, 2), new Page(1, 3), new Point(1, 2), { number: 1, size: 2 }].map(textOf);
    expect(new Set(texts).size).toBe(4);
  });

  it('with inherited classes, and with methods and getters on the class', () => {
    class Wide extends Page {
      get area() {
        return this.number;
      }
      grow() {
        this.number++;
      }
    }
    expect(textOf(new Wide(1, 2))).toBe('Wide{"number":1,"size":2}');
  });
});

describe('writes what contains itself', () => {
  it('as a reference so many containers up', () => {
    const node: { name: string; self?: unknown; children?: unknown[] } = { name: 'a' };
    node.self = node;
    node.children = [node, new Map([['up', node]]), new Set([node])];
    expect(textOf(node)).toBe('{"children":[^2,Map{"up"=>^3},Set{^3}],"name":"a","self":^1}');
  });

  it('the same for two equal ones, and otherwise for another', () => {
    const ring = (...names: string[]) => {
      const nodes: { name: string; next?: unknown }[] = names.map((name) => ({ name }));
      nodes.forEach((node, index) => (node.next = nodes[(index + 1) % nodes.length]));
      return nodes[0];
    };
    expect(textOf(ring('a', 'b'))).toBe(textOf(ring('a', 'b')));
    expect(textOf(ring('a', 'b'))).not.toBe(textOf(ring('a', 'c')));
    expect(textOf(ring('a', 'b'))).not.toBe(textOf(ring('b', 'a')));
  });

  it('and what only occurs twice is written twice', () => {
    const shared = { id: 1 };
    expect(textOf([shared, shared])).toBe(textOf([{ id: 1 }, { id: 1 }]));
  });
});

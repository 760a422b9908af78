/** Bad keys, elements, columns and raw bytes: a named error that says what is wrong, and nothing has changed. */
import { GoValueRangeError, GoValueTypeError, Unsupported } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, changesNothing, start } from '../machine/inside.ts';
import type { ErrorClass } from '../support/misuse.ts';

/* ---- values ---- */

const LONE = 'a\ud800b';
const WRONG: readonly (readonly [string, unknown, ErrorClass, string])[] = [
  ['uint8', 300, GoValueRangeError, '300 does not fit uint8 (a whole number from 0 to 255)'],
  ['uint8', -1, GoValueRangeError, '-1 does not fit uint8'],
  ['uint8', 1n, GoValueTypeError, 'uint8 takes a number, got 1n'],
  ['uint8', '5', GoValueTypeError, 'uint8 takes a number, got the string "5"'],
  ['int8', 128, GoValueRangeError, '128 does not fit int8'],
  ['int16', -32769, GoValueRangeError, '-32769 does not fit int16'],
  ['uint16', 65536, GoValueRangeError, '65536 does not fit uint16'],
  ['int32', 2 ** 31, GoValueRangeError, '2147483648 does not fit int32'],
  ['int32', 1.5, GoValueRangeError, '1.5 does not fit int32'],
  ['int32', Number.NaN, GoValueRangeError, 'NaN does not fit int32'],
  ['uint32', -1, GoValueRangeError, '-1 does not fit uint32'],
  ['uint32', 2 ** 32, GoValueRangeError, '4294967296 does not fit uint32'],
  ['uint32', true, GoValueTypeError, 'uint32 takes a number, got true'],
  ['int', 1.5, GoValueRangeError, '1.5 does not fit int'],
  ['int', Number.POSITIVE_INFINITY, GoValueRangeError, 'Infinity does not fit int'],
  ['int', '1', GoValueTypeError, 'int takes a bigint or a safe integer, got the string "1"'],
  ['int', null, GoValueTypeError, 'int takes a bigint or a safe integer, got null'],
  ['int', undefined, GoValueTypeError, 'int takes a bigint or a safe integer, got undefined'],
  [
    'int64',
    2 ** 53,
    GoValueRangeError,
    '9007199254740992 does not fit int64 (a number must be a safe integer',
  ],
  ['int64', 2n ** 63n, GoValueRangeError, '9223372036854775808n does not fit int64'],
  ['int64', -(2n ** 63n) - 1n, GoValueRangeError, 'does not fit int64'],
  ['uint', -1, GoValueRangeError, '-1 does not fit uint'],
  ['uint64', -1n, GoValueRangeError, '-1n does not fit uint64'],
  ['uint64', 2n ** 64n, GoValueRangeError, '18446744073709551616n does not fit uint64'],
  ['uintptr', 2n ** 300n, GoValueRangeError, 'a bigint of more than 256 bits does not fit uintptr'],
  ['*int', 5, GoValueTypeError, '*int takes an address as a bigint'],
  ['*int', -1n, GoValueRangeError, '-1n does not fit *int'],
  ['bool', 1, GoValueTypeError, 'bool takes a boolean, got 1'],
  ['string', LONE, GoValueTypeError, 'string takes well-formed text: this string has a lone surrogate'],
  ['string', '\udc00', GoValueTypeError, 'lone surrogate'],
  ['string', 5, GoValueTypeError, 'string takes a string, or a Uint8Array of its bytes, got 5'],
  ['string', new Uint16Array(1), GoValueTypeError, 'string takes a string, or a Uint8Array'],
  ['string', Object('text'), GoValueTypeError, 'string takes a string'],
  ['[3]byte', new Uint8Array(2), GoValueRangeError, '[3]uint8 takes exactly 3 elements, got 2'],
  ['[3]byte', [1, 2, 3], GoValueTypeError, '[3]uint8 takes a Uint8Array of 3, got an array of 3'],
  ['[2]int16', [1], GoValueRangeError, '[2]int16 takes exactly 2 elements, got 1'],
  ['[2]int16', [1, 2 ** 15], GoValueRangeError, '[1]: 32768 does not fit int16'],
  ['[2]int16', 'ab', GoValueTypeError, '[2]int16 takes an array of 2'],
  [
    'struct{ a int16; b int16 }',
    { a: 1 },
    GoValueTypeError,
    'has a field the string "b" that the object lacks',
  ],
  ['struct{ a int16; b int16 }', { a: 1, b: 2, c: 3 }, GoValueTypeError, 'has no field the string "c"'],
  [
    'struct{ a int16; b int16 }',
    { a: 1, b: 'x' },
    GoValueTypeError,
    '.b: int16 takes a number, got the string "x"',
  ],
  ['struct{ a int16; b int16 }', null, GoValueTypeError, 'takes an object with its fields, got null'],
  ['struct{}', 5, GoValueTypeError, 'struct {} takes an object with its fields, got 5'],
];
const WRONG_ELEMENTS: readonly (readonly [string, unknown, ErrorClass, string])[] = [
  ['float64', '1', GoValueTypeError, 'float64 takes a number, got the string "1"'],
  ['float32', 1n, GoValueTypeError, 'float32 takes a number, got 1n'],
  ['complex128', { re: 1 }, GoValueTypeError, 'that the object lacks'],
  ['any', 5, GoValueTypeError, 'interface {} takes { type, value } with the name of a Go type'],
  ['[]int', [1], GoValueTypeError, '[]int takes an object with its fields, got an array of 1'],
  ['func()', () => {}, GoValueTypeError, 'func() takes an address as a bigint'],
  ['[2]string', ['a', LONE], GoValueTypeError, '[1]: string takes well-formed text'],
  [
    'struct{ a [2]struct{ b string } }',
    { a: [{ b: '' }, { b: LONE }] },
    GoValueTypeError,
    '.a[1].b: string takes well-formed text',
  ],
  ['[200]byte', new Uint8Array(199), GoValueRangeError, '[200]uint8 takes exactly 200 elements, got 199'],
];

/** A value that is fine for a key of the type. */
function fine(type: string, n = 1): unknown {
  if (type === 'bool') return true;
  if (type === 'string') return `fine ${n}`;
  if (type === '[3]byte') return Uint8Array.of(n, 2, 3);
  if (type === '[2]int16') return [n, 2];
  if (type === 'struct{}') return {};
  if (type.startsWith('struct')) return { a: n, b: 2 };
  return /^u?int(8|16|32)$/.test(type) ? n : BigInt(n);
}

describe.each(BUILDS)('values that are none, build %s', (build) => {
  test.each(WRONG)('a key of %s: %s', async (type, bad, Class, part) => {
    const rt = await start({ build });
    const m = anyMap(rt, `map[${type}]int`);
    m.set(fine(type), 1);
    for (const use of [
      () => m.get(bad),
      () => m.has(bad),
      () => m.lookup(bad),
      () => m.set(bad, 1),
      () => m.delete(bad),
      () => m.hash(bad),
    ]) {
      const error = changesNothing(rt, use);
      expect(error).toBeInstanceOf(Class);
      expect(error.message).toContain(part);
    }
    // In a batch the place is named, and not even the entries before it are touched.
    const keys = [fine(type), fine(type, 2), bad];
    for (const use of [
      () => m.setMany(keys, [5, 6, 7]),
      () => m.getMany(keys),
      () => m.hasMany(keys),
      () => m.deleteMany(keys),
    ]) {
      const error = changesNothing(rt, use);
      expect(error).toBeInstanceOf(Class);
      expect(error.message).toMatch(/^keys\[2\]/);
      expect(error.message).toContain(part);
    }
    expect([m.size, m.get(fine(type))]).toEqual([1, 1n]);
  });

  test.each([...WRONG, ...WRONG_ELEMENTS])('an element of %s: %s', async (type, bad, Class, part) => {
    const rt = await start({ build });
    for (const [key, one, two] of [
      ['int', 1, 2],
      ['uint32', 1, 2],
      ['string', 'a', 'b'],
      ['[2]byte', Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
    ] as const) {
      const m = anyMap(rt, `map[${key}]${type}`);
      for (const use of [() => m.set(one, bad), () => m.setMany([one, two], [bad, bad])]) {
        const error = changesNothing(rt, use);
        expect(error).toBeInstanceOf(Class);
        expect(error.message).toContain(part);
      }
      expect(changesNothing(rt, () => m.setMany([one], [bad])).message).toMatch(/^values\[0\]/);
      expect([m.size, m.header.buckets]).toEqual([0, 0n]);
    }
  });

  test('the element is looked at before the key, and neither is kept', async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[string]string');
    expect(changesNothing(rt, () => m.set(5, 5)).message).toContain('string takes a string');
    expect(m.size).toBe(0);
  });

  test('a value that changes while it is looked at is written as it was checked', async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[int]struct{ a uint8; b string }');
    let asked = 0;
    const tricky = {
      get a() {
        // Were it read twice, the second answer would not fit.
        return asked++ === 0 ? 7 : 'no number';
      },
      get b() {
        m.set(99, { a: 1, b: 'set while another entry is being set' });
        return 'text';
      },
    };
    m.set(1, tricky);
    expect(asked).toBe(1);
    expect({ ...(m.get(1) as object) }).toEqual({ a: 7, b: 'text' });
    expect(m.size).toBe(2);
    m.verify();
  });
});

/* ---- columns ---- */

describe.each(BUILDS)('columns that are none, build %s', (build) => {
  const made = async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[int32]uint16');
    m.set(1, 10).set(2, 20);
    return { rt, m };
  };
  test.each<[string, (m: Awaited<ReturnType<typeof made>>['m']) => unknown, ErrorClass, string]>([
    [
      'fewer values',
      (m) => m.setMany([1, 2, 3], [1, 2]),
      RangeError,
      'setMany takes as many keys as values, got 3 and 2',
    ],
    [
      'fewer keys',
      (m) => m.setMany(Int32Array.of(1), [1, 2]),
      RangeError,
      'as many keys as values, got 1 and 2',
    ],
    [
      'keys in a typed array of another kind',
      (m) => m.setMany(new Float64Array(1) as never, [1]),
      TypeError,
      'keys of int32 come as a Int32Array or an array, got a Float64Array',
    ],
    [
      'keys in an unsigned array',
      (m) => m.setMany(new Uint32Array(1) as never, [1]),
      TypeError,
      'got a Uint32Array',
    ],
    [
      'values in a typed array of another kind',
      (m) => m.setMany([1], new Int16Array(1) as never),
      TypeError,
      'values of uint16 come as a Uint16Array or an array, got a Int16Array',
    ],
    ['a DataView', (m) => m.getMany(new DataView(new ArrayBuffer(4)) as never), TypeError, 'got a DataView'],
    ['a Set', (m) => m.getMany(new Set([1]) as never), TypeError, 'keys come as an array or a Int32Array'],
    ['a text', (m) => m.getMany('12' as never), TypeError, 'keys come as an array'],
    ['undefined', (m) => m.deleteMany(undefined as never), TypeError, 'keys come as an array'],
    ['null', (m) => m.hasMany(null as never), TypeError, 'keys come as an array'],
    ['an object without array', (m) => m.getMany({} as never), TypeError, 'keys come as an array'],
    [
      'a hole',
      (m) => m.setMany(new Array(1) as never, [1]),
      GoValueTypeError,
      'keys[0]: int32 takes a number, got undefined',
    ],
    [
      'out too short',
      (m) => m.getMany([1, 2], new Uint16Array(1)),
      RangeError,
      'out has room for 1 elements, there are 2 keys',
    ],
    [
      'out of another kind',
      (m) => m.getMany([1], new Uint8Array(1) as never),
      TypeError,
      'out of uint16 come as a Uint16Array or an array, got a Uint8Array',
    ],
    [
      'answers too short',
      (m) => m.hasMany([1, 2], new Uint8Array(1)),
      RangeError,
      'out has room for 1 answers, there are 2 keys',
    ],
    [
      'answers of another kind',
      (m) => m.hasMany([1], [] as never),
      TypeError,
      'hasMany writes into a Uint8Array',
    ],
  ])('%s', async (_what, use, Class, part) => {
    const { rt, m } = await made();
    const error = changesNothing(rt, () => use(m));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
    expect(new Map(m)).toEqual(
      new Map([
        [1, 10],
        [2, 20],
      ]),
    );
  });

  test('a lone surrogate in the middle of a batch: none of it is set', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]string');
    m.set('a', 'old');
    for (const use of [
      () => m.setMany(['a', LONE, 'c'], ['1', '2', '3']),
      () => m.setMany(['a', 'b', 'c'], ['1', '2', LONE]),
      () => m.getMany(['a', LONE]),
      () => m.deleteMany(['a', LONE]),
    ]) {
      const error = changesNothing(rt, use);
      expect(error).toBeInstanceOf(GoValueTypeError);
      expect(error.message).toMatch(/^(keys|values)\[[12]\]: string takes well-formed text/);
    }
    expect([...m]).toEqual([['a', 'old']]);
  });

  test('a batch of no keys that fails for its values still says so', async () => {
    const { rt, m } = await made();
    expect(changesNothing(rt, () => m.setMany([], [70_000])).message).toContain(
      'values[0]: 70000 does not fit uint16',
    );
  });
});

describe('raw bytes that are none', () => {
  test.each<[string, unknown, unknown, ErrorClass, string]>([
    [
      'a short key',
      new Uint8Array(3),
      new Uint8Array(8),
      RangeError,
      'a raw key of uint32 has 4 bytes, got 3',
    ],
    [
      'a long element',
      new Uint8Array(4),
      new Uint8Array(9),
      RangeError,
      'a raw element of int has 8 bytes, got 9',
    ],
    ['an array for a key', [1, 2, 3, 4], new Uint8Array(8), TypeError, 'raw key are a Uint8Array'],
    ['a text for an element', new Uint8Array(4), 'x', TypeError, 'raw element are a Uint8Array'],
    ['nothing', undefined, undefined, TypeError, 'are a Uint8Array'],
  ])('%s', async (_what, key, elem, Class, part) => {
    const rt = await start();
    const m = rt.makeMap('map[uint32]int');
    m.set(1, 1);
    const error = changesNothing(rt, () => m.raw.set(key as Uint8Array, elem as Uint8Array));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
  });

  test('types without canonical bytes', async () => {
    const rt = await start();
    const m = rt.makeMap('map[int]struct{ a string }');
    const error = changesNothing(rt, () => m.raw);
    expect(error).toBeInstanceOf(Unsupported);
    expect(error.message).toContain('struct { a string } has no canonical bytes');
  });
});

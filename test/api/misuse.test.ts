/** Bad input of every kind: a named error that says what is wrong, and nothing has changed. */
import {
  GoTypeError,
  GoTypeTooLarge,
  GoValueRangeError,
  GoValueTypeError,
  Runtime,
  SegmentationFault,
  Unsupported,
  UseAfterFree,
} from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, changesNothing, rejected, start, thrown, wholeState } from '../machine/inside.ts';

type ErrorClass = new (...args: never) => Error;

/** A call with arguments that TypeScript would refuse. */
const loose = (call: unknown) => call as (...args: unknown[]) => unknown;

/* ---- types ---- */

describe('types that are none', () => {
  test.each<[string, number, string]>([
    ['', 0, 'expected a type, found the end of the text'],
    ['map', 3, "expected '[' after map, found the end of the text"],
    ['map[', 4, 'expected a type, found the end of the text'],
    ['map[string', 10, "expected ']' after the key type, found the end of the text"],
    ['map[string]', 11, 'expected a type, found the end of the text'],
    ['map[string]nit', 11, "unknown type 'nit'; did you mean 'int'?"],
    [
      'map[string]MyType',
      11,
      "unknown type 'MyType': only Go's predeclared types, type literals and what declareType was told are known",
    ],
    ['map[int]int]', 11, "unexpected ']' after the type map[int]int"],
    ['map[int]int extra', 12, "unexpected 'extra' after the type map[int]int"],
    ['map[[]int]int', 4, 'invalid map key type []int'],
    ['map[func()]int', 4, 'invalid map key type func()'],
    ['map[map[int]int]int', 4, 'invalid map key type map[int]int'],
    [
      'map[struct{a []int}]int',
      4,
      'invalid map key type struct { a []int } (it holds []int, which cannot be compared)',
    ],
    ['map[int][-1]int', 9, 'invalid array length -1: it is negative'],
    ['map[int]struct{a int; a int}', 22, 'a redeclared'],
    ['map[int]\u0000', 8, 'unexpected character "\\u0000"'],
    ['int', 0, 'expected a map type such as map[string]int, got int'],
    ['[]int', 0, 'expected a map type such as map[string]int, got []int'],
  ])('%j', async (text, position, first) => {
    const rt = await start();
    for (const make of [() => rt.makeMap(text), () => rt.nilMap(text)]) {
      const error = changesNothing(rt, make) as GoTypeError;
      expect(error).toBeInstanceOf(GoTypeError);
      expect(error).toBeInstanceOf(TypeError);
      const [line, source, caret] = error.message.split('\n');
      expect([line, error.position, error.source]).toEqual([first, position, text]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the one that was given
      expect([source, caret]).toEqual([text.replace(/\u0000/, ' '), `${' '.repeat(position)}^`]);
    }
  });

  test.each([[5], [null], [undefined], [{}], [['map[int]int']], [Symbol('map[int]int')]])(
    'what is no text: %s',
    async (type) => {
      const rt = await start();
      const error = changesNothing(rt, () => loose(rt.makeMap.bind(rt))(type));
      expect(error).toBeInstanceOf(GoTypeError);
      expect(error.message).toContain('a Go type is given as a string, such as "map[string]int"');
    },
  );

  test.each<[string, string, ErrorClass]>([
    ['map[string][1<<40]byte', "takes 1099511627776 bytes, more than the Go heap's 16777216", RangeError],
    ['map[[1<<40]byte]int', "takes 1099511627776 bytes, more than the Go heap's 16777216", RangeError],
    ['map[int][16777217]byte', 'takes 16777217 bytes', RangeError],
    ['map[[16777217]byte]int', 'takes 16777217 bytes', RangeError],
    ['map[int]struct{ a [1<<30]int; b string }', 'takes 8589934608 bytes', RangeError],
    ['map[int][1<<60]byte', 'an array of 1152921504606846976 elements is too long', GoTypeTooLarge],
    ['map[[1<<48]byte]int', 'map[[1<<48]byte]int', GoTypeTooLarge],
  ])('a value too large: %s', async (type, part, Class) => {
    const rt = await start();
    const error = changesNothing(rt, () => rt.makeMap(type));
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(part);
  });

  test('a value as large as the heap has a type; its entries have no room', async () => {
    const rt = await start({ memory: { limit: 2 ** 20 } });
    const m = anyMap(rt, `map[int][${2 ** 20}]byte`);
    expect([m.size, m.get(1)]).toEqual([0, undefined]);
    expect(thrown(() => m.set(1, new Uint8Array(2 ** 20))).name).toBe('OutOfMemory');
    expect(m.size).toBe(0);
    m.verify();
  });
});

/* ---- options ---- */

describe('options', () => {
  const sparse: unknown[] = [];
  sparse.length = 4;
  const create: readonly (readonly [string, unknown, ErrorClass, string])[] = [
    ['null', null, TypeError, 'Runtime.create takes an object of options'],
    ['a number', 5, TypeError, 'Runtime.create takes an object of options'],
    [
      'a release to come',
      { goVersion: '1.99' },
      Unsupported,
      "Go release '1.99' is not emulated; take one of '1.19'",
    ],
    ['a release that is a number', { goVersion: 5 }, Unsupported, "Go release '5'"],
    ['another target', { target: 'windows/amd64' }, Unsupported, "target 'windows/amd64' is not emulated"],
    ['a broken seed', { seed: 1.5 }, TypeError, 'seed takes a whole number or a bigint'],
    ['a NaN seed', { seed: Number.NaN }, TypeError, 'seed takes'],
    ['a seed beyond the safe integers', { seed: 2 ** 60 }, TypeError, 'seed takes'],
    ['a text for a seed', { seed: '1' }, TypeError, 'seed takes'],
    ['a short hash key', { hashKey: [1n, 2n, 3n] }, TypeError, 'hashKey takes four bigints'],
    ['a hash key of numbers', { hashKey: [1, 2, 3, 4] }, TypeError, 'hashKey takes four bigints'],
    ['a hash key of text', { hashKey: 'abcd' }, TypeError, 'hashKey takes four bigints'],
    ['a negative hash key', { hashKey: [1n, 1n, 1n, -1n] }, RangeError, 'hashKey takes numbers of 64 bits'],
    [
      'a hash key of 65 bits',
      { hashKey: [1n, 1n, 1n, 2n ** 64n] },
      RangeError,
      'hashKey takes numbers of 64 bits',
    ],
    ['a source that is no function', { random: 5 }, TypeError, 'random takes a function'],
    ['null for a source', { random: null }, TypeError, 'random takes a function'],
    ['a memory that is no object', { memory: 2 ** 20 }, TypeError, 'memory takes an object with limit'],
    ...[0, -1, 65535, 65536.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 33, '100000', 65536n].map(
      (limit) =>
        [
          `a limit of ${typeof limit} ${limit}`,
          { memory: { limit } },
          RangeError,
          `memory.limit takes a whole number of bytes from 65536 to 3221225472, got ${limit}`,
        ] as const,
    ),
    [
      'an experiment that is no object',
      { experiment: 8 },
      TypeError,
      'experiment takes an object with loadFactor',
    ],
    ['null for an experiment', { experiment: null }, TypeError, 'experiment takes an object with loadFactor'],
    ...['6.5', 8n, null, true, {}].map(
      (loadFactor) =>
        [
          `a load factor that is a ${typeof loadFactor}`,
          { experiment: { loadFactor } },
          TypeError,
          `experiment.loadFactor takes a number, got ${typeof loadFactor}`,
        ] as const,
    ),
    ...[0, -1, 0.5, 1.5, 2.25, 6.25, 6.4999, 8.5, 13, 2 ** 52, Number.NaN, Number.POSITIVE_INFINITY].map(
      (loadFactor) =>
        [
          `a load factor of ${loadFactor}`,
          { experiment: { loadFactor } },
          RangeError,
          `experiment.loadFactor takes a multiple of 0.5 from 2 to 8, got ${loadFactor}`,
        ] as const,
    ),
    ['another build', { build: 'debug' }, TypeError, "build is 'release' or 'checked', got debug"],
    [
      'a wasm that is none',
      { wasm: 5 },
      TypeError,
      'wasm takes a URL, a Response, bytes or a WebAssembly.Module',
    ],
  ];
  test.each(create)('of Runtime.create: %s', async (_what, options, Class, part) => {
    const error = await rejected(Runtime.create(options as never));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
  });

  test('of Runtime.create: a hash key with holes', async () => {
    expect(
      await rejected(Runtime.create({ hashKey: sparse as never, memory: { limit: 2 ** 16 } })),
    ).toBeInstanceOf(TypeError);
  });

  test.each<[string, unknown, ErrorClass, string]>([
    ['null', null, TypeError, 'makeMap takes an object of options'],
    ['a number', 5, TypeError, 'makeMap takes an object of options'],
    ['a text', 'x', TypeError, 'makeMap takes an object of options'],
    ['hint NaN', { hint: Number.NaN }, TypeError, 'hint takes a whole number, got NaN'],
    ['hint 1.5', { hint: 1.5 }, TypeError, 'hint takes a whole number, got 1.5'],
    [
      'hint infinite',
      { hint: Number.POSITIVE_INFINITY },
      TypeError,
      'hint takes a whole number, got Infinity',
    ],
    ['hint of text', { hint: '5' }, TypeError, 'hint takes a whole number, got 5'],
    ['hint null', { hint: null }, TypeError, 'hint takes a whole number, got null'],
    ['hash0 -1', { hash0: -1 }, RangeError, 'hash0 takes a whole number of 32 bits, got -1'],
    [
      'hash0 of 33 bits',
      { hash0: 2 ** 32 },
      RangeError,
      'hash0 takes a whole number of 32 bits, got 4294967296',
    ],
    ['hash0 1.5', { hash0: 1.5 }, RangeError, 'hash0 takes'],
    ['hash0 NaN', { hash0: Number.NaN }, RangeError, 'hash0 takes'],
    ['a bigint for hash0', { hash0: 1n }, RangeError, 'hash0 takes'],
    ['another hasher', { hasher: 'x' }, TypeError, 'hasher is one of zero, ones, low-bits, got x'],
    ['a hasher by a name that objects have', { hasher: 'constructor' }, TypeError, 'got constructor'],
    ['a hasher that is a number', { hasher: 1 }, TypeError, 'hasher is one of'],
  ])('of makeMap: %s', async (_what, options, Class, part) => {
    const rt = await start();
    const error = changesNothing(rt, () => loose(rt.makeMap.bind(rt))('map[int]int', options));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
  });

  test.each([-1, -(2n ** 63n), 2 ** 62, 2n ** 62n, 2n ** 63n, 1e300, 2n ** 200n, 2 ** 50, -0, 0])(
    'a hint that counts as none: %s',
    async (hint) => {
      const rt = await start();
      const m = rt.makeMap('map[int]int', { hint });
      expect([m.header.B, m.header.buckets]).toEqual([0, 0n]);
      expect(m.set(1, 2).get(1)).toBe(2n);
      m.verify();
    },
  );

  test.each([2 ** 40, 2n ** 32n, 10 ** 7])('a hint that no heap has room for: %s', async (hint) => {
    const rt = await start();
    // The type is known from here on.
    rt.makeMap('map[int]int').free();
    const before = { inUse: rt.machine.heapInUse, draws: rt.machine.draws };
    expect(thrown(() => rt.makeMap('map[int]int', { hint })).name).toBe('OutOfMemory');
    expect({ inUse: rt.machine.heapInUse, draws: rt.machine.draws }).toEqual(before);
    expect([...rt.machine.maps()]).toEqual([]);
  });
});

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

/* ---- the address space ---- */

describe('addresses that lead nowhere', () => {
  const GO_HEAP = 0xc000010000n;
  const reads: readonly (readonly [string, unknown, unknown, ErrorClass, string])[] = [
    ['nil', 0n, 1, SegmentationFault, '0x0: the nil page (access of 1 byte)'],
    ['the end of the nil page', 4095n, 2, SegmentationFault, '0xfff: the nil page (access of 2 bytes)'],
    [
      'the host state behind it',
      4096n,
      8,
      SegmentationFault,
      '0x1000: no region of the emulated process lies there',
    ],
    ['the heap without its high half', 65536n, 8, SegmentationFault, 'no region'],
    ['before the heap', GO_HEAP - 1n, 1, SegmentationFault, 'no region'],
    [
      'behind what is mapped',
      GO_HEAP + 0x400000n,
      1,
      SegmentationFault,
      'Go heap is mapped only from 0xc000010000 to 0xc000410000',
    ],
    [
      'across the end of what is mapped',
      GO_HEAP + 0x3fffffn,
      2,
      SegmentationFault,
      'Go heap is mapped only from',
    ],
    ['far behind the heap', 0xc0ffffffffn, 1, SegmentationFault, 'no region'],
    ['the C heap, of which nothing is mapped', 'C heap', 1, SegmentationFault, 'C heap is mapped only from'],
    ['a hole between regions', 0x500000000000n, 1, SegmentationFault, 'no region'],
    ['the last byte', 2n ** 64n - 1n, 1, SegmentationFault, '0xffffffffffffffff: no region'],
    ['round the end', 2n ** 64n - 1n, 2, SegmentationFault, 'no region'],
    ['an absurd length', GO_HEAP, 2 ** 52, SegmentationFault, '(access of 4503599627370496 bytes)'],
    ['a length that wraps', GO_HEAP, 2 ** 32, SegmentationFault, '(access of 4294967296 bytes)'],
    ['a negative address', -1n, 1, RangeError, '-1 is not a 64-bit address'],
    ['an address of 65 bits', 2n ** 64n, 1, RangeError, 'is not a 64-bit address'],
    ['an address in text', '0xc000010000', 1, TypeError, 'an address is a bigint, got string'],
    ['a broken number', 1.5, 1, TypeError, 'an address is a bigint, got number'],
    ['a number that is not safe', 2 ** 60, 1, TypeError, 'an address is a bigint, got number'],
    ['undefined', undefined, 1, TypeError, 'an address is a bigint, got undefined'],
    ['a negative length', GO_HEAP, -1, RangeError, 'a length is a whole number of bytes, got -1'],
    ['a broken length', GO_HEAP, 1.5, RangeError, 'a length is a whole number of bytes, got 1.5'],
    ['a length in text', GO_HEAP, '8', RangeError, 'a length is a whole number of bytes, got 8'],
    ['no length', GO_HEAP, undefined, RangeError, 'a length is a whole number of bytes, got undefined'],
  ];
  test.each(reads)('reading: %s', async (_what, address, length, Class, part) => {
    const rt = await start();
    rt.makeMap('map[int]int').set(1, 1);
    const at =
      address === 'C heap' ? rt.memory.regions().find(({ name }) => name === address)?.start : address;
    for (const read of [rt.memory.read, rt.memory.hexdump]) {
      const error = changesNothing(rt, () => loose(read.bind(rt.memory))(at, length));
      expect(error).toBeInstanceOf(Class);
      expect(error.message).toContain(part);
      if (error instanceof SegmentationFault) expect([error.address, error.size]).toEqual([at, length]);
    }
    // A debugger that reads amiss ends no process.
    expect(rt.machine.ended).toBeUndefined();
  });

  test.each<[string, (rt: Runtime) => readonly [unknown, unknown], ErrorClass, string]>([
    ['nil', () => [0n, new Uint8Array(1)], SegmentationFault, 'the nil page'],
    [
      'behind what is mapped',
      () => [GO_HEAP + 0x3fffffn, new Uint8Array(2)],
      SegmentationFault,
      'mapped only',
    ],
    ['the last byte', () => [2n ** 64n - 1n, new Uint8Array(1)], SegmentationFault, 'no region'],
    [
      'read-only data',
      (rt) => [rt.memory.regions()[0]?.start, new Uint8Array(1)],
      SegmentationFault,
      'read-only data of the program',
    ],
    [
      'into read-only data from before',
      (rt) => [(rt.memory.regions()[0]?.start as bigint) - 1n, new Uint8Array(2)],
      SegmentationFault,
      'no region',
    ],
    [
      'across the end of read-only data',
      (rt) => [(rt.memory.regions()[0]?.end as bigint) - 1n, new Uint8Array(2)],
      SegmentationFault,
      'read-only data',
    ],
    ['an array', () => [GO_HEAP, [1, 2]], TypeError, 'write takes a Uint8Array'],
    ['a text', () => [GO_HEAP, 'x'], TypeError, 'write takes a Uint8Array'],
    ['wider elements', () => [GO_HEAP, new Uint16Array(1)], TypeError, 'write takes a Uint8Array'],
    ['nothing', () => [GO_HEAP, undefined], TypeError, 'write takes a Uint8Array'],
    ['an address in text', () => ['x', new Uint8Array(1)], TypeError, 'an address is a bigint'],
  ])('writing: %s', async (_what, args, Class, part) => {
    const rt = await start();
    const m = rt.makeMap('map[int]int');
    m.set(1, 1);
    const { rodata } = rt.machine.plan;
    const readOnly = () => Buffer.from(rt.machine.u8.slice(rodata.start, rodata.start + 4096));
    const before = readOnly();
    const error = changesNothing(rt, () => loose(rt.memory.write.bind(rt.memory))(...args(rt)));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
    expect(readOnly().equals(before)).toBe(true);
    // Nothing was written, so the map is trusted as before.
    expect([rt.machine.guarded, rt.machine.ended]).toEqual([false, undefined]);
  });

  test('a region is asked for by an address', async () => {
    const rt = await start();
    expect(thrown(() => rt.memory.region(-1n))).toBeInstanceOf(RangeError);
    expect(thrown(() => rt.memory.region('x' as never))).toBeInstanceOf(TypeError);
  });
});

/* ---- use after free ---- */

describe.each(BUILDS)('a freed map, build %s', (build) => {
  const freed = async (type = 'map[string]int', key: unknown = 'a') => {
    const rt = await start({ build });
    const m = anyMap(rt, type);
    m.set(key, 1);
    const { header, buckets, oldbuckets, raw } = m;
    const bucket = m.buckets.at(0);
    const slot = bucket?.slots[0];
    const begun = m.entries();
    begun.next();
    const waiting = m.keys();
    m.free();
    return { rt, m, key, header, buckets, oldbuckets, raw, bucket, slot, begun, waiting };
  };
  type Freed = Awaited<ReturnType<typeof freed>>;

  const uses: readonly (readonly [string, (it: Freed) => unknown])[] = [
    ['size', ({ m }) => m.size],
    ['get', ({ m, key }) => m.get(key)],
    ['has', ({ m, key }) => m.has(key)],
    ['lookup', ({ m, key }) => m.lookup(key)],
    ['set', ({ m, key }) => m.set(key, 1)],
    ['delete', ({ m, key }) => m.delete(key)],
    ['clear', ({ m }) => m.clear()],
    ['hash', ({ m, key }) => m.hash(key)],
    ['verify', ({ m }) => m.verify()],
    ['entries', ({ m }) => m.entries()],
    ['keys', ({ m }) => m.keys()],
    ['values', ({ m }) => m.values()],
    ['for of', ({ m }) => [...m]],
    ['forEach', ({ m }) => m.forEach(() => {})],
    ['setMany', ({ m, key }) => m.setMany([key], [1])],
    ['setMany of nothing', ({ m }) => m.setMany([], [])],
    ['getMany', ({ m, key }) => m.getMany([key])],
    ['hasMany', ({ m, key }) => m.hasMany([key])],
    ['deleteMany', ({ m, key }) => m.deleteMany([key])],
    ['drain', ({ m }) => m.drain()],
    ['header', ({ m }) => m.header],
    ['buckets', ({ m }) => m.buckets],
    ['oldbuckets', ({ m }) => m.oldbuckets],
    ['raw', ({ m }) => m.raw],
    ['an iterator under way', ({ begun }) => begun.next()],
    ['an iterator not begun', ({ waiting }) => waiting.next()],
    ['the header’s address', ({ header }) => header.address],
    ['the header’s bytes', ({ header }) => header.bytes],
    ['the header’s count', ({ header }) => header.count],
    ['the header’s buckets', ({ header }) => header.buckets],
    ['raw.get', ({ raw }) => raw.get(new Uint8Array(8))],
    ['raw.set', ({ raw }) => raw.set(new Uint8Array(8), new Uint8Array(8))],
    ['raw.delete', ({ raw }) => raw.delete(new Uint8Array(8))],
    ['raw iteration', ({ raw }) => [...raw]],
    ['a bucket’s bytes', ({ bucket }) => bucket?.bytes],
    ['a bucket’s slots', ({ bucket }) => bucket?.slots],
    ['a bucket’s chain', ({ bucket }) => bucket?.overflow],
    ['a bucket of the array', ({ buckets }) => buckets.at(0)?.tophash],
    ['a slot’s key', ({ slot }) => slot?.key],
    ['a slot’s element', ({ slot }) => slot?.elem],
  ];
  test.each(uses)('%s', async (_what, use) => {
    for (const [type, key] of [
      ['map[int]int', 1],
      ['map[uint64]int', 1],
      ['map[[8]byte]int', new Uint8Array(8)],
    ] as const) {
      const it = await freed(type, key);
      const error = changesNothing(it.rt, () => use(it));
      expect(error).toBeInstanceOf(UseAfterFree);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('freed');
    }
  });

  test.each<[string, unknown]>([
    ['map[string]int', 'a'],
    ['map[string]int', 'a'.repeat(500_000)],
    ['map[uint32]int', 1],
    ['map[string][200]byte', 'a'],
  ])('%s: nothing is left on the heap by trying', async (type, key) => {
    const rt = await start({ build });
    const m = anyMap(rt, type);
    m.free();
    const elem = type.endsWith('byte') ? new Uint8Array(200) : 1;
    for (const use of [() => m.get(key), () => m.set(key, elem), () => m.delete(key), () => m.has(key)]) {
      expect(thrown(use)).toBeInstanceOf(UseAfterFree);
    }
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('what is known without memory stays known', async () => {
    const { m } = await freed();
    expect([m.type, m.isNil, Object.prototype.toString.call(m)]).toEqual([
      'map[string]int',
      false,
      '[object GoMap]',
    ]);
    expect(m.shape.bucketSize).toBe(208);
  });

  test('freeing twice does nothing, even where the record has a new owner', async () => {
    const { rt, m, begun, waiting } = await freed();
    const other = rt.makeMap('map[string]int');
    other.set('b', 2);
    const theirs = other.keys();
    theirs.next();
    const before = wholeState(rt);
    m.free();
    m[Symbol.dispose]();
    begun.return();
    begun[Symbol.dispose]();
    waiting.return();
    expect(wholeState(rt).equals(before)).toBe(true);
    expect(thrown(() => m.get('b'))).toBeInstanceOf(UseAfterFree);
    expect([other.get('b'), theirs.next().done]).toEqual([2n, true]);
    other.verify();
  });

  test('an iterator whose map was freed says so once more, or has ended', async () => {
    const { begun } = await freed();
    expect(thrown(() => begun.next())).toBeInstanceOf(UseAfterFree);
    begun.return();
    expect(begun.next()).toEqual({ done: true, value: undefined });
  });

  test('freed in the middle of its own iteration', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 20; n++) m.set(n, n);
    const error = thrown(() => {
      for (const _ of m) m.free();
    });
    expect(error).toBeInstanceOf(UseAfterFree);
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a nil map can be freed too', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[int]int');
    nil.free();
    nil.free();
    expect(thrown(() => nil.get(1))).toBeInstanceOf(UseAfterFree);
    expect(thrown(() => nil.set(1, 1))).toBeInstanceOf(UseAfterFree);
  });
});

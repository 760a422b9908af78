/** Bad types and options: a named error that says what is wrong, and nothing has changed. */
import { GoTypeError, GoTypeTooLarge, Runtime, Unsupported } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, changesNothing, rejected, start, thrown } from '../machine/inside.ts';
import { type ErrorClass, loose } from '../support/misuse.ts';

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

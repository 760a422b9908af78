/** Values that a codec refuses, what interfaces hold, and that a check asks a value only once. */
import { describe, expect, test } from 'vitest';
import { MAX_INTERFACE_DEPTH } from '../../assembly/shared/hostlayout.ts';
import { GoTypeTooLarge, GoValueRangeError, GoValueTypeError } from '../../src/gotype/index.ts';
import { AT, back, codec, nullObject, refusal } from './coded.ts';
import { testMemory } from './memory.ts';

const NO_SLICE = { array: 0n, len: 0n, cap: 0n };

describe('refusals', () => {
  test.each([
    ['uint8', 300, RangeError, '300 does not fit uint8 (a whole number from 0 to 255)'],
    ['int8', 128, RangeError, '128 does not fit int8 (a whole number from -128 to 127)'],
    ['int8', -129, RangeError, '-129 does not fit int8'],
    ['uint16', -1, RangeError, '-1 does not fit uint16 (a whole number from 0 to 65535)'],
    ['int16', 32768, RangeError, '32768 does not fit int16'],
    ['int32', 2 ** 31, RangeError, '2147483648 does not fit int32'],
    ['uint32', 2 ** 32, RangeError, '4294967296 does not fit uint32 (a whole number from 0 to 4294967295)'],
    ['uint32', 1.5, RangeError, '1.5 does not fit uint32'],
    ['int16', Number.NaN, RangeError, 'NaN does not fit int16'],
    ['int16', Number.POSITIVE_INFINITY, RangeError, 'Infinity does not fit int16'],
    ['uint8', 5n, TypeError, 'uint8 takes a number, got 5n'],
    ['uint8', '5', TypeError, 'uint8 takes a number, got the string "5"'],
    ['uint8', true, TypeError, 'uint8 takes a number, got true'],
    [
      'int',
      2n ** 63n,
      RangeError,
      '9223372036854775808n does not fit int (-9223372036854775808 to 9223372036854775807)',
    ],
    ['int64', -(2n ** 63n) - 1n, RangeError, 'does not fit int64'],
    [
      'uint64',
      2n ** 64n,
      RangeError,
      '18446744073709551616n does not fit uint64 (0 to 18446744073709551615)',
    ],
    ['uint', -1n, RangeError, '-1n does not fit uint'],
    ['uint', -1, RangeError, '-1 does not fit uint'],
    ['int', 2 ** 53, RangeError, '9007199254740992 does not fit int'],
    ['int', 0.5, RangeError, '0.5 does not fit int'],
    ['uint64', Number.NaN, RangeError, 'NaN does not fit uint64'],
    ['int', 1n << 100000n, RangeError, 'a bigint of more than 256 bits does not fit int'],
    ['int', '5', TypeError, 'int takes a bigint or a safe integer, got the string "5"'],
    ['uintptr', null, TypeError, 'uintptr takes a bigint or a safe integer, got null'],
    ['*int', 5, TypeError, '*int takes an address as a bigint (0n is nil), got 5'],
    ['*int', null, TypeError, 'got null'],
    ['chan int', -1n, RangeError, '-1n does not fit chan int'],
    ['map[int]int', 2n ** 64n, RangeError, 'does not fit map[int]int'],
    ['bool', 1, TypeError, 'bool takes a boolean, got 1'],
    ['bool', undefined, TypeError, 'bool takes a boolean, got undefined'],
    ['float32', 5n, TypeError, 'float32 takes a number, got 5n'],
    ['float64', '1', TypeError, 'float64 takes a number'],
    ['string', 5, TypeError, 'string takes a string, or a Uint8Array of its bytes, got 5'],
    ['string', [104, 105], TypeError, 'got an array of 2'],
    ['string', new Uint16Array(3), TypeError, 'got a binary view of 6 bytes'],
    ['string', new String('x'), TypeError, 'got an object'],
    ['string', '\ud800', TypeError, 'lone surrogate'],
    ['string', 'a\udc00b', TypeError, 'lone surrogate'],
    ['string', `${'x'.repeat(100)}\ud83d`, TypeError, 'lone surrogate'],
    ['string', '\ude00\ud83d', TypeError, 'lone surrogate'],
    ['[2]byte', [1, 2], TypeError, '[2]uint8 takes a Uint8Array of 2, got an array of 2'],
    ['[2]byte', new Uint8Array(3), RangeError, '[2]uint8 takes exactly 2 elements, got 3'],
    ['[2]byte', new Int8Array(2), TypeError, 'got a binary view'],
    ['[2]int', [1n], RangeError, '[2]int takes exactly 2 elements, got 1'],
    ['[2]int', new BigInt64Array(2), TypeError, '[2]int takes an array of 2, got a binary view of 16 bytes'],
    ['[2]int', { length: 2, 0: 1n, 1: 2n }, TypeError, 'got an object'],
    [
      '[2]int',
      Object.assign(new Array(2), { 0: 1n }),
      TypeError,
      '[1]: int takes a bigint or a safe integer, got undefined',
    ],
    ['[2]uint8', 'ab', TypeError, 'got the string "ab"'],
    ['struct{ a int8 }', { a: 300 }, RangeError, '.a: 300 does not fit int8'],
    [
      'struct{ a [2]struct{ b uint8 } }',
      { a: [{ b: 1 }, { b: 256 }] },
      RangeError,
      '.a[1].b: 256 does not fit uint8',
    ],
    ['struct{ a int8 }', {}, TypeError, 'struct { a int8 } has a field the string "a" that the object lacks'],
    ['struct{ a int8 }', { a: 1, b: 2 }, TypeError, 'struct { a int8 } has no field the string "b"'],
    ['struct{ a, b int8 }', { a: 1, c: 2 }, TypeError, 'has a field the string "b"'],
    ['struct{ _ int8 }', { _: 1 }, TypeError, 'has no field the string "_"'],
    ['struct{ toString int8 }', {}, TypeError, 'has a field the string "toString"'],
    ['struct{}', [], TypeError, 'struct {} takes an object with its fields, got an array of 0'],
    ['struct{}', null, TypeError, 'got null'],
    ['struct{}', new Uint8Array(1), TypeError, 'got a binary view'],
    ['struct{}', () => 0, TypeError, 'got a function'],
    ['struct{}', Symbol('x'), TypeError, 'got a symbol'],
    ['struct{ a struct{ b bool } }', { a: { b: 1 } }, TypeError, '.a.b: bool takes a boolean, got 1'],
    ['complex64', 5, TypeError, 'complex64 takes an object with its fields, got 5'],
    ['complex128', { re: 1 }, TypeError, 'complex128 has a field the string "im"'],
    ['complex128', { re: 1, im: 2, x: 3 }, TypeError, 'complex128 has no field the string "x"'],
    ['complex128', { re: 1, im: 2n }, TypeError, '.im: float64 takes a number, got 2n'],
    ['[]int', { array: 0n, len: 0n }, TypeError, '[]int has a field the string "cap"'],
    [
      '[]int',
      { array: 0, len: 0n, cap: 0n },
      TypeError,
      '.array: unsafe.Pointer takes an address as a bigint',
    ],
    [
      '[]int',
      { array: 0n, len: 2n ** 63n, cap: 0n },
      RangeError,
      '.len: 9223372036854775808n does not fit int',
    ],
    ['[]int', [1], TypeError, '[]int takes an object with its fields, got an array of 1'],
  ] as [string, unknown, ErrorConstructor, string][])('%s refuses %o', (text, value, kind, message) => {
    const error = refusal(text, value);
    expect(error).toBeInstanceOf(kind);
    expect(error).toBeInstanceOf(kind === (RangeError as unknown) ? GoValueRangeError : GoValueTypeError);
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(250);
  });

  test('the error has its path as a field', () => {
    const error = refusal('struct{ a [2]uint8; b [3]struct{ c int8 } }', {
      a: new Uint8Array(2),
      b: [{ c: 1 }, { c: 2 }, { c: 'x' }],
    }) as GoValueTypeError;
    expect(error.path).toBe('.b[2].c');
    expect(error.detail).toBe('int8 takes a number, got the string "x"');
    expect(error.message).toBe(`${error.path}: ${error.detail}`);
  });

  test.each([
    ['any', { type: 'int', value: 5n }],
    ['any', { type: 'string', value: 'text' }],
    ['any', { type: '*int', value: 0xc000012000n }],
    ['any', { type: 'struct { p *int }', value: { p: 0xc000012000n } }],
    ['any', { type: 'struct {}', value: {} }],
    ['any', { type: '[]int', value: { array: 0n, len: 1n, cap: 2n } }],
    ['[2]any', [null, { type: '[1]interface {}', value: [{ type: 'float64', value: 0.5 }] }]],
    ['error', { type: 'struct { error }', value: { error: null } }],
    ['error', null],
    ['interface{ M() }', null],
  ])('%s holds %o', (text, value) => {
    expect(back(text, value)).toEqual(value);
  });

  test('a dynamic type is given as any text of it, and comes back as Go prints it', () => {
    expect(back('any', { type: 'struct{a,b []byte}', value: { a: NO_SLICE, b: NO_SLICE } })).toEqual({
      type: 'struct { a []uint8; b []uint8 }',
      value: { a: NO_SLICE, b: NO_SLICE },
    });
  });

  test.each([
    ['any', 5, 'interface {} takes { type, value } with the name of a Go type, or null for nil, got 5'],
    ['any', undefined, 'or null for nil'],
    ['any', { type: 'int' }, 'has a field the string "value" that the object lacks'],
    ['any', { type: 'int', value: 'x' }, '.value: int takes'],
    ['any', { type: 'uint8', value: 256 }, '256 does not fit uint8'],
    ['any', { type: 'nosuch', value: 1 }, '.type: '],
    ['any', { type: 5, value: 1 }, '.type: a Go type is given as a string'],
    ['any', { type: 'any', value: null }, 'a value of a concrete type, not of interface {}'],
    ['error', { type: 'int', value: 1n }, 'int does not implement error (missing method Error)'],
    [
      'interface{ Error(); X() }',
      { type: 'struct { error }', value: { error: null } },
      'does not implement interface { Error(); X() } (missing method Error)',
    ],
  ])('%s refuses %o', (text, value, part) => {
    expect(refusal(text, value).message).toContain(part);
  });

  test('interfaces are nested so deep and no deeper', () => {
    const nest = (depth: number): unknown => {
      let value: unknown = null;
      for (let i = 0; i < depth; i++) value = { type: '[1]interface {}', value: [value] };
      return value;
    };
    expect(() => codec('any').check(nest(MAX_INTERFACE_DEPTH))).not.toThrow();
    expect(refusal('any', nest(MAX_INTERFACE_DEPTH + 1)).message).toContain('not more');
    // A value that holds itself has no end.
    const ring: { type: string; value: unknown[] } = { type: '[1]interface {}', value: [] };
    ring.value.push(ring);
    expect(refusal('any', ring).message).toContain('not more');
  });

  test('a value too large to be read is refused before it is', () => {
    const mem = testMemory();
    const start = performance.now();
    for (const text of [
      '[1<<40]struct{}',
      '[1<<40]byte',
      '[1<<26][1<<26]struct{}',
      'struct{ a [1<<50][0]string }',
      '[1<<20]int',
    ]) {
      const one = codec(text);
      if (text === '[1<<20]int') continue;
      expect(() => one.read(mem, AT)).toThrow(GoTypeTooLarge);
      expect(() => one.check([])).toThrow();
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('checking runs no code twice', () => {
  const counted = (text: string, make: (count: (name: string) => void) => unknown) => {
    for (const way of ['check', 'take'] as const) {
      const calls: string[] = [];
      codec(text)[way](make((name) => calls.push(name)));
      expect(new Set(calls).size).toBe(calls.length);
      expect(calls.length).toBeGreaterThan(0);
    }
  };

  test('getters of structs, complex numbers and slices', () => {
    const getters = (count: (name: string) => void, fields: Record<string, unknown>) => {
      const object = {};
      for (const [name, value] of Object.entries(fields)) {
        Object.defineProperty(object, name, {
          enumerable: true,
          get() {
            count(name);
            return value;
          },
        });
      }
      return object;
    };
    counted('struct{ a int; b struct{ c string } }', (count) =>
      getters(count, { a: 1n, b: getters(count, { c: 'x' }) }),
    );
    counted('complex128', (count) => getters(count, { re: 1, im: 2 }));
    counted('[]int', (count) => getters(count, { array: 1n, len: 2, cap: 3n }));
  });

  test('getters of arrays', () => {
    counted('[2]string', (count) =>
      Object.defineProperty(['x', 'y'], 1, {
        get() {
          count('1');
          return 'y';
        },
      }),
    );
  });

  test("what is taken can't change between the check and the write", () => {
    let calls = 0;
    const shifty = {
      get a() {
        calls += 1;
        return calls === 1 ? 'fine' : 5;
      },
    };
    const taken = codec('struct{ a string }').take(shifty);
    expect(taken).toEqual(nullObject({ a: 'fine' }));
    expect(calls).toBe(1);
  });
});

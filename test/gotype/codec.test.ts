/** The bytes of values, what is read back from them, and codecs as objects. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { BASIC, codecFor, columnArray, parseType } from '../../src/gotype/index.ts';
import { AT, back, codec, nullObject, refusal } from './coded.ts';
import { GO_HEAP_HIGH, testMemory } from './memory.ts';

/** Writes a value and gives its bytes. */
function bytesOf(text: string, value: unknown): number[] {
  const mem = testMemory();
  const one = codec(text);
  one.check(value);
  one.write(mem, AT, value);
  expect(mem.u8[AT - 1]).toBe(0xa5);
  expect(mem.u8[AT + one.size]).toBe(0xa5);
  return [...mem.u8.slice(AT, AT + one.size)];
}

describe('bytes', () => {
  test.each([
    ['bool', true, [1]],
    ['bool', false, [0]],
    ['int8', -2, [0xfe]],
    ['uint8', 200, [200]],
    ['int16', -2, [0xfe, 0xff]],
    ['uint16', 0x1234, [0x34, 0x12]],
    ['int32', -2, [0xfe, 0xff, 0xff, 0xff]],
    ['uint32', 0xfedcba98, [0x98, 0xba, 0xdc, 0xfe]],
    ['int', -2n, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['int64', 258, [2, 1, 0, 0, 0, 0, 0, 0]],
    ['uint', 2n ** 64n - 1n, [255, 255, 255, 255, 255, 255, 255, 255]],
    ['uint64', 0x0102030405060708n, [8, 7, 6, 5, 4, 3, 2, 1]],
    ['uintptr', 1, [1, 0, 0, 0, 0, 0, 0, 0]],
    ['*int', 0xc000012030n, [0x30, 0x20, 0x01, 0x00, 0xc0, 0, 0, 0]],
    ['float32', 1.5, [0, 0, 0xc0, 0x3f]],
    ['float64', -0, [0, 0, 0, 0, 0, 0, 0, 0x80]],
    ['complex64', { re: 1.5, im: -2 }, [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]],
    ['[3]byte', Uint8Array.of(1, 2, 3), [1, 2, 3]],
    ['[2]int16', [1, -1], [1, 0, 255, 255]],
    ['[0]int', [], []],
    ['struct{}', {}, []],
    ['struct{ a int8; b int16; c bool }', { a: 1, b: 2, c: true }, [1, 0, 2, 0, 1, 0]],
    ['struct{ a int8; _ [3]byte; b int32 }', { a: 1, b: 2 }, [1, 0, 0, 0, 2, 0, 0, 0]],
    ['struct{ a int32; b struct{} }', { a: 1, b: {} }, [1, 0, 0, 0, 0, 0, 0, 0]],
    [
      '[2]struct{ a int16; b int8 }',
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
      [1, 0, 2, 0, 3, 0, 4, 0],
    ],
    ['any', null, Array(16).fill(0)],
    ['error', null, Array(16).fill(0)],
    [
      '[]int',
      { array: 0xc000000010n, len: 3, cap: 4n },
      [0x10, 0, 0, 0, 0xc0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0],
    ],
  ])('%s %o', (text, value, bytes) => {
    expect(bytesOf(text, value)).toEqual(bytes);
  });

  test('a string is an address in the Go heap and a length', () => {
    const mem = testMemory();
    const at = mem.used;
    codec('string').write(mem, AT, 'héllo');
    expect([...mem.u32.slice(AT / 4, AT / 4 + 4)]).toEqual([at, GO_HEAP_HIGH, 6, 0]);
    expect([...mem.u8.slice(at, at + 7)]).toEqual([0x68, 0xc3, 0xa9, 0x6c, 0x6c, 0x6f, 0x00]);
  });

  test('the empty string has no storage', () => {
    for (const empty of ['', new Uint8Array(0)]) {
      const mem = testMemory();
      const { used } = mem;
      codec('string').write(mem, AT, empty);
      expect([...mem.u32.slice(AT / 4, AT / 4 + 4)]).toEqual([0, 0, 0, 0]);
      expect(mem.used).toBe(used);
      expect(codec('string').read(mem, AT)).toBe('');
    }
  });
});

describe('round trips', () => {
  test.each([
    ['int8', -128],
    ['int8', 127],
    ['uint8', 255],
    ['int16', -32768],
    ['uint16', 65535],
    ['int32', -2147483648],
    ['uint32', 4294967295],
    ['rune', 0x1f600],
    ['int', -(2n ** 63n)],
    ['int64', 2n ** 63n - 1n],
    ['uint64', 2n ** 64n - 1n],
    ['uintptr', 0n],
    ['float32', 0.5],
    ['float64', Number.NaN],
    ['float64', -0],
    ['float64', Number.MIN_VALUE],
    ['complex128', { re: Number.NEGATIVE_INFINITY, im: 0.1 }],
    ['chan int', 2n ** 64n - 1n],
    ['func()', 0n],
    ['map[string]int', 0xc000012030n],
    ['unsafe.Pointer', 7n],
    ['string', ''],
    ['string', 'a'],
    ['string', 'exactly twenty-four char'],
    ['string', 'and here are twenty-five.'],
    ['string', 'x'.repeat(40)],
    ['string', 'x'.repeat(41)],
    ['string', 'é'.repeat(40)],
    ['string', 'long '.repeat(1000)],
    ['string', '\0\x7f'],
    ['string', '\ufeffwith a byte order mark'],
    ['string', '\ufeff'],
    ['string', '😀𐏿￿߿ࠀ'],
    ['string', Uint8Array.of(0xff)],
    ['string', Uint8Array.of(0xed, 0xa0, 0x80)],
    ['string', Uint8Array.of(...Array(30).fill(0x61), 0xc3)],
    ['[4]byte', Uint8Array.of(1, 2, 3, 4)],
    ['[0]byte', new Uint8Array(0)],
    ['[2][2]uint8', [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]],
    [
      '[2][3]string',
      [
        ['a', 'b', 'c'],
        ['', 'é', '😀'],
      ],
    ],
    ['[2]int8', [1, -1]],
  ])('%s %o', (text, value) => {
    expect(back(text, value)).toEqual(value);
    expect(Object.is(back(text, value), value) || typeof value === 'object').toBe(true);
    const taken = codec(text).take(value);
    expect(taken).toEqual(value);
  });

  test('what comes out in another form than it went in', () => {
    expect(back('int', 5)).toBe(5n);
    expect(back('uint64', -0)).toBe(0n);
    expect(back('int', Number.MAX_SAFE_INTEGER)).toBe(2n ** 53n - 1n);
    expect(Object.is(back('int8', -0), 0)).toBe(true);
    expect(Object.is(codec('int8').take(-0), 0)).toBe(true);
    expect(codec('int').take(5)).toBe(5n);
    expect(codec('uint').take(5)).toBe(5n);
    expect(back('float32', 0.1)).toBe(Math.fround(0.1));
    expect(codec('float32').take(0.1)).toBe(Math.fround(0.1));
    expect(back('float32', 1e300)).toBe(Number.POSITIVE_INFINITY);
    expect(back('string', Uint8Array.of(0x68, 0x69))).toBe('hi');
  });

  test('structs are null-prototype objects of their fields in order', () => {
    const text = 'struct{ b int8; _ [2]int; a string; int; _ bool }';
    const value = back(text, { a: 'x', int: 3n, b: 1 });
    expect(value).toEqual(nullObject({ b: 1, a: 'x', int: 3n }));
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.keys(value as object)).toEqual(['b', 'a', 'int']);
    expect(Object.getPrototypeOf(back('struct{}', {}))).toBe(null);
    expect(Object.getPrototypeOf(back('[]int', { array: 0n, len: 0n, cap: 0n }))).toBe(null);
  });

  test('__proto__ and constructor are names like others', () => {
    const text = 'struct{ __proto__ int8; constructor string; hasOwnProperty bool }';
    const value = JSON.parse('{"__proto__": 5, "constructor": "c", "hasOwnProperty": true}');
    for (const out of [back(text, value), codec(text).take(value)]) {
      expect(Object.entries(out as object)).toEqual([
        ['__proto__', 5],
        ['constructor', 'c'],
        ['hasOwnProperty', true],
      ]);
      expect(Object.getPrototypeOf(out)).toBe(null);
    }
    expect(back(text, back(text, value))).toEqual(back(text, value));
    expect(refusal(text, { constructor: 'c', hasOwnProperty: true }).message).toContain(
      'has a field the string "__proto__" that the object lacks',
    );
  });

  test('values that come out are copies', () => {
    const mem = testMemory();
    const bytes = codec('[2]byte');
    bytes.write(mem, AT, Uint8Array.of(1, 2));
    const out = bytes.read(mem, AT) as Uint8Array;
    mem.u8[AT] = 9;
    expect([...out]).toEqual([1, 2]);
    expect(out.buffer.byteLength).toBe(2);
    const text = codec('string');
    text.write(mem, AT, Uint8Array.of(0xff, 0xfe));
    const raw = text.read(mem, AT) as Uint8Array;
    mem.u8.fill(0, 32768);
    expect([...raw]).toEqual([0xff, 0xfe]);
    expect(raw.buffer.byteLength).toBe(2);
  });

  test('what take gives is a copy', () => {
    const bytes = Uint8Array.of(1, 2);
    const array = [bytes];
    const object = { a: array, s: Uint8Array.of(0xff) };
    const taken = codec('struct{ a [1][2]byte; s string }').take(object) as typeof object;
    bytes[0] = 9;
    object.s[0] = 0;
    array[0] = Uint8Array.of(7, 7);
    expect(taken).toEqual(nullObject({ a: [Uint8Array.of(1, 2)], s: Uint8Array.of(0xff) }));
  });

  test('bytes of another realm, and Buffers, are bytes', () => {
    const foreign = runInNewContext('Uint8Array.of(1, 255)');
    expect(back('[2]byte', foreign)).toEqual(Uint8Array.of(1, 255));
    expect(back('string', foreign)).toEqual(Uint8Array.of(1, 255));
    expect(back('[2]byte', Buffer.from([1, 2]))).toEqual(Uint8Array.of(1, 2));
    expect(codec('[2]byte').take(Buffer.from([1, 2]))).toBeInstanceOf(Uint8Array);
    expect(back('[1]int8', runInNewContext('[5]'))).toEqual([5]);
  });
});

describe('codecs as objects', () => {
  test('one a type, with its size', () => {
    for (const type of Object.values(BASIC)) {
      expect(codecFor(type).type).toBe(type);
      expect(codecFor(type).size).toBe(type.size);
      expect(codecFor(type)).toBe(codecFor(type));
    }
    for (const text of [
      '*int',
      '[3]byte',
      '[3]int',
      'struct{ a int8; b int }',
      '[]int',
      'any',
      'map[int]int',
    ]) {
      const type = parseType(text);
      expect(codecFor(type).type).toBe(type);
      expect(codecFor(type).size).toBe(type.size);
    }
  });

  test('primitive: nothing that could change between check and write', () => {
    for (const text of ['int8', 'bool', 'int', 'uint64', '*int', 'float64', 'chan int']) {
      expect(codec(text).primitive).toBe(true);
    }
    for (const text of ['string', '[3]byte', '[3]int', 'struct{}', '[]int', 'complex64', 'any']) {
      expect(codec(text).primitive).toBe(false);
    }
  });

  test.each([
    ['bool', Uint8Array],
    ['int8', Int8Array],
    ['byte', Uint8Array],
    ['int16', Int16Array],
    ['uint16', Uint16Array],
    ['rune', Int32Array],
    ['uint32', Uint32Array],
    ['int', BigInt64Array],
    ['int64', BigInt64Array],
    ['uint', BigUint64Array],
    ['uint64', BigUint64Array],
    ['uintptr', BigUint64Array],
    ['*int', BigUint64Array],
    ['map[int]int', BigUint64Array],
    ['float32', Float32Array],
    ['float64', Float64Array],
    ['string', undefined],
    ['complex64', undefined],
    ['[4]byte', undefined],
    ['struct{ a int }', undefined],
    ['any', undefined],
    ['[]int', undefined],
  ])('the column of %s', (text, wanted) => {
    const type = parseType(text);
    expect(columnArray(type)).toBe(wanted);
    if (wanted !== undefined) expect(wanted.BYTES_PER_ELEMENT).toBe(type.size);
  });
});

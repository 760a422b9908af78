/** Columns as users of the library see them: many keys and elements in one call. */
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, start, thrown } from '../machine/inside.ts';

/* ---- columns ---- */

describe.each(BUILDS)('columns, build %s', (build) => {
  const NUMBERS: readonly (readonly [
    string,
    new (values: never) => ArrayBufferView,
    (n: number) => number | bigint,
  ])[] = [
    ['int8', Int8Array, (n) => n - 4],
    ['uint8', Uint8Array, (n) => n],
    ['int16', Int16Array, (n) => n - 4],
    ['uint16', Uint16Array, (n) => n],
    ['int32', Int32Array, (n) => n - 4],
    ['uint32', Uint32Array, (n) => n + 2 ** 31],
    ['int64', BigInt64Array, (n) => BigInt(n - 4)],
    ['int', BigInt64Array, (n) => BigInt(n - 4)],
    ['uint64', BigUint64Array, (n) => BigInt(n) + 2n ** 63n],
    ['uintptr', BigUint64Array, (n) => BigInt(n)],
    ['*int', BigUint64Array, (n) => BigInt(n)],
  ];

  test.each(NUMBERS)('typed arrays, arrays and {array} of %s', async (type, Column, value) => {
    const rt = await start({ build });
    const list = Array.from({ length: 9 }, (_, n) => value(n));
    const typed = new Column(list as never);
    for (const keys of [typed, list, { array: typed }, { array: list }]) {
      for (const values of [typed, list, { array: typed }, { array: list }]) {
        const m = anyMap(rt, `map[${type}]${type}`);
        expect(m.setMany(keys as never, values as never)).toBe(m);
        expect(m.size).toBe(9);
        expect(list.map((n) => m.get(n))).toEqual(list);
        expect(m.getMany(keys as never)).toEqual(list);
        const out = new Column(new Array(11).fill(value(0)) as never);
        expect(m.getMany(keys as never, out as never)).toBe(out);
        expect(Array.from(out as never as ArrayLike<unknown>).slice(0, 9)).toEqual(list);
        // What lies behind the last key is left alone.
        expect((out as never as ArrayLike<unknown>)[9]).toBe(value(0));
        const inside = { array: new Column(new Array(9).fill(value(0)) as never) };
        m.getMany(keys as never, inside as never);
        expect(inside.array).toEqual(typed);
        expect(m.hasMany(keys as never)).toEqual(list.map(() => true));
        expect(m.deleteMany(keys as never)).toBe(9);
        m.free();
      }
    }
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a view into a larger buffer, from its own offset', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint32]uint16');
    const whole = Uint32Array.from({ length: 20 }, (_, n) => n);
    m.setMany(whole.subarray(5, 8), Uint16Array.of(0, 50, 60, 70, 0).subarray(1, 4));
    expect(new Map(m)).toEqual(
      new Map([
        [5, 50],
        [6, 60],
        [7, 70],
      ]),
    );
    const out = new Uint16Array(10);
    m.getMany(whole.subarray(5, 8), out.subarray(4, 7));
    expect([...out]).toEqual([0, 0, 0, 0, 50, 60, 70, 0, 0, 0]);
  });

  test('bools, floats and whatever has no typed array', async () => {
    const rt = await start({ build });
    const flags = rt.makeMap('map[uint8]bool');
    flags.setMany(Uint8Array.of(1, 2), Uint8Array.of(1, 0)).setMany([3, 4], [true, false]);
    expect(flags.getMany([1, 2, 3, 4, 5])).toEqual([true, false, true, false, undefined]);
    const out = new Uint8Array(5).fill(7);
    flags.getMany([1, 2, 3, 4, 5], out);
    expect([...out]).toEqual([1, 0, 1, 0, 0]);
    expect(thrown(() => flags.setMany([1], Uint8Array.of(2))).message).toContain(
      'a column of bool holds 0 and 1, got 2',
    );
    const floats = rt.makeMap('map[int]float64');
    floats.setMany(BigInt64Array.of(1n, 2n), Float64Array.of(1.5, Number.NaN));
    expect(floats.getMany([1n, 2n])).toEqual([1.5, Number.NaN]);
    const structs = rt.makeMap('map[[2]byte]struct{ a string; b int32 }');
    structs.setMany(
      [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
      [
        { a: 'x', b: 1 },
        { a: '', b: -1 },
      ],
    );
    expect(structs.getMany([Uint8Array.of(3, 4)])).toEqual([
      Object.assign(Object.create(null), { a: '', b: -1 }),
    ]);
    expect(structs.size).toBe(2);
  });

  test('an absent key: zero in a typed array, undefined in an array', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    m.set(1, 10);
    const out = BigInt64Array.of(5n, 5n, 5n);
    m.getMany([2, 1, 3], out);
    expect([...out]).toEqual([0n, 10n, 0n]);
    const array: (bigint | undefined)[] = [5n, 5n, 5n, 5n];
    expect(m.getMany([2, 1, 3], array)).toBe(array);
    expect(array).toEqual([undefined, 10n, undefined, 5n]);
    const inside = { array: [] as (bigint | undefined)[] };
    expect(m.getMany([2, 1], inside)).toBe(inside);
    expect(inside.array).toEqual([undefined, 10n]);
    const found = new Uint8Array(4).fill(9);
    expect(m.hasMany([2, 1, 3], found)).toBe(found);
    expect([...found]).toEqual([0, 1, 0, 9]);
  });

  test('the last of several equal keys wins, deleting counts each once', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]int');
    m.setMany(['a', 'b', 'a'], [1, 2, 3]);
    expect([m.size, m.get('a')]).toEqual([2, 3n]);
    expect(m.deleteMany(['a', 'a', 'no', 'b'])).toBe(2);
  });

  test('strings of every length, beyond what fits at once', async () => {
    const rt = await start({ build });
    const texts = ['', 'a', 'é', '😀'.repeat(10), 'x'.repeat(5000), 'y'.repeat(400_000), 'z'.repeat(20)];
    const keys = texts.concat(Array.from({ length: 3000 }, (_, n) => `key ${n} ${'.'.repeat(n % 50)}`));
    for (const type of ['map[string]string', 'map[string]int', 'map[string][200]byte', 'map[int]string']) {
      const key = (i: number) => (type === 'map[int]string' ? BigInt(i) : (keys[i] as string));
      const elem = (i: number): unknown =>
        type.endsWith('string')
          ? (keys[keys.length - 1 - i] as string)
          : type.endsWith('int')
            ? BigInt(i)
            : new Uint8Array(200).fill(i);
      const m = anyMap(rt, type);
      const indices = keys.map((_, i) => i);
      m.setMany(indices.map(key), indices.map(elem));
      expect(m.size).toBe(keys.length);
      m.verify();
      const got = m.getMany(indices.map(key));
      const same = (a: unknown, b: unknown) => a === b || Buffer.compare(a as Buffer, b as Buffer) === 0;
      expect(indices.find((i) => !same(got[i], elem(i)))).toBeUndefined();
      expect(
        m.hasMany([...indices.slice(0, 10).map(key), type === 'map[int]string' ? -1n : 'nobody']),
      ).toEqual([...Array(10).fill(true), false]);
      expect(m.deleteMany(indices.slice(0, 1500).map(key))).toBe(1500);
      expect(m.size).toBe(keys.length - 1500);
      m.free();
      expect([type, rt.machine.heapInUse]).toEqual([type, 0]);
    }
  });

  test('strings given as bytes, and bytes that are no text', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]string');
    const raw = Uint8Array.of(0xff, 0xfe);
    m.setMany([raw, new TextEncoder().encode('abc')] as never, [new TextEncoder().encode('x'), raw] as never);
    expect(m.get('abc')).toEqual(raw);
    expect(m.getMany([raw] as never)).toEqual(['x']);
    expect([...m.keys()]).toContainEqual(raw);
  });

  test('a batch over many stretches of the staging area', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 26 } });
    const n = build === 'checked' ? 30_000 : 300_000;
    const keys = BigInt64Array.from({ length: n }, (_, i) => BigInt(i * 7));
    const m = rt.makeMap('map[int]int', { hint: n });
    m.setMany(keys, keys);
    expect(m.size).toBe(n);
    const out = new BigInt64Array(n);
    m.getMany(keys, out);
    // Compared as bytes: a matcher takes seconds for so many.
    const raw = (column: unknown) => Buffer.from((column as BigInt64Array).buffer);
    expect(raw(out).equals(raw(keys))).toBe(true);
    expect(m.hasMany(keys, new Uint8Array(n)).every((found) => found === 1)).toBe(true);
    const { keys: drained, values } = m.drain();
    expect(raw(values).equals(raw(drained))).toBe(true);
    expect(raw((drained as BigInt64Array).sort()).equals(raw(keys))).toBe(true);
    expect(m.size).toBe(0);
  });

  test('empty columns', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]string');
    m.set(1, 'a');
    expect(m.setMany([], []).size).toBe(1);
    expect([m.getMany([]), m.hasMany([]), m.deleteMany([]), m.getMany({ array: [] })]).toEqual([
      [],
      [],
      0,
      [],
    ]);
  });

  test('drain gives all entries and leaves the map empty with its array', async () => {
    const rt = await start({ build });
    for (const [type, key, elem, Keys, Elems] of [
      ['map[int]float32', BigInt, (n: number) => n / 2, BigInt64Array, Float32Array],
      ['map[string]bool', (n: number) => `k${n}`, (n: number) => n % 2 === 0, Array, Array],
      ['map[uint8]string', (n: number) => n, (n: number) => `v${n}`, Uint8Array, Array],
      ['map[[4]byte]struct{}', (n: number) => Uint8Array.of(n, 0, 0, 1), () => ({}), Array, Array],
      ['map[int][200]byte', BigInt, (n: number) => new Uint8Array(200).fill(n), BigInt64Array, Array],
    ] as const) {
      const m = anyMap(rt, type);
      for (let n = 0; n < 100; n++) m.set(key(n), elem(n));
      const expected = [...m]
        .map((entry) => JSON.stringify(entry, (_, v) => (typeof v === 'bigint' ? `${v}` : v)))
        .sort();
      const { B } = m.header;
      const { keys, values } = m.drain();
      expect([keys.constructor, values.constructor]).toEqual([Keys, Elems]);
      const got = Array.from(keys as unknown[], (k, i) => [k, (values as unknown[])[i]]);
      expect(
        got.map((entry) => JSON.stringify(entry, (_, v) => (typeof v === 'bigint' ? `${v}` : v))).sort(),
      ).toEqual(expected);
      expect([m.size, m.header.B, [...m]]).toEqual([0, B, []]);
      m.verify();
      m.set(key(1), elem(1));
      expect(m.size).toBe(1);
    }
  });
});

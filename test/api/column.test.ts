/** Columns in linear memory: what batches take without copying. */
import { type GoMap, GoPanic, OutOfMemory, type Runtime, UseAfterFree } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, changesNothing, start, thrown } from '../machine/inside.ts';
import { calls } from '../support/calls.ts';

describe.each(BUILDS)('columns in linear memory, build %s', (build) => {
  test('a batch over columns is one call of the core, whatever its length', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 27 } });
    const n = build === 'checked' ? 20_000 : 200_000;
    const m = rt.makeMap('map[uint64]uint32');
    const keys = rt.column('uint64', n);
    const values = rt.column('uint32', n);
    for (let i = 0; i < n; i++) {
      keys.array[i] = BigInt(i) * 3n;
      values.array[i] = i;
    }
    expect(calls(rt, () => m.setMany(keys, values))).toEqual({ setMany64: 1 });
    expect(m.size).toBe(n);
    const out = rt.column('uint32', n);
    expect(calls(rt, () => expect(m.getMany(keys, out)).toBe(out))).toEqual({ getMany64: 1 });
    expect(Buffer.from(out.array.slice().buffer).equals(Buffer.from(values.array.slice().buffer))).toBe(true);
    const found = rt.column('bool', n);
    expect(calls(rt, () => expect(m.hasMany(keys, found)).toBe(found))).toEqual({ getMany64: 1 });
    expect(found.array.every((one) => one === 1)).toBe(true);
    const drained = { keys: rt.column('uint64', n), values: rt.column('uint32', n) };
    const drains = calls(rt, () => expect(m.drain(drained)).toBe(n));
    if (build === 'release') expect(drains).toEqual({ drainMap: 1 });
    else expect(drains['copyEntries']).toBe(1);
    expect(m.size).toBe(0);
    m.setMany(drained.keys, drained.values);
    m.getMany(keys, out);
    expect(Buffer.from(out.array.slice().buffer).equals(Buffer.from(values.array.slice().buffer))).toBe(true);
    expect(calls(rt, () => expect(m.deleteMany(keys)).toBe(n))).toEqual({ deleteMany64: 1 });
    expect(calls(rt, () => m.setMany(keys, values, { growth: 'ahead' }))).toEqual({ setAhead64: 1 });
    m.verify();
  });

  test('part of a column is a column', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int32]float64');
    const keys = rt.column('int32', 10);
    const values = rt.column('float64', 10);
    keys.array.set([0, -1, -2, -3, -4, -5, -6, -7, -8, -9]);
    values.array.set([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
    m.setMany(keys.array.subarray(2, 5), values.array.subarray(2, 5));
    expect(new Map([...m].sort())).toEqual(
      new Map([
        [-2, 1],
        [-3, 1.5],
        [-4, 2],
      ]),
    );
    const out = rt.column('float64', 10);
    m.getMany(keys.array.subarray(3, 6), out.array.subarray(7));
    expect([...out.array]).toEqual([0, 0, 0, 0, 0, 0, 0, 1.5, 2, 0]);
  });

  test.each(['uint64', 'int32', 'uint8', 'int16', 'float32', 'float64', 'bool'] as const)(
    'columns, parts of them, typed arrays and arrays of %s come to the same',
    async (type) => {
      const rt = await start({ build });
      const n = 200;
      const filled = rt.column(type, n);
      filled.array.set(
        Array.from({ length: n }, (_, i) => (type === 'uint64' ? BigInt(i % 90) : i % 90)) as never,
      );
      if (type === 'bool') filled.array.set(Array.from({ length: n }, (_, i) => i & 1) as never);
      const values = Array.from(filled.array as Iterable<number | bigint>, (v) =>
        type === 'bool' ? v === 1 : v,
      );
      const own = filled.array.slice();
      const forms = [filled, filled.array.subarray(0, n), own, values];
      const dumps = forms.map((keys) => {
        const m = anyMap(rt, `map[${type}]${type}`, { hash0: 5 });
        m.setMany(keys as never, filled as never);
        m.setMany(filled as never, keys as never, { growth: 'ahead' });
        const out = new (own.constructor as new (n: number) => typeof own)(n);
        const found = new Uint8Array(n);
        m.getMany(keys as never, out as never);
        m.hasMany(keys as never, found);
        expect([...out]).toEqual([...own]);
        expect(found.every((one) => one === 1)).toBe(true);
        const bytes = [...m.buckets].map((bucket) => Buffer.from(bucket.bytes).toString('hex'));
        const gone = m.deleteMany(keys as never);
        expect([gone, m.size]).toEqual([new Set(values).size, 0]);
        m.free();
        return bytes;
      });
      for (const dump of dumps) expect(dump).toEqual(dumps[0]);
    },
  );

  test('one column may be mixed with arrays, and with another runtime’s typed array', async () => {
    const rt = await start({ build });
    const other = await start({ build });
    const m = rt.makeMap('map[uint64]uint64');
    const keys = other.column('uint64', 3);
    keys.array.set([1n, 2n, 3n]);
    m.setMany(keys, [4, 5, 6]);
    const out = rt.column('uint64', 4);
    m.getMany([3, 2, 1, 0], out);
    expect([...out.array]).toEqual([6n, 5n, 4n, 0n]);
    expect(m.getMany(out)).toEqual([undefined, undefined, undefined, undefined]);
    const bytes = other.column('[4]byte', 1);
    const arrays = rt.makeMap('map[[4]byte]int');
    expect(changesNothing(rt, () => arrays.setMany(bytes as never, [1])).message).toContain(
      "another runtime's",
    );
  });

  test('answers may be written over the keys', async () => {
    const rt = await start({ build });
    rt.machine.touchAbove(0);
    const n = 1000;
    const m = rt.makeMap('map[uint64]uint64');
    const column = rt.column('uint64', n + 1);
    for (let i = 0; i < n; i++) column.array[i] = BigInt(i);
    const numbers = Array.from({ length: n }, (_, i) => i);
    m.setMany(
      numbers,
      numbers.map((i) => n - 1 - i),
    );
    const keys = column.array.subarray(0, n);
    m.getMany(keys, keys);
    expect([...keys]).toEqual(numbers.map((i) => BigInt(n - 1 - i)));
    m.getMany(keys, column.array.subarray(1));
    expect([...column.array.subarray(1)]).toEqual(numbers.map(BigInt));
  });

  test('types without a typed array lie in bytes, as Go lays them out', async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[[3]byte]struct{ a int8; b int32 }');
    const keys = rt.column('[3]byte', 2);
    const values = rt.column('struct{ a int8; b int32 }', 2);
    expect([keys.array.length, values.array.length]).toEqual([6, 16]);
    keys.array.set([1, 2, 3, 4, 5, 6]);
    values.array.set([7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0]);
    m.setMany(keys as never, values as never);
    expect(m.get(Uint8Array.of(4, 5, 6))).toEqual(Object.assign(Object.create(null), { a: 9, b: 10 }));
    const out = rt.column('struct{ a int8; b int32 }', 2);
    m.getMany(keys as never, out as never);
    expect(out.array).toEqual(values.array);
    const nothing = rt.column('struct{}', 2);
    const set = anyMap(rt, 'map[[3]byte]struct{}').setMany(keys as never, nothing as never);
    expect(set.size).toBe(2);
  });

  test('strings are encoded once', async () => {
    const rt = await start({ build });
    const texts = ['', 'é', 'ann', 'x'.repeat(5000), 'ann'];
    const names = rt.column('string', texts);
    expect([names.length, names.array]).toEqual([5, texts]);
    for (const type of ['map[string]int', 'map[string][200]byte'] as const) {
      const m = anyMap(rt, type);
      const elem = (i: number) => (type === 'map[string]int' ? BigInt(i) : new Uint8Array(200).fill(i));
      const run = () =>
        m.setMany(
          names as never,
          texts.map((_, i) => elem(i)),
        );
      // The general path wants headers, which are made for each batch.
      if (type === 'map[string]int') expect(calls(rt, run)).toEqual({ setManyString: 1 });
      else run();
      expect([m.size, m.get('ann'), m.get('é')]).toEqual([4, elem(4), elem(1)]);
      expect(m.hasMany(names as never)).toEqual([true, true, true, true, true]);
      expect(m.deleteMany(names as never)).toBe(4);
      m.free();
    }
    const elems = rt.makeMap('map[int]string').setMany([1, 2, 3, 4, 5], names);
    expect(elems.get(2)).toBe('é');
    elems.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a batch that fails says where, and what was done before it stands', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 18 } });
    const n = 30_000;
    const keys = rt.column('uint64', n);
    const values = rt.column('uint64', n);
    for (let i = 0; i < n; i++) keys.array[i] = BigInt(i);
    for (const growth of ['exact', 'ahead'] as const) {
      const m = rt.makeMap('map[uint64]uint64');
      const error = thrown(() => m.setMany(keys, values, { growth })) as OutOfMemory;
      expect(error).toBeInstanceOf(OutOfMemory);
      expect(error.index).toBe(m.size);
      expect(m.hasMany(keys)).toEqual(Array.from({ length: n }, (_, i) => i < m.size));
      m.verify();
      m.free();
    }
  });

  test('a panic in a batch says where too', async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[any]int');
    const keys = [1, 2, 3, 4].map((n) =>
      n === 3 ? { type: 'func()', value: 0n } : { type: 'int', value: n },
    );
    const uses = [
      () => m.setMany(keys as never, [1, 2, 3, 4]),
      () => m.getMany(keys as never),
      () => m.hasMany(keys as never),
      () => m.deleteMany(keys as never),
    ];
    for (const use of uses) {
      const error = thrown(use) as GoPanic;
      expect([error.constructor, error.index]).toEqual([GoPanic, 2]);
    }
    // The first two were set, then deleted again.
    expect(m.size).toBe(0);
  });

  test('drain: what does not fit changes nothing', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint64]uint64').setMany([1, 2, 3], [4, 5, 6]);
    const two = rt.column('uint64', 2);
    const three = rt.column('uint64', 3);
    const cases: readonly (readonly [unknown, string])[] = [
      [{ keys: two, values: three }, 'the columns have room for 2 entries, the map has 3'],
      [{ keys: three, values: new BigUint64Array(2) }, 'have room for 2 entries'],
      [{ keys: three, values: three }, 'two columns'],
      [{ keys: [], values: three }, 'a column or a typed array'],
      [{ keys: three }, 'values come as an array'],
      [5, 'an object with the columns'],
    ];
    for (const [into, text] of cases) {
      expect(changesNothing(rt, () => m.drain(into as never)).message).toContain(text);
    }
    const values = new BigUint64Array(5);
    expect(m.drain({ keys: three, values })).toBe(3);
    expect([...three.array].map((key) => key + 3n)).toEqual([...values.subarray(0, 3)]);
    expect(m.drain({ keys: two, values: two.array.slice() })).toBe(0);
  });
});

describe('the memory of columns', () => {
  test('is zero at first, given back by free, and used again', async () => {
    const rt = await start({ memory: { limit: 2 ** 24, columns: 2 ** 16 } });
    const columns = Array.from({ length: 8 }, () => rt.column('uint8', 2 ** 13));
    for (const column of columns) column.array.fill(255);
    expect(thrown(() => rt.column('uint8', 1)).message).toMatch(
      /no room for a column of 1 bytes: columns may take 65536/,
    );
    columns[2]?.free();
    columns[4]?.free();
    expect(thrown(() => rt.column('uint8', 2 ** 14))).toBeInstanceOf(RangeError);
    columns[3]?.free();
    columns[3]?.free();
    const large = rt.column('uint64', 3 * 2 ** 10);
    expect(large.array.every((word) => word === 0n)).toBe(true);
    expect(columns[5]?.array.every((byte) => byte === 255)).toBe(true);
    for (const column of [...columns, large]) column.free();
    {
      using scoped = rt.column('uint8', 0);
      expect(scoped.array.length).toBe(0);
    }
    rt.column('uint8', 2 ** 16);
  });

  test('is no memory of the emulated process', async () => {
    const rt = await start();
    const column = rt.column('uint64', 4);
    const at = BigInt(column.at);
    for (const region of rt.memory.regions()) {
      const [from, to] = [region.start, region.end].map((address) => BigInt.asUintN(32, address)) as [
        bigint,
        bigint,
      ];
      expect(from <= at && at < to).toBe(false);
    }
  });

  test('a column that was freed is refused, and so is part of it', async () => {
    const rt = await start();
    const m = rt.makeMap('map[uint64]uint64').set(1, 2) as unknown as GoMap;
    const column = rt.column('uint64', 4);
    const part = column.array.subarray(1);
    column.free();
    expect(thrown(() => column.array)).toBeInstanceOf(UseAfterFree);
    for (const given of [column, part]) {
      for (const use of [
        () => m.setMany(given as never, given as never),
        () => m.getMany(given as never),
        () => m.getMany([1n], given as never),
        () => m.hasMany(given as never),
        () => m.deleteMany(given as never),
        () => m.drain({ keys: given, values: given } as never),
      ]) {
        expect(changesNothing(rt, use)).toBeInstanceOf(UseAfterFree);
      }
    }
    // Nor is any other part of linear memory a column.
    expect(thrown(() => m.getMany([1n], rt.machine.u64.subarray(0, 4)))).toBeInstanceOf(UseAfterFree);
    // A getter that frees what was looked at before it.
    const keys = rt.column('uint64', 1);
    const sly = {
      get array() {
        keys.free();
        return [1n];
      },
    };
    expect(thrown(() => m.setMany(sly, keys as never))).toBeInstanceOf(UseAfterFree);
  });

  test('nobody can make a column larger than its memory', async () => {
    const rt = await start();
    const column = rt.column('uint64', 4);
    const { at } = column;
    for (const [field, value] of [
      ['length', 2 ** 20],
      ['place', 4096],
      ['at', 4096],
      ['arrayType', BigInt64Array],
      ['goType', undefined],
      ['machine', undefined],
    ] as const) {
      expect(Reflect.set(column, field, value), field).toBe(false);
    }
    expect([column.length, column.at, column.type]).toEqual([4, at, 'uint64']);
  });

  test.each<readonly [string, (rt: Runtime) => unknown, string]>([
    ['a type that does not parse', (rt) => rt.column('uint65', 4), 'uint65'],
    ['a type that owns storage', (rt) => rt.column('any', 4), 'owns storage'],
    ['a length below zero', (rt) => rt.column('uint64', -1), 'a whole number of entries, got -1'],
    ['half an entry', (rt) => rt.column('uint64', 1.5), 'a whole number of entries, got 1.5'],
    ['strings by their number', (rt) => rt.column('string', 5 as never), 'an array of strings'],
    ['a lone surrogate', (rt) => rt.column('string', ['a', '\ud800']), 'strings[1]'],
    [
      'another type',
      (rt) => rt.makeMap('map[uint64]int').hasMany(rt.column('int64', 1) as never),
      'BigUint64Array',
    ],
    [
      'another struct',
      (rt) => anyMap(rt, 'map[[2]byte]int').hasMany(rt.column('[4]byte', 1) as never),
      'do not come as',
    ],
    [
      'strings for numbers',
      (rt) => rt.makeMap('map[int]int').hasMany(rt.column('string', []) as never),
      'do not come as',
    ],
    [
      'strings to write into',
      (rt) => rt.makeMap('map[int]string').getMany([1], rt.column('string', ['a'])),
      'into an array',
    ],
    [
      'a growth of another kind',
      (rt) => rt.makeMap('map[int]int').setMany([], [], { growth: 'fast' as never }),
      "growth is 'exact' or 'ahead'",
    ],
    [
      'options that are none',
      (rt) => rt.makeMap('map[int]int').setMany([], [], 5 as never),
      'an object of options',
    ],
  ])('%s', async (_, use, text) => {
    const rt = await start();
    const { inUse } = rt.machine.columns;
    const error = thrown(() => use(rt));
    expect(error.message).toContain(text);
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect(inUse).toBe(0);
  });

  test.each([-1, 1.5, 2 ** 32, '1'])('memory.columns of %s is refused', async (columns) => {
    await expect(start({ memory: { limit: 2 ** 20, columns: columns as never } })).rejects.toThrow(
      /memory.columns takes/,
    );
  });
});

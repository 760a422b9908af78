/** The library as its users see it: the ES Map's surface, zero values, nil maps, columns, views, memory. */
import {
  type Buckets,
  type BucketView,
  GoMap,
  GoPanic,
  HeaderView,
  MapIterator,
  type RegionInfo,
  type Runtime,
  SegmentationFault,
  slotState,
} from 'hmap-wasm';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { anyMap, BUILDS, bytes, start, thrown } from '../machine/inside.ts';

describe.each(BUILDS)('the surface of Map, build %s', (build) => {
  const ages = async () => {
    const rt = await start({ build, seed: 3 });
    const m = rt.makeMap('map[string]int');
    m.set('ann', 41).set('bob', 7).set('cid', 0);
    return { rt, m };
  };

  test('set returns the map, get, has, delete, size, clear', async () => {
    const { m } = await ages();
    expect(m.set('ann', 42)).toBe(m);
    expect([m.get('ann'), m.get('bob'), m.get('cid'), m.get('dee')]).toEqual([42n, 7n, 0n, undefined]);
    expect([m.has('cid'), m.has('dee'), m.has('')]).toEqual([true, false, false]);
    expect(m.size).toBe(3);
    expect([m.delete('bob'), m.delete('bob'), m.size]).toEqual([true, false, 2]);
    expect(m.clear()).toBeUndefined();
    expect([m.size, m.get('ann'), [...m]]).toEqual([0, undefined, []]);
    expect(m.set('ann', 1).size).toBe(1);
  });

  test('entries, keys, values and the map itself go the same way', async () => {
    const { m } = await ages();
    const entries = [...m.entries()];
    expect(new Map(entries)).toEqual(
      new Map([
        ['ann', 41n],
        ['bob', 7n],
        ['cid', 0n],
      ]),
    );
    expect(new Set(m.keys())).toEqual(new Set(['ann', 'bob', 'cid']));
    expect([...m.values()].sort()).toEqual([0n, 41n, 7n]);
    expect(new Map(m)).toEqual(new Map(entries));
    expect(Object.fromEntries(m)).toEqual({ ann: 41n, bob: 7n, cid: 0n });
    expect(Array.from(m, ([key]) => key).sort()).toEqual(['ann', 'bob', 'cid']);
  });

  test('the order is Go’s: one start, then on from there', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 8; n++) m.set(n, n);
    const orders = new Set(Array.from({ length: 100 }, () => [...m.keys()].join()));
    // One bucket: eight orders, each a rotation of the slots.
    expect(orders.size).toBe(8);
    for (const order of orders) {
      const keys = order.split(',').map(Number);
      expect(keys).toEqual(keys.map((_, i) => ((keys[0] as number) + i) % 8));
    }
  });

  test('forEach gives value, key, map, and this', async () => {
    const { m } = await ages();
    const seen = new Map<unknown, unknown>();
    const self = {};
    m.forEach(function (this: unknown, value, key, map) {
      expect(this).toBe(self);
      expect(map).toBe(m);
      seen.set(key, value);
    }, self);
    expect(seen).toEqual(new Map(m));
    expect(m.forEach(() => {})).toBeUndefined();
  });

  test('tags', async () => {
    const { m } = await ages();
    expect(Object.prototype.toString.call(m)).toBe('[object GoMap]');
    expect(Object.prototype.toString.call(m.keys())).toBe('[object GoMap Iterator]');
    expect(m).toBeInstanceOf(GoMap);
    expect(m.keys()).toBeInstanceOf(MapIterator);
    expect([m.type, m.isNil]).toEqual(['map[string]int', false]);
  });

  test('an iterator is its own iterable, and stays at its end', async () => {
    const { m } = await ages();
    const keys = m.keys();
    expect(keys[Symbol.iterator]()).toBe(keys);
    expect([...keys]).toHaveLength(3);
    expect(keys.next()).toEqual({ done: true, value: undefined });
    m.set('late', 1);
    expect(keys.next()).toEqual({ done: true, value: undefined });
    expect([...keys]).toEqual([]);
    const begun = m.values();
    expect(begun.next().done).toBe(false);
    expect(begun.return()).toEqual({ done: true, value: undefined });
    expect(begun.next()).toEqual({ done: true, value: undefined });
    const fresh = m.values();
    fresh.return();
    expect(fresh.next()).toEqual({ done: true, value: undefined });
  });

  test('changes on the way: what was deleted is not met, what is there throughout is met once', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 200; n++) m.set(n, n);
    const met: bigint[] = [];
    for (const [key] of m) {
      met.push(key);
      const other = (key + 100n) % 200n;
      if (!met.includes(other) && other % 2n === 0n) m.delete(other);
      // Grows the map to several times its size on the way.
      m.set(1000n + key, key).set(2000n + key, key);
      m.set(key, -key);
    }
    expect(new Set(met).size).toBe(met.length);
    for (let n = 1n; n < 200n; n += 2n) expect([n, met.includes(n)]).toEqual([n, true]);
    m.verify();
    expect([...m.keys()].length).toBe(m.size);
  });

  test('an element changed on the way is met as it is then', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 100; n++) m.set(n, 0);
    let first = true;
    for (const [key, value] of m) {
      if (!first) expect([key, value]).toEqual([key, 9n]);
      first = false;
      for (let n = 0; n < 100; n++) m.set(n, 9);
    }
  });

  test('clearing on the way ends it', async () => {
    const { m } = await ages();
    let met = 0;
    for (const _ of m) {
      met++;
      m.clear();
    }
    expect([met, m.size]).toEqual([1, 0]);
  });

  test.each<[string, (m: GoMap<string, bigint>) => void]>([
    [
      'break',
      (m) => {
        for (const _ of m) break;
      },
    ],
    [
      'return',
      (m) =>
        (() => {
          for (const entry of m) return entry;
          return undefined;
        })(),
    ],
    [
      'throw',
      (m) => {
        try {
          for (const _ of m) throw new Error('mine');
        } catch {}
      },
    ],
    [
      'destructuring',
      (m) => {
        const [first] = m;
        expect(first).toHaveLength(2);
      },
    ],
    [
      'throw in forEach',
      (m) => {
        expect(() =>
          m.forEach(() => {
            throw new Error('mine');
          }),
        ).toThrow('mine');
      },
    ],
    ['return()', (m) => void [m.keys()].map((it) => [it.next(), it.return()])],
    ['dispose', (m) => void [m.keys()].map((it) => [it.next(), it[Symbol.dispose]()])],
    ['an iterator that was never asked', (m) => void m.keys()],
    ['the end', (m) => void [...m]],
  ])('an iteration left by %s gives its memory back', async (_how, leave) => {
    const { rt, m } = await ages();
    for (const _ of m) break;
    const inUse = rt.machine.heapInUse;
    for (let i = 0; i < 50; i++) leave(m);
    expect(rt.machine.heapInUse).toBe(inUse);
    m.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('the address of an iterator leads to its hiter while it runs', async () => {
    const { rt, m } = await ages();
    const keys = m.keys();
    expect(keys.address).toBe(0n);
    keys.next();
    const hiter = rt.memory.read(keys.address, 96);
    // hiter.h is the fourth word.
    expect(new DataView(hiter.buffer, hiter.byteOffset).getBigUint64(24, true)).toBe(m.header.address);
    keys.return();
    expect(keys.address).toBe(0n);
  });

  test('free, dispose and using', async () => {
    const rt = await start({ build });
    const make = () => rt.makeMap('map[string]int').set('a', 1) as { [Symbol.dispose](): void };
    make()[Symbol.dispose]();
    expect(rt.machine.heapInUse).toBe(0);
    {
      using m = rt.makeMap('map[string]int');
      m.set('a', 1);
      using keys = m.keys();
      keys.next();
      expect(rt.machine.heapInUse).toBeGreaterThan(0);
    }
    expect(rt.machine.heapInUse).toBe(0);
    const m = rt.makeMap('map[int]int');
    m.free();
    m.free();
    m[Symbol.dispose]();
    expect(m.type).toBe('map[int]int');
  });
});

/* ---- zero values ---- */

const ELEMENTS: readonly (readonly [string, unknown, unknown])[] = [
  ['bool', true, false],
  ['int', 5n, 0n],
  ['int8', -5, 0],
  ['int16', -5, 0],
  ['int32', -5, 0],
  ['int64', -5n, 0n],
  ['uint', 5n, 0n],
  ['uint8', 5, 0],
  ['uint16', 5, 0],
  ['uint32', 5, 0],
  ['uint64', 5n, 0n],
  ['uintptr', 5n, 0n],
  ['float32', 1.5, 0],
  ['float64', -1.1, 0],
  ['complex64', { re: 1, im: 2 }, { re: 0, im: 0 }],
  ['complex128', { re: 1.1, im: -2 }, { re: 0, im: 0 }],
  ['string', 'text', ''],
  ['[3]byte', Uint8Array.of(1, 2, 3), new Uint8Array(3)],
  ['[2]string', ['a', 'b'], ['', '']],
  ['[0]int', [], []],
  ['struct{}', {}, {}],
  [
    'struct{ a int; b struct{ c string; d bool } }',
    { a: 1n, b: { c: 'x', d: true } },
    { a: 0n, b: { c: '', d: false } },
  ],
  ['*int', 0xc000010000n, 0n],
  ['unsafe.Pointer', 7n, 0n],
  ['chan int', 7n, 0n],
  ['func()', 7n, 0n],
  ['map[int]int', 7n, 0n],
  ['[]int', { array: 7n, len: 1n, cap: 2n }, { array: 0n, len: 0n, cap: 0n }],
  ['any', null, null],
  ['error', null, null],
  ['[200]byte', new Uint8Array(200).fill(1), new Uint8Array(200)],
  ['[20]string', Array.from({ length: 20 }, () => 'x'), Array.from({ length: 20 }, () => '')],
];

describe.each(BUILDS)('elements of every kind, build %s', (build) => {
  test.each(ELEMENTS)('%s: what was set comes out, what was not is zero', async (type, value, zero) => {
    const rt = await start({ build });
    const plain = (v: unknown): unknown =>
      JSON.parse(JSON.stringify([v], (_, x) => (typeof x === 'bigint' ? `${x}n` : x)));
    for (const [key, one, other] of [
      ['string', 'a', 'b'],
      ['int', 1n, 2n],
      ['uint32', 1, 2],
      ['[2]int16', [1, 2], [3, 4]],
    ] as const) {
      const m = anyMap(rt, `map[${key}]${type}`);
      m.set(one, value);
      const expected = type === 'float32' ? Math.fround(value as number) : value;
      expect(plain(m.get(one))).toEqual(plain(expected));
      expect(m.lookup(one).ok).toBe(true);
      expect(plain(m.lookup(one).value)).toEqual(plain(expected));
      expect(m.get(other)).toBeUndefined();
      const missing = m.lookup(other);
      expect(missing.ok).toBe(false);
      expect(plain(missing.value)).toEqual(plain(zero));
      // A zero value that is there is told from one that is not.
      m.set(other, zero);
      expect([m.lookup(other).ok, plain(m.get(other))]).toEqual([true, plain(zero)]);
      expect(plain([...m.values()].length)).toEqual([2]);
      m.delete(one);
      m.verify();
      m.free();
    }
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a zero value is a new one each time', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]struct{ a [2]byte }');
    const first = m.lookup(1).value;
    first.a[0] = 9;
    expect(m.lookup(1).value.a).toEqual(new Uint8Array(2));
  });
});

/* ---- nil maps ---- */

describe.each(BUILDS)('a nil map, build %s', (build) => {
  test('reads as empty', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[string]int');
    expect([nil.size, nil.get('a'), nil.has('a'), nil.isNil]).toEqual([0, undefined, false, true]);
    expect(nil.lookup('a')).toEqual({ value: 0n, ok: false });
    expect([[...nil], [...nil.keys()], [...nil.values()]]).toEqual([[], [], []]);
    nil.forEach(() => {
      throw new Error('there is nothing');
    });
    expect(nil.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(nil.hasMany(['a'])).toEqual([false]);
    expect(nil.drain()).toEqual({ keys: [], values: new BigInt64Array(0) });
    expect(nil.raw.get(bytes(1, 97))).toBeUndefined();
    nil.verify();
  });

  test('deleting and clearing do nothing', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[int]int');
    expect([nil.delete(1), nil.clear(), nil.deleteMany([1, 2])]).toEqual([false, undefined, 0]);
  });

  test.each<[string, (nil: GoMap<unknown, unknown>) => unknown]>([
    ['set', (nil) => nil.set('a', 1)],
    ['setMany', (nil) => nil.setMany(['a'], [1])],
    ['raw.set', (nil) => nil.raw.set(bytes(1, 97), bytes(8, 1))],
  ])('%s panics with Go’s text, and the process goes on', async (_what, write) => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[string]int') as unknown as GoMap<unknown, unknown>;
    const inUse = rt.machine.heapInUse;
    for (let i = 0; i < 3; i++) {
      const error = thrown(() => write(nil));
      expect(error).toBeInstanceOf(GoPanic);
      expect(error.message).toBe('assignment to entry in nil map');
    }
    expect([rt.machine.ended, rt.machine.heapInUse]).toEqual([undefined, inUse]);
    expect(rt.makeMap('map[int]int').set(1, 2).get(1)).toBe(2n);
  });

  test('setting nothing is no assignment', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[string]int');
    expect(nil.setMany([], [])).toBe(nil);
  });

  test('has no header: its address is nil, its fields a nil dereference', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[int]int');
    expect(nil.header.address).toBe(0n);
    for (const read of [
      () => nil.header.bytes,
      () => nil.header.count,
      () => nil.header.B,
      () => nil.header.extra,
    ]) {
      const error = thrown(read);
      expect(error).toBeInstanceOf(GoPanic);
      expect(error.message).toBe('runtime error: invalid memory address or nil pointer dereference');
    }
    expect([nil.buckets.length, nil.oldbuckets.length, [...nil.buckets], nil.buckets.address]).toEqual([
      0,
      0,
      [],
      0n,
    ]);
  });

  test('takes nothing of the heap, and can be freed', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[string]string');
    expect(rt.machine.heapInUse).toBe(0);
    nil.free();
    expect([...rt.machine.maps()]).toEqual([]);
  });

  test('a string key of the general path leaves nothing behind', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[string][200]byte') as unknown as GoMap<unknown, unknown>;
    const inUse = rt.machine.heapInUse;
    nil.get('a');
    nil.delete('a');
    expect(thrown(() => nil.set('a', new Uint8Array(200)))).toBeInstanceOf(GoPanic);
    expect(thrown(() => nil.setMany(['a', 'b'], [new Uint8Array(200), new Uint8Array(200)]))).toBeInstanceOf(
      GoPanic,
    );
    expect(rt.machine.heapInUse).toBe(inUse);
  });
});

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

/* ---- views ---- */

describe.each(BUILDS)('views of what lies in memory, build %s', (build) => {
  test('the header’s fields are its bytes', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int', { hash0: 0xdeadbeef });
    const check = () => {
      const view = new DataView(m.header.bytes.buffer);
      const { header } = m;
      expect(header.bytes).toEqual(rt.memory.read(header.address, 48));
      expect({
        count: header.count,
        flags: header.flags,
        B: header.B,
        noverflow: header.noverflow,
        hash0: header.hash0,
        buckets: header.buckets,
        oldbuckets: header.oldbuckets,
        nevacuate: header.nevacuate,
        extra: header.extra,
      }).toEqual({
        count: Number(view.getBigUint64(0, true)),
        flags: view.getUint8(8),
        B: view.getUint8(9),
        noverflow: view.getUint16(10, true),
        hash0: view.getUint32(12, true),
        buckets: view.getBigUint64(16, true),
        oldbuckets: view.getBigUint64(24, true),
        nevacuate: view.getBigUint64(32, true),
        extra: view.getBigUint64(40, true),
      });
      expect(header.count).toBe(m.size);
    };
    check();
    expect(m.header).toBeInstanceOf(HeaderView);
    expect(m.header).toBe(m.header);
    expect([m.header.hash0, m.header.buckets]).toEqual([0xdeadbeef, 0n]);
    const seen = { growing: 0, sameSize: 0 };
    for (let n = 0; n < 300; n++) {
      m.set(n, n);
      if (m.header.oldbuckets !== 0n) seen.growing++;
      check();
    }
    [...m.keys()];
    check();
    expect(m.header.flags & 3).toBe(3);
    expect(seen.growing).toBeGreaterThan(3);
    // Copies: writing to them changes nothing.
    const copy = m.header.bytes;
    copy.fill(0xff);
    check();
  });

  test('buckets, slots, chains and old buckets', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    let n = 0;
    while (m.size < 105) m.set(n, BigInt(n++) * 10n);
    expect([m.buckets.length, m.oldbuckets.length]).toEqual([32, 16]);
    expect([m.buckets.address, m.oldbuckets.address]).toEqual([m.header.buckets, m.header.oldbuckets]);
    const { shape } = m;
    const found = new Map<bigint, bigint>();
    let chains = 0;
    for (const array of [m.buckets, m.oldbuckets] as Buckets<bigint, bigint>[]) {
      for (const first of array) {
        expect(first.address).toBe(array.address + BigInt(first.index * shape.bucketSize));
        const chain: BucketView<bigint, bigint>[] = [...first.chain()];
        if (chain.length > 1) chains++;
        for (const bucket of chain) {
          const raw = rt.memory.read(bucket.address, shape.bucketSize);
          const view = new DataView(raw.buffer);
          expect(bucket.bytes).toEqual(raw);
          expect(bucket.tophash).toEqual(raw.subarray(0, 8));
          expect(bucket.overflowAddress).toBe(view.getBigUint64(shape.overflowOffset, true));
          expect(bucket.overflow?.address ?? 0n).toBe(bucket.overflowAddress);
          expect(bucket.index).toBe(first.index);
          for (const slot of bucket.slots) {
            expect(slot.tophash).toBe(raw[slot.index]);
            expect(slot.state).toBe(slotState(slot.tophash));
            expect(slot.filled).toBe(slot.tophash >= 5);
            expect(slot.keyAddress).toBe(bucket.address + BigInt(8 + slot.index * 8));
            expect(slot.elemAddress).toBe(bucket.address + BigInt(72 + slot.index * 8));
            expect(slot.key).toBe(view.getBigInt64(8 + slot.index * 8, true));
            expect(slot.elem).toBe(view.getBigInt64(72 + slot.index * 8, true));
            if (!slot.filled) continue;
            expect(found.has(slot.key)).toBe(false);
            found.set(slot.key, slot.elem);
          }
          if (array === m.buckets) expect(bucket.evacuated).toBe(false);
        }
      }
    }
    expect(found).toEqual(new Map(m));
    expect(chains).toBeGreaterThan(0);
    const moved = [...m.oldbuckets].filter((bucket) => bucket.evacuated);
    expect(moved.length).toBeGreaterThanOrEqual(Number(m.header.nevacuate));
    for (const bucket of moved) {
      for (const { state } of bucket.slots) expect(state).toMatch(/^evacuated(X|Y|Empty)$/);
    }
    expect([m.buckets.at(32), m.buckets.at(-1), m.buckets.at(0.5), m.oldbuckets.at(16)]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('slots that hold pointers are followed', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[[130]byte][20]string');
    m.set(
      new Uint8Array(130).fill(7),
      Array.from({ length: 20 }, (_, i) => `t${i}`),
    );
    const slot = m.buckets.at(0)?.slots[0];
    expect(slot?.key).toEqual(new Uint8Array(130).fill(7));
    expect(slot?.elem).toEqual(Array.from({ length: 20 }, (_, i) => `t${i}`));
    // An empty slot holds nil, which leads nowhere.
    const empty = m.buckets.at(0)?.slots[1];
    expect(empty?.state).toBe('emptyRest');
    expect(thrown(() => empty?.key)).toBeInstanceOf(SegmentationFault);
  });

  test('raw: canonical bytes', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]int32');
    expect(m.raw).toBe(m.raw);
    expect(m.raw.set(Uint8Array.of(0xff), bytes(4, 7))).toBe(m.raw);
    m.set('b', -1);
    expect([m.raw.get(Uint8Array.of(0xff)), m.raw.get(bytes(1, 98)), m.raw.get(bytes(1, 99))]).toEqual([
      bytes(4, 7),
      bytes(4, -1),
      undefined,
    ]);
    expect([...m.raw].map(([k, e]) => [...k, ...e]).sort()).toEqual([
      [255, 7, 0, 0, 0],
      [98, 255, 255, 255, 255],
    ]);
    expect([m.raw.has(bytes(1, 98)), m.raw.delete(bytes(1, 98)), m.raw.has(bytes(1, 98)), m.size]).toEqual([
      true,
      true,
      false,
      1,
    ]);
    const texts = rt.makeMap('map[int]string');
    texts.raw.set(bytes(8, 5), new TextEncoder().encode('five'));
    texts.raw.set(bytes(8, 5), new TextEncoder().encode('5'));
    expect([texts.get(5), texts.raw.get(bytes(8, 5))]).toEqual(['5', bytes(1, 53)]);
    texts.verify();
  });
});

/* ---- the address space ---- */

describe('the address space', () => {
  const parts = async () => {
    const rt = await start();
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    m.set(1, 2);
    return { rt, m };
  };

  test('reading gives copies', async () => {
    const { rt, m } = await parts();
    const { address } = m.header;
    const first = rt.memory.read(address, 48);
    first.fill(0);
    expect(rt.memory.read(address, 48)).toEqual(m.header.bytes);
    expect(rt.memory.read(address, 0)).toEqual(new Uint8Array(0));
    expect(rt.memory.read(0n, 0)).toEqual(new Uint8Array(0));
    expect(rt.memory.read(address + 3n, 5)).toEqual(m.header.bytes.subarray(3, 8));
  });

  test('writing changes what the map reads', async () => {
    const { rt, m } = await parts();
    const slot = m.buckets.at(0)?.slots[0];
    rt.memory.write(slot?.elemAddress as bigint, bytes(8, 77));
    expect([m.get(1), rt.machine.guarded]).toEqual([77n, true]);
    m.verify();
    rt.memory.write(m.header.address, bytes(8, 5));
    expect(m.size).toBe(5);
    // Nothing at all may be written anywhere it may be written.
    rt.memory.write(m.header.address, new Uint8Array(0));
  });

  test('a hex dump: address, sixteen bytes, text', async () => {
    const { rt, m } = await parts();
    const data = rt.memory.regions().find(({ name }) => name === 'program') as RegionInfo;
    rt.memory.write(data.start, new TextEncoder().encode('Hello, map!\n\x7f~ end'));
    expect(rt.memory.hexdump(data.start, 21).split('\n')).toEqual([
      '0x2010000       48 65 6c 6c 6f 2c 20 6d  61 70 21 0a 7f 7e 20 65  |Hello, map!..~ e|',
      '0x2010010       6e 64 00 00 00                                    |nd...|',
    ]);
    expect(rt.memory.hexdump(m.header.address, 0)).toBe('');
    expect(
      rt.memory
        .hexdump(m.header.address, 48)
        .split('\n')
        .map((line) => line.slice(0, 12)),
    ).toEqual(['0xc000010000', '0xc000010010', '0xc000010020']);
  });

  test('regions', async () => {
    const { rt, m } = await parts();
    const regions = rt.memory.regions();
    expect(regions.map(({ name, writable }) => [name, writable])).toEqual([
      ['read-only data', false],
      ['program', true],
      ['Go heap', true],
      ['C heap', true],
      ['system stack', true],
    ]);
    for (const [i, region] of regions.entries()) {
      expect(
        region.start < region.end && region.mappedEnd >= region.start && region.mappedEnd <= region.end,
      ).toBe(true);
      if (i > 0) expect(region.start >= (regions[i - 1] as RegionInfo).end).toBe(true);
      expect(rt.memory.region(region.start)?.name).toBe(region.name);
      expect(rt.memory.region(region.end - 1n)?.name).toBe(region.name);
    }
    expect(rt.memory.region(m.header.address)?.name).toBe('Go heap');
    expect(regions[2]?.start).toBe(0xc000010000n);
    for (const nowhere of [0n, 4095n, 0xc0ffffffffn, 0x700000000000n, 2n ** 64n - 1n]) {
      expect(rt.memory.region(nowhere)).toBeUndefined();
    }
  });
});

/* ---- types ---- */

test('types follow from the text of the map type', async () => {
  const rt: Runtime = await start();
  const ages = rt.makeMap('map[string]int');
  expectTypeOf(ages).toExtend<GoMap<string, bigint, string | Uint8Array, bigint | number>>();
  expectTypeOf(ages.get('a')).toEqualTypeOf<bigint | undefined>();
  expectTypeOf(ages.lookup('a')).toEqualTypeOf<{ readonly value: bigint; readonly ok: boolean }>();
  expectTypeOf(ages.set).parameters.toEqualTypeOf<[string | Uint8Array, bigint | number]>();
  expectTypeOf(ages.has).parameter(0).toEqualTypeOf<string | Uint8Array>();
  expectTypeOf(ages.entries()).toEqualTypeOf<MapIterator<[string, bigint]>>();
  expectTypeOf([...ages]).toEqualTypeOf<[string, bigint][]>();
  expectTypeOf(ages.getMany(['a'])).toEqualTypeOf<(bigint | undefined)[]>();
  expectTypeOf(ages.getMany(['a'], new BigInt64Array(1))).toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
  expectTypeOf(ages.hasMany(['a'])).toEqualTypeOf<boolean[]>();
  expectTypeOf(ages.buckets.at(0)?.slots[0]?.key).toEqualTypeOf<string | undefined>();

  const small = rt.makeMap('map[uint8]bool');
  expectTypeOf(small).toExtend<GoMap<number, boolean>>();
  const structs = rt.nilMap('map[[2]int16]struct{ a string; b []int; c [3]byte }');
  expectTypeOf(structs.get([1, 2])).toEqualTypeOf<
    { a: string; b: { array: bigint; len: bigint; cap: bigint }; c: Uint8Array } | undefined
  >();
  const text: string = 'map[int]int';
  expectTypeOf(rt.makeMap(text).get).returns.toBeUnknown();

  const iterator: IterableIterator<bigint, undefined> = ages.values();
  iterator.return?.();
  // @ts-expect-error: a key of the wrong type
  expect(() => ages.get(5)).toThrow(TypeError);
  // @ts-expect-error: an element of the wrong type
  expect(() => ages.set('a', 'b')).toThrow(TypeError);
  // @ts-expect-error: columns of the wrong types
  expect(() => ages.setMany([5], [1])).toThrow(TypeError);
});

/** The library as its users see it: the ES Map's surface, zero values, nil maps, and the types of it all. */
import { GoMap, GoPanic, MapIterator, type Runtime } from 'hmap-wasm';
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

/**
 * What Go's own tests of its map ask (`runtime/map_test.go`, `test/*map*.go`), under their names, on every
 * release: deleting, clearing, keys of interfaces, and work that stays linear.
 */
import type { GoMap, Runtime, RuntimeOptions } from 'hmap-wasm';
import { GoPanic, RELEASES } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { thrown } from '../machine/inside.ts';
import { BUILDS, goldenRuntime } from '../support/builds.ts';

const EACH = BUILDS.flatMap((build) => RELEASES.map(({ name }) => [build, name] as const));

/** A hash key with many bits set, as a process of Go has it. */
const HASH_KEY: RuntimeOptions['hashKey'] = [
  0xa0761d6478bd642fn,
  0xe7037ed1a0b428dbn,
  0x8ebc6af09c88c6e3n,
  0x589965cc75374cc3n,
];

const EMPTY_REST = 0;
const EMPTY_ONE = 1;
const MIN_TOP_HASH = 5;

/** Go's MapTombstoneCheck: emptyRest where nothing follows in the chain, and only there. */
function checkTombstones(m: GoMap): void {
  for (const bucket of [...m.buckets, ...m.oldbuckets]) {
    if (bucket.evacuated) continue;
    const tops = [...bucket.chain()].flatMap(({ tophash }) => [...tophash]);
    const last = tops.findLastIndex((top) => top >= MIN_TOP_HASH);
    for (const [i, top] of tops.entries()) {
      if (top >= MIN_TOP_HASH) continue;
      if (top !== (i < last ? EMPTY_ONE : EMPTY_REST)) throw new Error(`slot ${i} of ${tops}`);
    }
  }
}

/** The longest chain of a map's arrays, in buckets. */
function longestChain(m: GoMap): number {
  return Math.max(...[...m.buckets, ...m.oldbuckets].map((bucket) => [...bucket.chain()].length));
}

describe.each(EACH)("Go's own tests on the %s build, Go %s", (build, goVersion) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await goldenRuntime(build, { goVersion, hashKey: HASH_KEY });
  });

  const make = (type: string, options = {}): GoMap =>
    rt.makeMap(type, { hash0: 0x12345678, ...options }) as GoMap;
  /** The element as it lies in the slot that the key's assignment finds, before it is written. */
  const ELEMS: readonly (readonly [string, string, unknown, unknown, unknown, unknown])[] = [
    ['ValueInt', 'map[int]int', 1, 2, 10n, 0n],
    ['ValueInt32', 'map[int]int32', 1, 2, 10, 0],
    ['ValueInt64', 'map[int8]int64', 1, 2, 10n, 0n],
    ['KeyStringValueInt', 'map[string]int', 'key1', 'key2', 10n, 0n],
    ['KeyValueString', 'map[string]string', 'key1', 'key2', 'value', ''],
    [
      'a large element',
      'map[string][200]byte',
      'key1',
      'key2',
      new Uint8Array(200).fill(5),
      new Uint8Array(200),
    ],
  ];

  test.each(ELEMS)('TestIncrementAfterDelete%s', (_name, type, key1, key2, elem, zero) => {
    const m = make(type);
    m.set(key1, elem);
    m.delete(key1);
    expect(m.lookup(key2)).toEqual({ value: zero, ok: false });
    // The slot that is used again: its element is as new.
    const [slot] = [...m.buckets][0]?.slots ?? [];
    if (!m.shape.elemIndirect) expect(slot?.elem).toEqual(zero);
    expect([slot?.state, m.size]).toEqual(['emptyRest', 0]);
    m.set(key2, m.lookup(key2).value);
    expect(m.get(key2)).toEqual(zero);
    expect([...m]).toEqual([
      [typeof key2 === 'number' && type.startsWith('map[int]') ? BigInt(key2) : key2, zero],
    ]);
    m.free();
  });

  test.each(ELEMS)('TestIncrementAfterBulkClear, %s', (_name, type, key1, key2, elem, zero) => {
    const m = make(type);
    m.set(key1, elem).set(key2, elem);
    m.rangeDelete();
    expect([m.size, m.lookup(key1), m.lookup(key2)]).toEqual([
      0,
      { value: zero, ok: false },
      { value: zero, ok: false },
    ]);
    m.set(key2, m.lookup(key2).value);
    expect(m.get(key2)).toEqual(zero);
    m.free();
  });

  test.each([
    ['map[int]int', (n: number) => n, (n: number) => n],
    ['map[string]int', (n: number) => `key ${n}`, (n: number) => n],
    ['map[float64]string', (n: number) => n / 2, (n: number) => `${n}`],
    ['map[any]any', (n: number) => ({ type: 'int', value: n }), () => null],
  ])('TestMapTombstones: %s', (type, key, elem) => {
    const N = 1000;
    const m = make(type);
    const step = (from: number, to: number, by: number, use: (n: number) => unknown) => {
      for (let i = from; i < to; i += by) {
        use(i);
        if (i % 50 < 2) checkTombstones(m);
      }
      checkTombstones(m);
    };
    step(0, N, 1, (n) => m.set(key(n), elem(n)));
    step(0, N, 2, (n) => m.delete(key(n)));
    step(0, N, 2, (n) => m.set(key(n), elem(n)));
    step(0, N, 1, (n) => m.delete(key(n)));
    expect(m.size).toBe(0);
    for (const bucket of m.buckets)
      for (const { tophash } of bucket.chain()) expect(tophash).toEqual(new Uint8Array(8));
    m.free();
  });

  const KEYS: readonly (readonly [string, unknown])[] = [
    ['bool', true],
    ['int8', -1],
    ['int16', -1],
    ['int32', -1],
    ['int64', -1n],
    ['int', -1n],
    ['uint8', 1],
    ['uint16', 1],
    ['uint32', 1],
    ['uint64', 1n],
    ['uint', 1n],
    ['uintptr', 1n],
    ['float32', 1.5],
    ['float64', 1.5],
    ['complex64', { re: 1, im: 2 }],
    ['complex128', { re: 1, im: 2 }],
    ['string', 'text'],
    ['*int', 0xc000010000n],
    ['unsafe.Pointer', 0xc000010000n],
    ['chan int', 0xc000010000n],
    ['[2]int32', [1, 2]],
    ['[4]uint8', Uint8Array.of(1, 2, 3, 4)],
    ['[1]string', ['a']],
    ['struct { a int8; b string }', { a: 1, b: 'b' }],
    ['struct {}', Object.create(null)],
    ['[2]interface {}', [null, { type: 'float64', value: 2 }]],
  ];

  test('TestMapInterfaceKey: keys of every dynamic type are hashed, and told apart by it', () => {
    const m = make('map[any]int');
    m.set(null, 1000);
    for (const [i, [type, value]] of KEYS.entries()) m.set({ type, value }, i);
    expect(m.size).toBe(KEYS.length + 1);
    for (const [i, [type, value]] of KEYS.entries()) expect(m.get({ type, value })).toBe(BigInt(i));
    expect(m.get(null)).toBe(1000n);
    for (const [type, value] of KEYS) expect(m.delete({ type, value })).toBe(true);
    expect([...m]).toEqual([[null, 1000n]]);
    m.free();
  });

  test.each([
    ['[]int', { array: 0n, len: 0n, cap: 0n }],
    ['map[int]int', 0n],
    ['func()', 0n],
    ['struct { a []int }', { a: { array: 0n, len: 0n, cap: 0n } }],
    ['[1]func()', [0n]],
  ])('TestMapInterfaceKey: %s cannot be hashed', (type, value) => {
    const m = make('map[any]int');
    for (let i = 0; i < 20; i++) m.set({ type: 'int', value: i }, i);
    const idle = rt.machine.heapInUse;
    for (const use of [
      () => m.set({ type, value }, 1),
      () => m.get({ type, value }),
      () => m.delete({ type, value }),
    ]) {
      const error = thrown(use);
      expect([error instanceof GoPanic, error.message.includes('hash of unhashable type')]).toEqual([
        true,
        true,
      ]);
    }
    expect([m.size, rt.machine.heapInUse]).toEqual([20, idle]);
    m.verify();
    m.free();
  });

  test('TestMapIterDeleteReplace: each key deleted and set again while it is met', () => {
    for (const size of [0, 1, 7, 8, 9, 13, 14, 26, 27, 52, 53, 104, 105, 300]) {
      const m = make('map[int]int');
      for (let i = 0; i < size; i++) m.set(i, 0);
      let met = 0;
      for (const k of m.keys() as Iterable<bigint>) {
        m.delete(k);
        m.set(k, 1);
        // A key that is deleted and set again may come again, but not without end.
        expect(++met).toBeLessThan(20 * size + 20);
      }
      expect(m.size).toBe(size);
      expect(([...m.values()] as bigint[]).every((v) => v === 1n)).toBe(true);
      m.verify();
      m.free();
    }
  });

  test('reflect TestMapIterDelete0 and 1: what is deleted by the first iterator, the second does not meet', () => {
    const m = make('map[string]int');
    m.set('one', 1).set('two', 2).set('three', 3);
    const i = m.keys();
    const k = i.next().value as string;
    for (const other of ['one', 'two', 'three']) if (other !== k) m.delete(other);
    expect([i.next().done, [...m.keys()]]).toEqual([true, [k]]);
    m.free();
  });

  test.each([
    ['map[int]int', [1, 2, 3], 0],
    ['map[bool]struct{}', [true, false], 0],
    ['map[string]int', ['', 'a'], 0],
    ['map[float64]int', [1, 2, Number.NaN], 1],
    [
      'map[[2]float32]int',
      [
        [1, 2],
        [Number.NaN, 0],
      ],
      1,
    ],
    [
      'map[complex128]int',
      [
        { re: Number.NaN, im: 0 },
        { re: 0, im: 1 },
      ],
      1,
    ],
    ['map[any]int', [null, { type: 'float64', value: Number.NaN }, { type: 'int', value: 1 }], 1],
    [
      'map[struct{ a float64; b int8 }]int',
      [
        { a: Number.NaN, b: 1 },
        { a: 1, b: 1 },
      ],
      1,
    ],
  ])(
    'mapclear.go: the loop that deletes every key of %s leaves what is not equal to itself',
    (type, keys, stays) => {
      for (const copies of [1, 30]) {
        const m = make(type);
        for (let i = 0; i < copies; i++) {
          for (const key of keys) m.set(key, type.endsWith('{}') ? {} : i);
        }
        m.rangeDelete();
        expect(m.size).toBe(stays * copies);
        for (const key of keys) expect(m.has(key)).toBe(false);
        expect([...m.keys()]).toHaveLength(stays * copies);
        m.verify();
        m.clear();
        expect([m.size, [...m]]).toEqual([0, []]);
        m.free();
      }
    },
  );

  // Linear work is asked for by the length of what is walked, not by time.
  test.each([
    ['NaN', 'map[float64]int', () => Number.NaN],
    ['NaN in an interface', 'map[any]int', () => ({ type: 'float64', value: Number.NaN })],
    ['complex NaN', 'map[complex128]int', (n: number) => ({ re: n, im: Number.NaN })],
    ['struct of a NaN', 'map[struct{ i,j any; f float64 }]int', () => ({ i: null, j: null, f: Number.NaN })],
    ['interface of int', 'map[any]int', (n: number) => ({ type: 'int', value: n })],
    ['interface of int8 and string', 'map[any]int', (n: number) => ({ type: 'string', value: `${n}` })],
    ['array of interfaces', 'map[[2]any]int', (n: number) => [null, { type: 'uint32', value: n }]],
    ['strings that begin alike', 'map[string]int', (n: number) => `${'same '.repeat(20)}${n}`],
    ['float64 of whole numbers', 'map[float64]int', (n: number) => n],
    ['float64 of small exponents', 'map[float64]int', (n: number) => n * 2 ** -1070],
  ])('maplinear.go: chains stay short: %s', (_name, type, key) => {
    const m = make(type);
    let longest = 0;
    for (let n = 0; n < 1500; n++) {
      m.set(key(n), n);
      if (n % 300 === 299) longest = Math.max(longest, longestChain(m));
    }
    expect(m.size).toBe(1500);
    // Of 6.5 entries a bucket, more than 24 in one are as good as impossible.
    expect(longest).toBeLessThan(4);
    m.verify();
    m.free();
  });
});

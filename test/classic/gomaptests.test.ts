/**
 * What Go's own tests of its map ask (`runtime/map_test.go`, `test/*map*.go`), under their names, on every
 * release: keys, growth and iteration.
 */
import type { GoMap, Runtime, RuntimeOptions } from 'hmap-wasm';
import { GoFatal, RELEASES } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { FLAG_HASH_WRITING } from '../../assembly/shared/golayout.ts';
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

describe.each(EACH)("Go's own tests on the %s build, Go %s", (build, goVersion) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await goldenRuntime(build, { goVersion, hashKey: HASH_KEY });
  });

  const make = (type: string, options = {}): GoMap =>
    rt.makeMap(type, { hash0: 0x12345678, ...options }) as GoMap;

  test('TestHmapSize: a count and five words, and clearSeq where there is one', () => {
    const m = make('map[int]int');
    const { clearSeq } = m.header;
    expect(m.header.bytes).toHaveLength(clearSeq === undefined ? 48 : 56);
    m.free();
  });

  test.each([
    ['float64', 0, -0],
    ['float32', 0, -0],
    ['complex64', { re: 0, im: 0 }, { re: -0, im: -0 }],
    ['complex128', { re: 0, im: 0 }, { re: -0, im: -0 }],
    ['any', { type: 'float64', value: 0 }, { type: 'float64', value: -0 }],
  ])('TestNegativeZero: %s has one zero, stored with the later sign', (key, zero, negative) => {
    const m = make(`map[${key}]bool`);
    m.set(zero, true);
    m.set(negative, true);
    expect(m.size).toBe(1);
    expect([...m.keys()]).toEqual([negative]);
    m.delete(zero);
    m.set(negative, true).set(zero, false);
    expect([...m]).toEqual([[zero, false]]);
    expect(m.get(negative)).toBe(false);
    m.free();
  });

  test.each([
    ['float64', Number.NaN],
    ['float32', Number.NaN],
    ['complex128', { re: Number.NaN, im: 0 }],
    ['any', { type: 'float64', value: Number.NaN }],
  ])('TestMapAssignmentNan: each NaN of %s is an entry that nothing finds', (key, nan) => {
    const m = make(`map[${key}]int`);
    m.set(nan, 1).set(nan, 2).set(nan, 4);
    expect([m.size, m.get(nan), m.has(nan), m.delete(nan)]).toEqual([3, undefined, false, false]);
    expect(([...m.values()] as bigint[]).reduce((a, b) => a + b)).toBe(7n);
    // What no key is equal to, a loop of deletions leaves; a clear does not.
    m.rangeDelete();
    expect(m.size).toBe(3);
    m.clear();
    expect([m.size, [...m]]).toEqual([0, []]);
    m.free();
  });

  test('TestGrowWithNaN: an iterator meets each NaN once while the map grows', () => {
    const m = make('map[float64]int', { hint: 4 });
    const nan = Number.NaN;
    m.set(nan, 1).set(nan, 2).set(nan, 4);
    let cnt = 0;
    let s = 0n;
    let growflag = true;
    for (const [k, v] of m as Iterable<[number, bigint]>) {
      if (growflag) {
        // Growth that takes the NaNs along.
        for (let i = 0; i < 100; i++) m.set(i, i);
        growflag = false;
      }
      if (Number.isNaN(k)) {
        cnt++;
        s |= v;
      }
    }
    expect([cnt, s]).toEqual([3, 7n]);
    m.verify();
    m.free();
  });

  test('TestMapNanGrowIterator: as many NaNs as fill the map, met once each across growth', () => {
    const m = make('map[float64]int');
    const nan = Number.NaN;
    const many = 16;
    for (let i = 0; i < many; i++) m.set(nan, i);
    // The beginning of a growth, with evacuation to come.
    m.set(1, 0);
    const found = new Set<bigint>();
    for (const [k, v] of m as Iterable<[number, bigint]>) {
      if (!Number.isNaN(k)) continue;
      expect(found.has(v)).toBe(false);
      found.add(v);
      m.set(found.size + 1000, 0);
    }
    expect(found.size).toBe(many);
    m.verify();
    m.free();
  });

  test('TestGrowWithNegativeZero: key and element change together, growth or not', () => {
    const m = make('map[float64]int', { hint: 4 });
    m.set(0, 1).set(1, 2).set(2, 4).set(3, 8);
    const kept: [number, bigint][] = [];
    const seen = new Set<bigint>();
    let growflag = true;
    for (const [k, v] of m as Iterable<[number, bigint]>) {
      if (growflag) {
        for (let i = 3; i < 100; i++) m.set(i, 0);
        m.set(-0, 10);
        growflag = false;
      } else if (k === 0) kept.push([k, v]);
      if (k <= 3) expect(seen.has(BigInt(k))).toBe(false);
      seen.add(BigInt(k));
    }
    // Met after the write, it is the later sign beside the later element.
    for (const [k, v] of kept) expect([Object.is(k, -0), v]).toEqual([true, 10n]);
    const [[key, value]] = ([...m] as [number, bigint][]).filter(([k]) => k === 0) as [[number, bigint]];
    expect([Object.is(key, -0), value]).toEqual([true, 10n]);
    m.free();
  });

  test('TestMapOperatorAssignment, TestMapAppendAssignment: an element is read, changed, set', () => {
    const m = make('map[int]string');
    expect(m.lookup(0)).toEqual({ value: '', ok: false });
    for (let i = 0; i < 3; i++) m.set(0, `${m.lookup(0).value}${i}`);
    expect(m.lookup(0)).toEqual({ value: '012', ok: true });
    m.free();
  });

  test('TestIterGrowAndDelete: deleted after growth, none is met, and none twice', () => {
    const m = make('map[int]int');
    for (let i = 0; i < 100; i++) m.set(i, i);
    let growflag = true;
    const seen = new Set<bigint>();
    for (const k of m.keys() as Iterable<bigint>) {
      expect(seen.has(k)).toBe(false);
      seen.add(k);
      if (growflag) {
        for (let i = 100; i < 1000; i++) m.set(i, i);
        for (let i = 1; i < 1000; i += 2) m.delete(i);
        growflag = false;
      } else expect(k % 2n).toBe(0n);
    }
    for (let i = 0n; i < 100n; i += 2n) expect(seen.has(i)).toBe(true);
    m.free();
  });

  test('TestBigItems: keys and elements of 4 KB are held by pointer', () => {
    const big = (n: number, value: number) =>
      Uint8Array.from({ length: 4096 }, (_, i) => (i === n ? value : 7));
    const m = make('map[[4096]byte][4096]byte');
    expect([m.shape.keyIndirect, m.shape.elemIndirect]).toEqual([true, true]);
    const idle = rt.machine.heapInUse;
    for (let i = 0; i < 100; i++) m.set(big(i, 1), big(i + 7, 2));
    expect(m.size).toBe(100);
    for (let i = 0; i < 100; i++) expect(m.get(big(i, 1))).toEqual(big(i + 7, 2));
    const keys = [...(m.keys() as Iterable<Uint8Array>)].map((key) => key.indexOf(1));
    expect(keys.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    for (let i = 0; i < 100; i++) expect(m.delete(big(i, 1))).toBe(true);
    m.verify();
    m.free();
    expect(rt.machine.heapInUse).toBeLessThan(idle);
  });

  test('TestMapHugeZero: an absent element of 4000 bytes reads as zeros', () => {
    const m = make('map[int][4000]byte');
    const zeros = { value: new Uint8Array(4000), ok: false };
    expect(m.lookup(0)).toEqual(zeros);
    m.set(1, new Uint8Array(4000).fill(9));
    expect(m.lookup(0)).toEqual(zeros);
    m.delete(1);
    expect(m.lookup(1)).toEqual(zeros);
    m.free();
  });

  test('TestEmptyKeyAndValue: a key or an element of no bytes', () => {
    const a = make('map[int]struct{}');
    const b = make('map[struct{}]int');
    const c = make('map[struct{}]struct{}');
    const none = Object.create(null);
    for (let i = 0; i < 20; i++) a.set(i, {});
    b.set({}, 1).set({}, 2);
    c.set({}, {});
    expect([a.size, b.size, c.size]).toEqual([20, 1, 1]);
    expect([a.get(7), a.get(20), b.get({}), c.get({})]).toEqual([none, undefined, 2n, none]);
    expect([...b, ...c]).toEqual([
      [none, 2n],
      [none, none],
    ]);
    for (const m of [a, b, c]) {
      m.verify();
      m.rangeDelete();
      expect(m.size).toBe(0);
      m.free();
    }
  });

  // Long keys of one length are told apart by their ends, or by one hash and a comparison.
  const repeated = (length: number, last: string) => 'x'.repeat(length - 1) + last;
  test.each([
    [
      '_DupLen',
      [repeated(5, 'a'), repeated(5, 'b'), repeated(40, 'a'), repeated(40, 'b'), `a${repeated(39, 'a')}`],
    ],
    ['_NoDupLen', ['', 'foo', 'foo2', 'foobar', repeated(31, 'a'), repeated(32, 'a'), repeated(33, 'a')]],
  ])('TestSingleBucketMapStringKeys%s', (_name, keys) => {
    for (let n = 1; n <= keys.length; n++) {
      const m = make('map[string]int');
      for (const [i, key] of keys.slice(0, n).entries()) m.set(key, i);
      expect(m.header.B).toBe(0);
      for (const [i, key] of keys.entries()) expect(m.get(key)).toBe(i < n ? BigInt(i) : undefined);
      for (const key of keys) {
        for (const near of [`${key}y`, key.replace(/.$/, 'y'), key.replace(/^./, 'y'), key.slice(1)]) {
          if (!keys.includes(near)) expect(m.has(near)).toBe(false);
        }
      }
      m.free();
    }
  });

  test.each([3, 7, 9, 15])('TestMapIterOrder: a second order of %i entries within 100 tries', (n) => {
    for (let start = 0; start < 3; start++) {
      const m = make('map[int]bool');
      for (let i = 0; i < n; i++) m.set(i * (start + 1), true);
      const orders = new Set(Array.from({ length: 100 }, () => [...m.keys()].join()));
      expect(orders.size).toBeGreaterThan(1);
      m.free();
    }
  });

  test('TestMapSparseIterOrder: 20 entries left of 1000 begin anywhere', () => {
    const m = make('map[int]bool');
    for (let i = 0; i < 1000; i++) m.set(i, true);
    for (let i = 20; i < 1000; i++) m.delete(i);
    const orders = new Set(Array.from({ length: 100 }, () => [...m.keys()].join()));
    expect(orders.size).toBeGreaterThan(1);
    m.free();
  });

  test('TestMapStringBytesLookup: a key by its bytes, without an allocation', () => {
    const m = make('map[string]int');
    m.set('1000', 1).set('2000', 2);
    const text = new TextEncoder();
    const inUse = rt.machine.heapInUse;
    // The next allocation fails: there is none.
    rt.machine.failAllocation(1);
    expect([m.get(text.encode('1000')), m.get(text.encode('2000')), m.get(text.encode('0'))]).toEqual([
      1n,
      2n,
      undefined,
    ]);
    expect(m.lookup(text.encode('3000'))).toEqual({ value: 0n, ok: false });
    rt.machine.failAllocation(0);
    expect(rt.machine.heapInUse).toBe(inUse);
    m.free();
  });

  test.each([-1, -(2n ** 63n), 2n ** 62n, 2n ** 63n - 1n])(
    'TestIgnoreBogusMapHint, makemap.go: a hint of %s counts as none',
    (hint) => {
      const m = make('map[int]int', { hint });
      expect([m.header.B, m.header.buckets]).toEqual([0, 0n]);
      m.set(0, 0);
      expect(m.size).toBe(1);
      m.free();
    },
  );

  // Go asks this of its own load factor; that of Go 1.21 gives way a little earlier.
  const early = RELEASES.find(({ name }) => name === goVersion)?.loadFactorNum === 12;
  test.each([
    [8, 1, 1],
    [9, 2, 2],
    [12, 2, 2],
    [13, 2, 4],
    [14, 4, 4],
    [24, 4, 4],
    [26, 4, 8],
    [27, 8, 8],
  ])('TestMapBuckets: %i entries have %i buckets', (n, usual, in121) => {
    const wanted = early ? in121 : usual;
    for (const hint of [0, n]) {
      const m = make('map[int]int', { hint });
      for (let i = 0; i < n; i++) m.set(i, i);
      expect(2 ** m.header.B).toBe(wanted);
      m.free();
    }
  });

  test.each([
    [FLAG_HASH_WRITING, 'concurrent map writes', (m: GoMap) => m.set(1, 2)],
    [FLAG_HASH_WRITING, 'concurrent map writes', (m: GoMap) => m.delete(1)],
    [FLAG_HASH_WRITING, 'concurrent map writes', (m: GoMap) => m.clear()],
    [FLAG_HASH_WRITING, 'concurrent map read and map write', (m: GoMap) => m.get(1)],
    [FLAG_HASH_WRITING, 'concurrent map iteration and map write', (m: GoMap) => m.keys().next()],
  ])('TestConcurrentMapWrites, ReadWrite, IterateWrite: flags %i: %s', async (flag, text, use) => {
    const other = await goldenRuntime(build, { goVersion });
    const m = other.makeMap('map[int]int') as GoMap;
    m.set(1, 1);
    other.memory.write(m.header.address + 8n, Uint8Array.of(m.header.flags | flag));
    const error = thrown(() => use(m));
    expect([error instanceof GoFatal, error.message]).toEqual([true, text]);
  });
});

/**
 * The specialised paths (fast32, fast64, fast64ptr, faststr) against the general one.
 *
 * Go takes the general path for the same keys when the element is larger than 128 bytes. The hash is the
 * same, so under the same operations both must build the same table; where Go's own paths differ, the
 * difference is pinned.
 */
import fc from 'fast-check';
import type { InjectedHasher, Runtime } from 'hmap-wasm';
import { beforeEach, describe, expect, test } from 'vitest';
import { MapPath } from '../../assembly/shared/codes.ts';
import { BUILDS, GOLDEN_HASH0, goldenRuntime, toHex, WyRand } from '../support/builds.ts';
import { mapextra } from '../support/layout.ts';
import { type Cell, Side, withoutLengths } from '../support/pair.ts';
import { type Step, singleSteps } from '../support/stream.ts';

/** A key's bytes by number. */
type Bytes = (n: number) => Uint8Array;

const encoder = new TextEncoder();
const wide: Bytes = (n) => new Uint8Array(BigUint64Array.of(BigInt(n) * 0x9e3779b97f4a7c15n).buffer);
const narrow: Bytes = (n) => new Uint8Array(Uint32Array.of(Math.imul(n, 0x9e3779b1)).buffer);
const text: Bytes = (n) => encoder.encode(n === 0 ? '' : `${n}`.repeat(1 + (n % 12)));
/** Elements that fit the slot, and elements that don't. */
const small: Record<string, Bytes> = {
  uint64: wide,
  'struct{}': () => new Uint8Array(0),
  string: (n) => encoder.encode(`${n}`),
  '*int': wide,
};
const large: Bytes = (n) => new Uint8Array(200).fill(n);

interface Pair {
  readonly key: string;
  readonly bytes: Bytes;
  /** Element of the specialised map. */
  readonly elem: string;
  readonly path: MapPath;
  /**
   * Whether the specialised map's buckets hold pointers. Those of the general one do, for its elements lie
   * behind pointers; then the runtime wipes a bucket that it has moved.
   */
  readonly pointers: boolean;
}

const PAIRS: readonly Pair[] = [
  { key: 'uint32', bytes: narrow, elem: 'uint64', path: MapPath.Fast32, pointers: false },
  { key: 'uint32', bytes: narrow, elem: 'string', path: MapPath.Fast32, pointers: true },
  { key: '[4]byte', bytes: narrow, elem: '*int', path: MapPath.Fast32, pointers: true },
  { key: 'uint64', bytes: wide, elem: 'uint64', path: MapPath.Fast64, pointers: false },
  { key: 'uint64', bytes: wide, elem: 'struct{}', path: MapPath.Fast64, pointers: false },
  { key: 'uint64', bytes: wide, elem: 'string', path: MapPath.Fast64, pointers: true },
  { key: 'struct{a,b int32}', bytes: wide, elem: '*int', path: MapPath.Fast64, pointers: true },
  { key: '*int', bytes: wide, elem: 'uint64', path: MapPath.Fast64Ptr, pointers: true },
  { key: '*int', bytes: wide, elem: 'string', path: MapPath.Fast64Ptr, pointers: true },
  { key: 'string', bytes: text, elem: 'uint64', path: MapPath.FastStr, pointers: true },
  { key: 'string', bytes: text, elem: 'string', path: MapPath.FastStr, pointers: true },
];

interface Stream {
  readonly hasher: InjectedHasher | undefined;
  readonly hint: number;
  readonly draws: bigint;
  readonly steps: readonly Step[];
}

const stream: fc.Arbitrary<Stream> = fc.record({
  hasher: fc.constantFrom<(InjectedHasher | undefined)[]>(undefined, undefined, 'zero', 'ones', 'low-bits'),
  hint: fc.oneof(fc.constant(0), fc.nat(150)),
  draws: fc.bigInt(0n, 2n ** 64n - 1n),
  steps: singleSteps(500),
});

/** What must be equal of an array: chains, tophash bytes, keys; places only where buckets are of one size. */
function comparable(chains: Cell[][], places: boolean): unknown {
  const cells = withoutLengths(chains);
  return places ? cells : cells.map((chain) => chain.map(({ tophash, keys }) => ({ tophash, keys })));
}

describe.each(BUILDS)('specialised and general paths on the %s build', (build) => {
  const draws = [new WyRand(), new WyRand()] as const;
  let runtimes: readonly Runtime[];
  beforeEach(async () => {
    runtimes = await Promise.all(
      draws.map(({ source }) => goldenRuntime(build, { random: source, memory: { limit: 2 ** 24 } })),
    );
  });

  const side = (which: 0 | 1, type: string, state: bigint, options: Stream | object = {}) => {
    const { hasher, hint } = options as Partial<Stream>;
    return new Side(runtimes[which] as Runtime, draws[which], type, state, {
      ...(hasher === undefined ? {} : { hasher }),
      ...(hint === undefined ? {} : { hint }),
    });
  };

  /** Does a step on a side; what it answers that the other side must answer too. */
  function apply(side: Side, step: Step, key: Uint8Array, elem: Uint8Array): unknown {
    const { map } = side;
    switch (step.op) {
      case 'set':
        map.raw.set(key, elem);
        return undefined;
      case 'get':
        return map.raw.has(key);
      case 'delete':
        return map.raw.delete(key);
      case 'clear':
        return map.clear();
      case 'iterate':
        return side.begin();
      case 'next':
        return Array.from({ length: step.steps }, () => side.next(step.which));
      default:
        throw new Error(`no step of this test: ${step.op}`);
    }
  }

  function compare(fast: Side, slow: Side, pointers: boolean): void {
    expect(fast.header).toEqual(slow.header);
    expect(fast.draws.widths).toEqual(slow.draws.widths);
    const places = fast.map.shape.bucketSize === slow.map.shape.bucketSize;
    expect(comparable(fast.buckets, places)).toEqual(comparable(slow.buckets, places));
    const [old, twin] = [fast.oldbuckets, slow.oldbuckets];
    // A moved bucket without pointers keeps its keys and its chain; the other is wiped unless an iterator needs it.
    const kept = (chains: Cell[][]) =>
      chains.map((chain) => (pointers || !isMoved(chain[0]) ? chain : [{ ...(chain[0] as Cell), keys: [] }]));
    expect(comparable(kept(old), places)).toEqual(comparable(kept(twin), places));
  }

  const isMoved = (cell: Cell | undefined) => /^0[234]/.test(cell?.tophash ?? '');

  test.each(PAIRS.map((pair) => [pair.key, pair.elem, pair] as const))(
    'map[%s]%s and map[…][200]byte build the same table',
    (_key, _elem, { key, bytes, elem, path, pointers }) => {
      const types = [`map[${key}]${elem}`, `map[${key}][200]byte`] as const;
      const fits = small[elem] as Bytes;
      const space = { none: 300, 'low-bits': 100, zero: 40, ones: 40 };
      fc.assert(
        fc.property(stream, (one) => {
          const fast = side(0, types[0], one.draws, one);
          const slow = side(1, types[1], one.draws, one);
          const last = new Map<number, number>();
          try {
            expect([fast.map.shape.path, slow.map.shape.path]).toEqual([path, MapPath.Slow]);
            expect(fast.map.shape.bucketHasPointers).toBe(pointers);
            for (const [i, step] of one.steps.entries()) {
              const number = 'key' in step ? step.key % space[one.hasher ?? 'none'] : 0;
              const elems = 'elem' in step ? step.elem : 0;
              const k = bytes(number);
              const got = apply(fast, step, k, fits(elems));
              expect(got).toEqual(apply(slow, step, k, large(elems)));
              if (step.op === 'set') last.set(number, elems);
              if (step.op === 'get' && got === true) {
                const n = last.get(number) as number;
                expect(fast.map.raw.get(k)).toEqual(fits(n));
                expect(slow.map.raw.get(k)).toEqual(large(n));
              }
              if (i % 16 === 0) compare(fast, slow, pointers);
              else expect(fast.header).toEqual(slow.header);
            }
            compare(fast, slow, pointers);
            fast.map.verify();
            slow.map.verify();
          } finally {
            fast.free();
            slow.free();
          }
        }),
        { numRuns: 12, seed: 1, interruptAfterTimeLimit: 20_000 },
      );
    },
  );

  describe('known differences', () => {
    test('a deleted string key: the fast path leaves the length, the general one nothing', () => {
      const fast = side(0, 'map[string]uint64', 1n);
      const slow = side(1, 'map[string][200]byte', 1n);
      for (const word of ['one', 'three', 'seventeen']) {
        fast.map.raw.set(encoder.encode(word), wide(1));
        slow.map.raw.set(encoder.encode(word), large(1));
      }
      for (const { map } of [fast, slow]) map.delete('three');
      const empty = ['nil 0', 'nil 0', 'nil 0', 'nil 0', 'nil 0'];
      expect(fast.buckets[0]?.[0]?.keys).toEqual(['str 3', 'nil 5', 'str 9', ...empty]);
      expect(slow.buckets[0]?.[0]?.keys).toEqual(['str 3', 'nil 0', 'str 9', ...empty]);
    });

    test.each([
      ['uint64', wide, 'uint64', true],
      ['uint32', narrow, 'uint64', true],
      ['*int', wide, 'uint64', false],
    ] as const)(
      'a deleted key of type %s stays only where it is no pointer, on both paths',
      (key, bytes, elem, stays) => {
        for (const map of [side(0, `map[${key}]${elem}`, 1n), side(1, `map[${key}][200]byte`, 1n)]) {
          const value = map.map.shape.elemIndirect ? large(7) : wide(7);
          map.map.raw.set(bytes(1), value);
          map.map.raw.set(bytes(2), value);
          map.map.raw.delete(bytes(1));
          const [bucket] = map.map.buckets;
          const elems = bucket?.bytes.slice(map.map.shape.elemOffset, map.map.shape.elemOffset + 8);
          expect(map.buckets[0]?.[0]?.keys[0]).toBe(
            toHex(stays ? bytes(1) : new Uint8Array(bytes(1).length)),
          );
          // The element's slot is cleared in any case.
          expect(toHex(elems ?? new Uint8Array())).toBe('00'.repeat(8));
        }
      },
    );

    test('a moved bucket keeps its entries without pointers, and is wiped with them', () => {
      const fast = side(0, 'map[uint64]uint64', 1n);
      const slow = side(1, 'map[uint64][200]byte', 1n);
      for (let n = 1; n <= 27; n++) {
        fast.map.raw.set(wide(n), wide(n));
        slow.map.raw.set(wide(n), large(n));
      }
      const moved = (map: Side) => map.oldbuckets.filter((chain) => isMoved(chain[0])).flat();
      const isWiped = ({ keys }: Cell) => keys.every((key) => /^0*$/.test(key));
      expect(moved(fast).length).toBeGreaterThan(0);
      expect(moved(fast).some(isWiped)).toBe(false);
      expect(moved(slow).every(isWiped)).toBe(true);
      // Only the marks are alike.
      expect(moved(fast)[0]?.tophash).toBe(moved(slow)[0]?.tophash);
    });

    test('only a map without pointers lists its overflow buckets, an iteration makes the list', () => {
      const fast = side(0, 'map[uint64]uint64', 1n, { hasher: 'zero' });
      const slow = side(1, 'map[uint64][200]byte', 1n, { hasher: 'zero' });
      expect([fast, slow].map(({ map }) => map.header.extra)).toEqual([0n, 0n]);
      for (const { map, rt } of [fast, slow]) {
        const value = map.shape.elemIndirect ? large(7) : wide(7);
        map.raw.set(wide(1), value);
        expect([...map.raw]).toHaveLength(1);
        const listed = map === fast.map;
        expect(mapextra(rt, map)).toEqual(
          listed ? { overflow: { cap: 0, list: [] }, oldoverflow: undefined, nextOverflow: 0n } : undefined,
        );
        for (let n = 2; n <= 17; n++) map.raw.set(wide(n), value);
        const overflows = [...map.buckets].flatMap((bucket) => [...bucket.chain()].slice(1));
        expect(overflows.length).toBeGreaterThan(0);
        expect(mapextra(rt, map)?.overflow?.list).toEqual(
          listed ? overflows.map((bucket) => bucket.address) : undefined,
        );
      }
    });
  });

  test.each([
    ['uint64', 'int64', '[8]byte', 'struct{a,b int32}', 'uintptr', '[2]uint32'],
    ['uint32', 'int32', '[4]byte', '[2]int16'],
    ['uint16', 'int16', '[2]byte', 'struct{a bool; b uint8}'],
    ['[16]byte', '[2]uint64', 'struct{a uint64; b int64}'],
  ])('keys of the same bytes, as %s and %s and others, make the same buckets', (...keys) => {
    const maps = keys.map((key) => runtimes[0]?.makeMap(`map[${key}]uint64`, { hash0: GOLDEN_HASH0 }));
    const size = maps[0]?.shape.key.size as number;
    // A bool is 0 or 1.
    const bytes = (n: number) =>
      new Uint8Array(BigUint64Array.of(BigInt(n & 1) | (BigInt(n) << 8n), 0n).buffer).slice(0, size);
    const images = maps.map((map) => {
      for (let n = 0; n < 250; n++) map?.raw.set(bytes(n), wide(n));
      for (let n = 0; n < 250; n += 3) map?.raw.delete(bytes(n));
      const chains = [...(map?.buckets ?? [])].map((first) =>
        [...first.chain()].map((bucket) => toHex(bucket.bytes.slice(0, -8))),
      );
      map?.free();
      return chains;
    });
    for (const image of images) expect(image).toEqual(images[0]);
    expect(images[0]?.length).toBeGreaterThan(4);
  });

  test.each([
    'map[uint64]uint64',
    'map[uint32]string',
    'map[*int]uint64',
    'map[string]uint64',
    'map[string][200]byte',
    'map[[16]byte]string',
  ])('%s: columns do what single calls do', (type) => {
    const value = (n: number): unknown => {
      if (type.endsWith('string')) return `${n}`;
      return type.endsWith('[200]byte') ? large(n) : BigInt(n);
    };
    const key = (n: number): unknown => {
      if (type.startsWith('map[string]')) return `key ${n}`;
      if (type.startsWith('map[[16]')) return new Uint8Array(16).fill(n).fill(n >> 8, 9);
      return type.startsWith('map[uint32]') ? n : BigInt(n);
    };
    const single = side(0, type, 3n);
    const many = side(1, type, 3n);
    const batches = [
      { from: 0, count: 300, gone: 100 },
      { from: 200, count: 500, gone: 350 },
      { from: 0, count: 90, gone: 90 },
      { from: 100, count: 700, gone: 700 },
    ];
    for (const { from, count, gone } of batches) {
      const numbers = Array.from({ length: count }, (_, i) => from + i);
      const dead = numbers.slice(0, gone);
      for (const n of numbers) single.map.set(key(n), value(n));
      many.map.setMany(numbers.map(key), numbers.map(value));
      compare(single, many, true);
      expect(many.map.getMany(numbers.map(key))).toEqual(numbers.map((n) => single.map.get(key(n))));
      const deleted = dead.filter((n) => single.map.delete(key(n))).length;
      expect(many.map.deleteMany(dead.map(key))).toBe(deleted);
      compare(single, many, true);
      expect(many.map.hasMany(numbers.map(key))).toEqual(numbers.map((n) => single.map.has(key(n))));
    }
    const image = ({ map }: Side) =>
      [...map.buckets].map((first) => [...first.chain()].map((b) => [...b.tophash]));
    expect(image(many)).toEqual(image(single));
    expect([...many.map.raw]).toEqual([...single.map.raw]);
    // A drained map holds what a cleared one does.
    const { keys } = many.map.drain();
    expect(Array.from(keys as ArrayLike<unknown>)).toHaveLength(single.map.size);
    single.map.clear();
    compare(single, many, true);
    single.free();
    many.free();
  });
});

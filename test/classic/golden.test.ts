/**
 * Golden runs: bytes, hashes and moments of growth as Go 1.19.8 shows them under the fallback hash
 * with a hash key of ones. Everything is exact, down to stale slots.
 */
import { type GoMapOf, mapShape, parseMapType, type Runtime } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { RT_RANDOM, RUNTIME_BASE } from '../../assembly/shared/hostlayout.ts';
import { BUILDS, GOLDEN_HASH0, goldenRuntime, toHex, WyRand } from '../support/builds.ts';
import { cells, cellsOf, chains, mapextra, word } from '../support/layout.ts';

type IntMap = GoMapOf<'map[int]int'>;

/** Keys 1 to n in order, each with a hundred times itself. */
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => i + from);
/** The cells of a bucket of the golden map. */
const b = (tophash: string, ...keys: number[]) => cellsOf(tophash, keys, 100n);
const NOTHING = b('');

/** How a map stands in its growth. */
function growth(map: IntMap) {
  const { B, nevacuate, oldbuckets, flags, noverflow } = map.header;
  return { B, nevacuate: Number(nevacuate), growing: oldbuckets !== 0n, flags, noverflow };
}

const text16 = '0123456789abcdef';

const INT_HASHES: readonly (readonly [type: string, hash0: number, hash: bigint])[] = [
  ['int', GOLDEN_HASH0, 0xbbfe86b97c6a33ccn],
  ['int', 0, 0x6e69a6ede6b5a25en],
  ['int', 1, 0x1c171827e01ff782n],
  ['uint64', 0, 0x6e69a6ede6b5a25en],
  ['int32', 0, 0xda93b6f668a0496en],
  ['uint32', 0, 0xda93b6f668a0496en],
];

const STRING_HASHES: readonly (readonly [key: string, hash: bigint])[] = [
  ['', 0xa0761d6478bd642en],
  ['a', 0xa72f588285768e81n],
  ['ab', 0x56f6e4b29f9926f6n],
  ['abc', 0x7fcc1b61dbeaaf5dn],
  ['abcd', 0x72125981a8da8012n],
  ['key', 0xf09c3f5a4c46f765n],
  ['hello', 0xf7bc5d0d0a7c1b29n],
  ['12345678', 0x7c1452b90f8e0d83n],
  [text16, 0xe72632ab6cb61d72n],
  [`${text16}g`, 0x5fba17037a354390n],
  [text16.repeat(3), 0x2b4683ecc671626dn],
  [`${text16.repeat(3)}XYZ`, 0xdbad20cb036b6257n],
];

describe.each(BUILDS)('golden runs on the %s build', (build) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await goldenRuntime(build);
  });

  const ints = (n: number): IntMap => {
    const map = rt.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
    for (const key of upTo(n)) map.set(key, key * 100);
    return map;
  };

  describe('hashes', () => {
    test.each(INT_HASHES)('of %s 42 with hash0 %i', (type, hash0, hash) => {
      const map = rt.makeMap(`map[${type}]int`, { hash0 });
      expect(map.hash(type.endsWith('32') ? 42 : 42n)).toBe(hash);
    });

    test.each(STRING_HASHES)('of the string %j with hash0 0', (key, hash) => {
      expect(rt.makeMap('map[string]int', { hash0: 0 }).hash(key)).toBe(hash);
      // The general path has the same hasher.
      expect(rt.makeMap('map[string][200]byte', { hash0: 0 }).hash(key)).toBe(hash);
    });

    test('the top byte of a hash is the tophash, five more below five', () => {
      const map = ints(8);
      for (const slot of map.buckets.at(0)?.slots ?? []) {
        const top = Number(map.hash(slot.key) >> 56n);
        expect(slot.tophash).toBe(top < 5 ? top + 5 : top);
      }
      const low = rt.makeMap('map[int]int', { hash0: 0 });
      const key = upTo(1000).find((k) => low.hash(k) >> 56n === 3n) as number;
      low.set(key, 1);
      expect(low.buckets.at(0)?.tophash[0]).toBe(8);
    });
  });

  describe('map[int]int with keys 1 to n', () => {
    test('n = 8: one bucket, full', () => {
      const map = ints(8);
      expect(growth(map)).toEqual({ B: 0, nevacuate: 0, growing: false, flags: 0, noverflow: 0 });
      expect(chains(map.buckets)).toEqual([[b('1d85d687c2808367', 1, 2, 3, 4, 5, 6, 7, 8)]]);
      expect(map.header.extra).toBe(0n);
    });

    test('n = 9: two buckets, the growth is over at once', () => {
      const map = ints(9);
      expect(growth(map)).toEqual({ B: 1, nevacuate: 1, growing: false, flags: 0, noverflow: 0 });
      expect(chains(map.buckets)).toEqual([[b('1d85d68083', 1, 2, 3, 6, 7)], [b('87c267be', 4, 5, 8, 9)]]);
    });

    test('n = 14: four buckets', () => {
      const map = ints(14);
      expect(growth(map)).toEqual({ B: 2, nevacuate: 2, growing: false, flags: 0, noverflow: 0 });
      expect(chains(map.buckets)).toEqual([
        [b('d683c364', 3, 7, 10, 13)],
        [b('67', 8)],
        [b('1d8580a2b4', 1, 2, 6, 11, 12)],
        [b('87c2becf', 4, 5, 9, 14)],
      ]);
    });

    test('n = 27: in the middle of growing to eight buckets, the old ones beside the new', () => {
      const map = ints(27);
      expect(growth(map)).toEqual({ B: 3, nevacuate: 2, growing: true, flags: 0, noverflow: 0 });
      expect(chains(map.buckets)).toEqual([
        [b('d664d332', 3, 13, 16, 25)],
        [b('7a', 20)],
        [NOTHING],
        [NOTHING],
        [b('83c3264c9f', 7, 10, 19, 21, 23)],
        [b('679a41', 8, 17, 27)],
        [NOTHING],
        [NOTHING],
      ]);
      // Moved cells keep keys and elements: the type holds no pointers.
      expect(chains(map.oldbuckets)).toEqual([
        [b('0203030202030303', 3, 7, 10, 13, 16, 19, 21, 23), b('0204040404040404', 25)],
        [b('0303020404040404', 8, 17, 20)],
        [b('1d8580a2b4b5930f', 1, 2, 6, 11, 12, 18, 22, 24), b('4f', 26)],
        [b('87c2becf2f', 4, 5, 9, 14, 15)],
      ]);
      const old = [...map.oldbuckets].flatMap((bucket) => [...bucket.chain()].slice(1)).map((o) => o.address);
      expect(mapextra(rt, map)).toEqual({
        overflow: undefined,
        oldoverflow: { cap: 2, list: old },
        nextOverflow: 0n,
      });
      map.set(28, 2800);
      expect(growth(map)).toMatchObject({ nevacuate: 3, growing: true });
      map.set(29, 2900);
      expect(growth(map)).toMatchObject({ nevacuate: 4, growing: false });
      expect(map.header.oldbuckets).toBe(0n);
    });

    test('inserts 53 to 56 move two old buckets each', () => {
      const map = ints(52);
      expect(growth(map)).toMatchObject({ B: 3, growing: false });
      for (const [key, nevacuate] of [
        [53, 2],
        [54, 4],
        [55, 6],
        [56, 8],
      ] as const) {
        map.set(key, key * 100);
        expect(growth(map)).toMatchObject({ B: 4, nevacuate, growing: key !== 56 });
      }
    });

    test('the growth from insert 105 ends with 115, that from 209 with 229', () => {
      const map = ints(104);
      expect(growth(map)).toMatchObject({ B: 4, growing: false });
      const growing: number[] = [];
      for (const key of upTo(416, 105)) {
        map.set(key, key * 100);
        if (growth(map).growing) growing.push(key);
        if (key === 208) expect(growth(map).noverflow).toBe(8);
        // The counter starts anew with the growth; evacuation counts again.
        if (key === 209) expect(growth(map)).toMatchObject({ B: 6, noverflow: 0, nevacuate: 1 });
        if (key === 229) expect(growth(map)).toMatchObject({ B: 6, noverflow: 1, nevacuate: 32 });
      }
      expect(growing).toEqual([...upTo(114, 105), ...upTo(228, 209)]);
    });

    test('deletes leave the key, clear the element, and fill emptyRest backwards', () => {
      const map = ints(8);
      const keys = upTo(8).map(BigInt);
      const expectCells = (tophash: string, gone: number[]) => {
        const elems = upTo(8).map((k) => (gone.includes(k) ? 0n : BigInt(k) * 100n));
        const [bucket] = map.buckets;
        expect(bucket && cells(bucket)).toEqual([tophash, keys, elems]);
        expect(map.header.count).toBe(8 - gone.length);
      };
      map.delete(8);
      map.delete(3);
      expectCells('1d850187c2808300', [8, 3]);
      map.delete(7);
      expectCells('1d850187c2800000', [8, 3, 7]);
      map.delete(6);
      map.delete(5);
      expectCells('1d85018700000000', [8, 3, 7, 6, 5]);
      // The last of a run takes the emptyOne before it along.
      map.delete(4);
      expectCells('1d85000000000000', [8, 3, 7, 6, 5, 4]);
    });

    test('a sliding window of 26 keys brings about growth of the same size at key 66', () => {
      const map = ints(26);
      const flagged: number[] = [];
      for (const key of upTo(80, 27)) {
        map.delete(key - 26);
        map.set(key, key * 100);
        if (map.header.flags !== 0) flagged.push(key);
        if (key === 66) {
          expect(growth(map)).toEqual({ B: 2, nevacuate: 1, growing: true, flags: 8, noverflow: 0 });
          expect(map.oldbuckets.length).toBe(4);
        }
      }
      expect(flagged).toEqual([66]);
      expect(growth(map)).toMatchObject({ B: 2, growing: false, flags: 0 });
    });
  });

  test('map[string]int: the tophash bytes of eight keys', () => {
    const map = rt.makeMap('map[string]int', { hash0: GOLDEN_HASH0 });
    for (const key of ['a', 'ab', 'abc', 'abcd', 'key', 'hello', '12345678', text16]) map.set(key, 1);
    expect(toHex(map.buckets.at(0)?.tophash ?? new Uint8Array())).toBe('7bdc74a46b0a68a0');
  });

  describe('growth', () => {
    // Growth begins before the insert that would be one too many: more than eight, and more than 6.5 a bucket.
    const STARTS = [9, 14, 27, 53, 105, 209, 417, 833, 1665, 3329, 6657, 13313, 26625, 53249, 106497];

    test('starts at 9, 14, 27, 53, ... one insert after the other', () => {
      const map = rt.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
      const starts: number[] = [];
      const over: boolean[] = [];
      for (const key of upTo(3400)) {
        const { B, oldbuckets } = map.header;
        map.set(key, key);
        if (map.header.B === B) continue;
        starts.push(key);
        // The growth before was over long ago.
        over.push(oldbuckets === 0n);
      }
      expect(starts).toEqual(STARTS.filter((n) => n <= 3400));
      expect(over.every(Boolean)).toBe(true);
      map.free();
    });

    test('starts at 106497 for B = 15, in batches', () => {
      const map = rt.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
      let from = 1;
      STARTS.forEach((start, i) => {
        const keys = BigInt64Array.from(upTo(start - 1, from).map(BigInt));
        map.setMany(keys, keys);
        expect(map.header).toMatchObject({ B: i, count: start - 1 });
        map.set(start, 7);
        expect(map.header).toMatchObject({ B: i + 1, count: start });
        from = start + 1;
      });
      expect(map.header.B).toBe(15);
      expect(map.header.oldbuckets).not.toBe(0n);
      map.verify();
      map.free();
    });

    test('writes move it on, reads and iterations never', () => {
      const map = ints(53);
      const before = [growth(map), chains(map.buckets), chains(map.oldbuckets)];
      for (const key of upTo(1000)) map.has(key);
      expect([...map]).toHaveLength(53);
      expect([...map.keys()]).toHaveLength(53);
      expect(growth(map).flags).toBe(3);
      expect([{ ...growth(map), flags: 0 }, chains(map.buckets), chains(map.oldbuckets)]).toEqual(before);
      // Deletes of absent keys are writes: each moves up to two of the eight old buckets.
      const marks = upTo(1009, 1000).map((key) => {
        map.delete(key);
        return growth(map).nevacuate;
      });
      expect(marks).toEqual([3, 6, 7, 8, 8, 8, 8, 8, 8, 8]);
      expect(map.header.oldbuckets).toBe(0n);
      expect(map.size).toBe(53);
    });

    test('marks old slots: 2 and 3 where moved, 4 where empty, untouched buckets as they were', () => {
      const map = ints(27);
      const mark = Number(map.header.nevacuate);
      for (const bucket of map.oldbuckets) {
        for (const part of bucket.chain()) {
          for (const { tophash, key, state } of part.slots) {
            if (bucket.index >= mark) {
              expect(tophash === 0 ? 'emptyRest' : 'filled').toBe(state);
            } else if (key === 0n) {
              expect(tophash).toBe(4);
            } else {
              // The bit that the doubled array adds decides which half.
              expect(tophash).toBe(map.hash(key) & 4n ? 3 : 2);
            }
          }
        }
      }
    });
  });

  test('deleting all of 10,000 keys keeps the array and draws a new hash0', () => {
    const map = rt.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
    const keys = upTo(10_000).map(BigInt);
    map.setMany(keys, keys);
    const { buckets, B } = map.header;
    expect(B).toBe(11);
    expect(map.deleteMany(keys.slice(1))).toBe(9_999);
    expect(map.header).toMatchObject({ hash0: GOLDEN_HASH0, count: 1 });
    map.delete(1);
    expect(map.header).toMatchObject({ B, buckets, count: 0 });
    expect(map.header.hash0).not.toBe(GOLDEN_HASH0);
    map.free();
  });

  test('clear keeps the array, wipes it and draws a new hash0', () => {
    const map = ints(1000);
    const { buckets, B } = map.header;
    map.clear();
    expect(map.header).toMatchObject({ B, buckets, count: 0, oldbuckets: 0n, noverflow: 0 });
    expect(map.header.hash0).not.toBe(GOLDEN_HASH0);
    expect(chains(map.buckets)).toEqual(Array.from({ length: 2 ** B }, () => [NOTHING]));
    map.free();
  });

  describe('make', () => {
    const HINTS: readonly (readonly [least: number, most: number, B: number])[] = [
      [-1, 8, 0],
      [9, 13, 1],
      [14, 26, 2],
      [27, 52, 3],
      [53, 104, 4],
      [105, 208, 5],
      [209, 416, 6],
      [833, 1664, 8],
    ];

    test.each(HINTS)('hints %i to %i give B = %i, of which 0 has no bucket yet', (least, most, B) => {
      for (const hint of [least, most]) {
        const map = rt.makeMap('map[int]int', { hint });
        expect(map.header.B).toBe(B);
        expect(map.header.buckets === 0n).toBe(B === 0);
        expect(map.header.extra === 0n).toBe(B < 4);
        map.free();
      }
    });

    // Spare overflow buckets at B = 4, 5, ... 12: one for every sixteen, and what the size class rounds up to.
    const SPARES: readonly (readonly [type: string, bucketSize: number, spares: readonly number[]])[] = [
      ['map[int]int', 144, [2, 5, 7, 14, 28, 56, 113, 170, 284]],
      ['map[int][4]byte', 112, [2, 4, 9, 18, 36, 73, 73, 146, 292]],
      ['map[int][16]byte', 208, [3, 7, 4, 9, 19, 39, 78, 157, 275]],
      ['map[[16]byte][16]byte', 272, [1, 2, 6, 22, 45, 60, 90, 150, 271]],
    ];

    test.each(SPARES)('%s with its buckets of %i bytes: the spare ones', (type, bucketSize, spares) => {
      const size = BigInt(bucketSize);
      const found = spares.map((_, i) => {
        const B = i + 4;
        const map = rt.makeMap(type, { hint: 13 * 2 ** (B - 1) });
        expect(map.shape.bucketSize).toBe(bucketSize);
        expect(map.header.B).toBe(B);
        const { buckets } = map.header;
        const first = mapextra(rt, map)?.nextOverflow as bigint;
        expect(first).toBe(buckets + size * 2n ** BigInt(B));
        // The last one is marked by a link to the array; those before it link to nothing.
        let count = 1;
        const link = (spare: number) => word(rt, first + size * BigInt(spare) - 8n);
        while (link(count) === 0n) count++;
        expect(link(count)).toBe(buckets);
        const object = rt.machine.core.objectSize(Number(buckets & 0xffffffffn)) >>> 0;
        expect(Math.floor(object / bucketSize)).toBe(2 ** B + count);
        map.free();
        return count;
      });
      expect(found).toEqual(spares);
    });
  });

  test('overflow buckets come from the spares, then from new ones; the last spare loses its mark', () => {
    const map = rt.makeMap('map[int]int', { hint: 104, hasher: 'zero' });
    const first = map.header.buckets + 16n * 144n;
    // B = 4 has two spares. All keys go to bucket 0.
    for (const key of upTo(8 + 8 + 8 + 8)) map.set(key, key);
    const chain = [...(map.buckets.at(0)?.chain() ?? [])].map((bucket) => bucket.address);
    expect(chain.slice(0, 3)).toEqual([map.header.buckets, first, first + 144n]);
    expect(chain).toHaveLength(4);
    expect(chain[3]).not.toBe(map.header.buckets);
    expect(mapextra(rt, map)).toMatchObject({
      nextOverflow: 0n,
      overflow: { cap: 4, list: chain.slice(1) },
    });
    expect(map.header.noverflow).toBe(3);
    map.free();
  });

  describe('iteration order', () => {
    // What the runtime draws for an iteration: the start bucket, then three bits of offset.
    const drawn = { value: 0n };
    let chosen: Runtime;
    beforeAll(async () => {
      chosen = await goldenRuntime(build, { random: () => drawn.value });
    });

    test('the draw gives start bucket and offset', () => {
      const map = chosen.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
      for (const key of upTo(14)) map.set(key, key);
      drawn.value = 0b10_110n;
      // B = 2: start in bucket 2; offset 5 of each.
      expect([...map.keys()].map(Number)).toEqual([1, 2, 6, 11, 12, 4, 5, 9, 14, 3, 7, 10, 13, 8]);
      drawn.value = 0b010_01n;
      // Start in bucket 1, offset 2.
      expect([...map.keys()].map(Number)).toEqual([8, 6, 11, 12, 1, 2, 9, 14, 4, 5, 10, 13, 3, 7]);
    });

    test('a full bucket starts at each of its slots; four keys are in order for five offsets of eight', () => {
      const full = chosen.makeMap('map[int]int');
      const four = chosen.makeMap('map[int]int');
      for (const key of upTo(8)) full.set(key, key);
      for (const key of upTo(4)) four.set(key, key);
      const ordered: number[] = [];
      for (let offset = 0; offset < 8; offset++) {
        drawn.value = BigInt(offset);
        expect([...full.keys()].map(Number)).toEqual(upTo(8).map((_, i) => ((i + offset) & 7) + 1));
        if ([...four.keys()].every((key, i) => Number(key) === i + 1)) ordered.push(offset);
      }
      expect(ordered).toEqual([0, 4, 5, 6, 7]);
    });

    test.each([1, 2, 3])(
      'over 8,000 iterations with seed %i the shares are those of a fair draw',
      async (seed) => {
        const seeded = await goldenRuntime(build, { seed });
        const full = seeded.makeMap('map[int]int');
        const four = seeded.makeMap('map[int]int');
        for (const key of upTo(8)) full.set(key, key);
        for (const key of upTo(4)) four.set(key, key);
        const firsts = new Array<number>(9).fill(0);
        let ordered = 0;
        for (let i = 0; i < 8000; i++) {
          const iterator = full.keys();
          const key = Number(iterator.next().value);
          firsts[key] = (firsts[key] as number) + 1;
          iterator.return();
          ordered += [...four.keys()].join() === '1,2,3,4' ? 1 : 0;
        }
        // Five standard deviations of a binomial share.
        for (const key of upTo(8)) expect(Math.abs((firsts[key] as number) - 1000)).toBeLessThan(5 * 29.6);
        expect(Math.abs(ordered - 5000)).toBeLessThan(5 * 43.3);
      },
    );

    test('a seeded runtime draws by wyrand, as Go does', async () => {
      const own = await goldenRuntime(build, { seed: 9 });
      const go = new WyRand();
      const injected = await goldenRuntime(build, { random: go.source });
      go.reset(own.machine.u64[(RUNTIME_BASE + RT_RANDOM) >>> 3] as bigint);
      const orders = [own, injected].map((runtime) => {
        const map = runtime.makeMap('map[int]int');
        for (const key of upTo(200)) map.set(key, key);
        const keys = Array.from({ length: 50 }, () => [...map.keys()].join());
        map.clear();
        return [...keys, map.header.hash0];
      });
      expect(orders[0]).toEqual(orders[1]);
      expect(new Set(orders[0]).size).toBeGreaterThan(40);
      // make, 50 iterations, clear.
      expect(go.widths).toEqual(new Array(52).fill(32));
      expect(own.machine.draws).toBe(52);
    });

    test('flags become 3 and stay until the next growth', () => {
      const map = ints(8);
      expect(map.header.flags).toBe(0);
      expect([...map]).toHaveLength(8);
      expect(map.header.flags).toBe(3);
      map.delete(1);
      map.set(1, 1);
      map.clear();
      for (const key of upTo(8)) map.set(key, 1);
      expect(map.header.flags).toBe(3);
      map.set(9, 1);
      // hashGrow: an iterator may now be on the old array only; that flag stays.
      expect(map.header.flags).toBe(2);
      for (const key of upTo(14)) map.set(key, 1);
      expect(map.header.flags).toBe(0);
    });

    test('an iteration under inserts ends, one under deletes does not give what is gone', () => {
      const map = ints(100);
      let steps = 0;
      for (const key of map.keys()) {
        map.set(key + 1_000_000n + BigInt(steps), 1);
        steps++;
      }
      expect(steps).toBeGreaterThanOrEqual(100);
      const given: bigint[] = [];
      const before = map.size;
      for (const key of map.keys()) {
        given.push(key);
        for (const other of [...map.keys()]) if (other !== key) map.delete(other);
      }
      expect(before).toBeGreaterThan(1);
      expect(given).toHaveLength(1);
    });
  });

  describe('bucket sizes', () => {
    const SIZES: readonly (readonly [type: string, key: number, elem: number, bucket: number])[] = [
      ['map[int]int', 8, 8, 144],
      ['map[int][4]byte', 8, 4, 112],
      ['map[int][16]byte', 8, 16, 208],
      ['map[int][3]byte', 8, 3, 104],
      ['map[int][4]int', 8, 32, 336],
      ['map[int][8]int', 8, 64, 592],
      ['map[int][16]int', 8, 128, 1104],
      ['map[int][17]int', 8, 8, 144],
      ['map[[128]byte][128]byte', 128, 128, 2064],
      ['map[[129]byte][129]byte', 8, 8, 144],
      ['map[string]int', 16, 8, 208],
      ['map[string]interface{}', 16, 16, 272],
      ['map[float64]bool', 8, 1, 88],
      ['map[interface{}]int', 16, 8, 208],
      ['map[struct{}]struct{}', 0, 0, 16],
      ['map[int]struct{}', 8, 0, 80],
      ['map[int64]int8', 8, 1, 88],
      ['map[bool][5]byte', 1, 5, 64],
      ['map[int8]int8', 1, 1, 32],
    ];

    test.each(SIZES)('%s: slots of %i and %i bytes, buckets of %i', (type, keySize, elemSize, bucketSize) => {
      const shape = mapShape(parseMapType(type));
      expect(shape).toMatchObject({ keySize, elemSize, bucketSize });
      expect(shape.keyIndirect).toBe(type.includes('[[129]'));
      expect(shape.elemIndirect).toBe(type.endsWith('[17]int') || type.endsWith('][129]byte'));
      expect(shape.overflowOffset).toBe(bucketSize - 8);
    });

    test('a bucket of the smallest map holds its one entry', () => {
      const map = rt.makeMap('map[struct{}]struct{}', { hash0: GOLDEN_HASH0 });
      map.set({}, {});
      map.set({}, {});
      expect(map.size).toBe(1);
      expect(map.buckets.at(0)?.bytes).toHaveLength(16);
      map.delete({});
      expect(map.size).toBe(0);
    });
  });

  describe('overwriting', () => {
    test.each([
      ['map[string]int', 7],
      ['map[string][200]byte', new Uint8Array(200)],
    ])('of %s replaces the stored string by the equal new one', (type, elem) => {
      const map = rt.makeMap(type);
      map.set('key', elem);
      const slot = map.buckets.at(0)?.slots[0];
      const data = () => word(rt, slot?.keyAddress as bigint);
      const before = data();
      map.set('key', elem);
      expect(data()).not.toBe(before);
      expect(toHex(rt.memory.read(data(), 3))).toBe('6b6579');
      expect(map.size).toBe(1);
    });
  });
});

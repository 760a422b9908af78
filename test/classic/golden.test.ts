/**
 * Golden runs: bytes, hashes and moments of growth as Go 1.19.8 shows them under the fallback hash
 * with a hash key of ones. Everything is exact, down to stale slots.
 */
import type { Runtime } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { BUILDS, GOLDEN_HASH0, goldenRuntime, toHex } from '../support/builds.ts';
import { goldenCells as b, goldenInts, type IntMap, upTo } from '../support/golden.ts';
import { cells, chains, mapextra } from '../support/layout.ts';

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

  const ints = (n: number) => goldenInts(rt, n);

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
});

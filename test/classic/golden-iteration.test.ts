/**
 * Golden runs: what making and clearing a map leave, where overflow buckets come from, orders of iteration and
 * sizes of buckets, as Go 1.19.8 shows them under the fallback hash with a hash key of ones.
 */
import { mapShape, parseMapType, type Runtime } from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { RT_RANDOM, RUNTIME_BASE } from '../../assembly/shared/hostlayout.ts';
import { BUILDS, GOLDEN_HASH0, goldenRuntime, toHex, WyRand } from '../support/builds.ts';
import { goldenCells, goldenInts, upTo } from '../support/golden.ts';
import { chains, mapextra, word } from '../support/layout.ts';

const NOTHING = goldenCells('');

describe.each(BUILDS)('golden runs on the %s build', (build) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await goldenRuntime(build);
  });

  const ints = (n: number) => goldenInts(rt, n);

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

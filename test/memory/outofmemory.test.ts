/**
 * A heap that is small or full: what has no room is refused by name, nothing is lost by it, and it works when
 * there is room again.
 */
import { describe, expect, test } from 'vitest';
import { RT_FAIL_COUNTDOWN } from '../../assembly/shared/hostlayout.ts';
import { OutOfMemory } from '../../src/index.ts';
import { anyMap, BUILDS, liveBytes, start, thrown } from '../machine/inside.ts';
import { KINDS } from './kinds.ts';
import { copyOf, difference, long, parts } from './state.ts';

test.each(BUILDS)(
  'a low load and a heap that is nearly full: all growths or none, build %s',
  async (build) => {
    let refused = 0;
    let grown = 0;
    for (let taken = 0; taken < 32; taken++) {
      const rt = await start({ build, memory: { limit: 2 ** 18 }, experiment: { loadFactor: 2 } });
      // Buckets so large that the arrays take pages of their own.
      const m = anyMap(rt, 'map[[128]byte][128]byte', { hash0: 7 });
      const entry = (n: number) => [long(128, n), long(128, n)] as const;
      for (let n = 0; n < 8; n++) m.set(...entry(n));
      const filler = anyMap(rt, 'map[uint8][8192]byte', { hash0: 7, hint: 32 });
      try {
        for (let n = 0; n < taken; n++) filler.set(n, long(8192, n));
      } catch (error) {
        expect(error).toBeInstanceOf(OutOfMemory);
        break;
      }
      rt.machine.core.sweep();
      const before = copyOf(parts(rt));
      try {
        m.set(...entry(8));
        expect([m.size, m.header.B]).toEqual([9, 3]);
        grown++;
      } catch (error) {
        expect(error).toBeInstanceOf(OutOfMemory);
        expect(difference(rt, before)).toBeUndefined();
        refused++;
      }
      m.verify();
    }
    expect([grown > 2, refused > 2]).toEqual([true, true]);
  },
);

describe('what fails for want of memory', () => {
  test.each(BUILDS)('makeMap leaves nothing, build %s', async (build) => {
    const rt = await start({ build });
    // Types are written to read-only data once; that is no change of the heap.
    rt.makeMap('map[string]int', { hint: 1000 }).free();
    for (let k = 1; k <= 3; k++) {
      const before = liveBytes(rt);
      const { draws } = rt.machine;
      rt.machine.failAllocation(k);
      expect(thrown(() => rt.makeMap('map[string]int', { hint: 1000 }))).toBeInstanceOf(OutOfMemory);
      expect(liveBytes(rt).equals(before)).toBe(true);
      expect([rt.machine.heapInUse, rt.machine.draws]).toEqual([0, draws]);
      expect([...rt.machine.maps()]).toEqual([]);
    }
    // Header, array, mapextra: a fourth allocation there is not.
    rt.machine.failAllocation(4);
    const m = rt.makeMap('map[string]int', { hint: 1000 });
    expect(rt.machine.host(RT_FAIL_COUNTDOWN)).toBe(1);
    m.verify();
  });

  test('a lookup whose key needs the heap is refused, and finds it the next time', async () => {
    const rt = await start();
    const m = rt.makeMap('map[string]int');
    // Too long for the staging area.
    const key = 'k'.repeat(500_000);
    m.set(key, 7);
    const inUse = rt.machine.heapInUse;
    for (const look of [() => m.get(key), () => m.has(key), () => m.delete(key), () => m.lookup(key)]) {
      rt.machine.failAllocation(1);
      expect(thrown(look)).toBeInstanceOf(OutOfMemory);
      expect(rt.machine.heapInUse).toBe(inUse);
    }
    expect(m.get(key)).toBe(7n);
    expect(rt.machine.heapInUse).toBe(inUse);
  });

  test.each(BUILDS)(
    'a batch says where it stopped, and the entries before it stand, build %s',
    async (build) => {
      const rt = await start({ build });
      const keys = Array.from({ length: 40 }, (_, i) => i);
      for (const type of ['map[int]int', 'map[int][200]byte', 'map[[4]byte]int']) {
        const key = (n: number) => (type === 'map[[4]byte]int' ? long(4, n) : BigInt(n));
        const elem = (n: number) => (type === 'map[int][200]byte' ? long(200, n) : BigInt(n));
        let failed = 0;
        for (let k = 1; ; k++) {
          const m = anyMap(rt, type, { hash0: 1 });
          rt.machine.failAllocation(k);
          let error: unknown;
          try {
            m.setMany(keys.map(key), keys.map(elem));
          } catch (caught) {
            error = caught;
          }
          const left = rt.machine.host(RT_FAIL_COUNTDOWN);
          rt.machine.failAllocation(0);
          if (left > 0) {
            expect(error).toBeUndefined();
            m.free();
            break;
          }
          expect(error).toBeInstanceOf(OutOfMemory);
          const { index, message } = error as OutOfMemory;
          expect(message).toContain(`at index ${index}`);
          m.verify();
          expect(m.size).toBe(index);
          expect(m.hasMany(keys.map(key))).toEqual(keys.map((n) => n < (index as number)));
          failed++;
          m.free();
          expect(rt.machine.heapInUse).toBe(0);
        }
        expect(failed).toBeGreaterThan(4);
      }
    },
  );

  test.each([
    ['elements', 'map[int]string', [1, 2, 3], ['a', 'b', 'c']],
    ['keys on the general path', 'map[string][200]byte', ['a', 'b', 'c'], [0, 1, 2].map((n) => long(200, n))],
  ])('a batch that has no room for the strings of its %s says so too', async (_what, type, keys, values) => {
    const rt = await start();
    const m = anyMap(rt, type);
    rt.machine.failAllocation(2);
    const error = thrown(() => m.setMany(keys, values)) as OutOfMemory;
    expect(m.size).toBe(error.index);
  });
});

describe('a small heap', () => {
  const limits = [2 ** 16, 2 ** 17, 2 ** 18, 2 ** 20];
  const kinds = KINDS.filter(({ type, options }) => type !== 'map[uint8]struct{}' && options === undefined);
  const plans = BUILDS.flatMap((build) =>
    limits
      .slice(0, build === 'checked' ? 3 : 4)
      .flatMap((limit) => kinds.map((kind) => ({ build, limit, kind }))),
  );
  test.each(plans.map(({ build, limit, kind }) => [build, limit, kind.type, kind] as const))(
    'build %s, %i bytes: %s is filled until nothing fits',
    async (build, limit, type, kind) => {
      const rt = await start({ build, memory: { limit } });
      // A third to two thirds of the heap.
      const buckets = 2 ** Math.floor(Math.log2((limit * 0.6) / 153));
      const other = rt.makeMap('map[int]int', { hint: buckets * 6 });
      other.set(1, 2);
      const m = anyMap(rt, type);
      let n = 0;
      let error: unknown;
      while (error === undefined) {
        try {
          m.set(kind.key(n), kind.elem(n));
          n++;
        } catch (caught) {
          error = caught;
        }
      }
      expect(error).toBeInstanceOf(OutOfMemory);
      const { requested, limit: named, largest, message } = error as OutOfMemory;
      expect(named).toBe(limit);
      expect(requested).toBeGreaterThan(0);
      expect(message).toMatch(new RegExp(`: \\d+ of ${limit} are in use`));
      // The map that could not grow and the other one, the larger first.
      expect(largest.map((it) => it.address).sort()).toEqual([m.header.address, other.header.address].sort());
      expect(largest.map((it) => it.bytes)).toEqual(largest.map((it) => it.bytes).sort((a, b) => b - a));
      expect(largest.find((it) => it.address === m.header.address)).toMatchObject({
        type: m.type,
        entries: n,
      });
      expect(message).toContain(`${m.type} at 0x${m.header.address.toString(16)} with ${n} entries`);
      // Nothing is lost, and it fails the same way again.
      m.verify();
      other.verify();
      const all = () => Array.from({ length: n }, (_, i) => i).every((i) => m.has(kind.key(i)));
      expect(m.size).toBe(n);
      expect(all()).toBe(true);
      expect(thrown(() => m.set(kind.key(n), kind.elem(n)))).toBeInstanceOf(OutOfMemory);
      // Room comes from the other map.
      other.free();
      m.set(kind.key(n), kind.elem(n));
      n++;
      m.verify();
      expect([m.size, all()]).toEqual([n, true]);
      m.free();
      expect(rt.machine.heapInUse).toBe(0);
    },
  );

  test('a growth finds the pages that spans without objects keep', async () => {
    const rt = await start({ memory: { limit: 2 ** 16 } });
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    // Header, arrays of 8 and 16 buckets and a few overflow buckets: six pages of the eight.
    for (let n = 0; n < 53; n++) m.set(n, n);
  });

  test('maps that wait for the collector in vain are named, largest first, at most three', async () => {
    const rt = await start({ memory: { limit: 2 ** 18 } });
    const maps = [50, 400, 10, 1500].map((hint) => rt.makeMap('map[int]int', { hint }));
    const error = thrown(() => rt.makeMap('map[string]int', { hint: 10 ** 6 })) as OutOfMemory;
    expect(error).toBeInstanceOf(OutOfMemory);
    const [fifty, fourHundred, , fifteenHundred] = maps.map((m) => m.header.address);
    expect(error.largest.map((it) => it.address)).toEqual([fifteenHundred, fourHundred, fifty]);
    expect(error.index).toBeUndefined();
  });
});

test('a full heap keeps nothing from being found and deleted, strings on the general path too', async () => {
  const rt = await start({ memory: { limit: 2 ** 17 } });
  const m = rt.makeMap('map[string][200]byte');
  const elem = new Uint8Array(200).fill(7);
  let n = 0;
  expect(() => {
    for (; ; n++) m.set(`key ${n}`, elem);
  }).toThrow(OutOfMemory);
  rt.machine.failAllocation(1);
  expect([m.has('key 0'), m.get('key 1'), m.delete('key 2'), m.has('key 2')]).toEqual([
    true,
    elem,
    true,
    false,
  ]);
  expect(m.raw.has(new TextEncoder().encode('key 3'))).toBe(true);
  rt.machine.failAllocation(0);
  m.verify();
  expect(m.size).toBe(n - 1);
});

/** Headers and buckets written from outside: the outcome is the one that Go's own code comes to on those bytes. */
import { describe, expect, it } from 'vitest';
import type { GoMap, Runtime } from '../../src/index.ts';
import { BUILDS, bytes, numbers, start, thrown } from './inside.ts';

type IntMap = GoMap<bigint, bigint, bigint | number, bigint | number>;

/** A map of three entries in one bucket, as real Go was given them, and a write to a field of its header. */
async function corrupted(
  build: 'release' | 'checked',
  offset: number,
  value: Uint8Array,
): Promise<[Runtime, IntMap]> {
  const rt = await start({ build });
  const map = rt.makeMap('map[int]int', { hash0: 0x12345678 });
  for (let i = 1; i <= 3; i++) map.set(i, i * 10);
  rt.memory.write(map.header.address + BigInt(offset), value);
  return [rt, map];
}

const B = 9;
const FLAGS = 8;

describe.each(BUILDS)('on the %s build', (build) => {
  it('works on with another hash0, as a one-bucket map is not hashed', async () => {
    const [, map] = await corrupted(build, 12, bytes(4, 0));
    expect([map.get(1), map.get(3), map.size, [...map].length]).toEqual([10n, 30n, 3, 3]);
  });

  it('misses silently or faults with a B that is too large', async () => {
    const [rt, map] = await corrupted(build, B, bytes(1, 7));
    // The array has one bucket; what lies behind it in the heap is read as buckets.
    let missed = 0;
    for (let key = 1; key <= 3; key++) if (map.get(key) === undefined) missed++;
    expect(missed).toBeGreaterThan(0);
    expect(rt.machine.ended).toBeUndefined();
    const [, other] = await corrupted(build, B, bytes(1, 40));
    expect(thrown(() => [1, 2, 3].map((key) => other.get(key)))).toMatchObject({
      name: 'SegmentationFault',
      message: expect.stringContaining('unexpected fault address'),
    });
  });

  it('takes B = 65 as 1, as the shift is masked: keys with an odd hash are missed, ranging prints real keys', async () => {
    const [, map] = await corrupted(build, B, bytes(1, 65));
    for (let key = 1; key <= 3; key++) {
      const odd = (map.hash(key) & 1n) === 1n;
      expect(map.get(key)).toBe(odd ? undefined : BigInt(key * 10));
    }
    const keys = [...map.keys()];
    expect(keys.every((key) => [1n, 2n, 3n].includes(key))).toBe(true);
  });

  it('reads nothing and assigns to a fresh bucket where buckets is nil; ranging is a nil dereference', async () => {
    const [rt, map] = await corrupted(build, 16, bytes(8, 0));
    expect(map.get(1)).toBeUndefined();
    expect(thrown(() => [...map])).toMatchObject({
      name: 'GoPanic',
      message: 'runtime error: invalid memory address or nil pointer dereference',
    });
    expect(rt.machine.ended).toBeUndefined();
    map.set(4, 40);
    expect([map.size, map.get(1), map.get(4)]).toEqual([4, undefined, 40n]);
  });

  it('believes a forged count', async () => {
    const [, map] = await corrupted(build, 0, bytes(8, 99));
    expect([map.size, [...map].length]).toEqual([99, 3]);
    const [, none] = await corrupted(build, 0, bytes(8, 0));
    expect([none.get(1), [...none].length]).toEqual([undefined, 0]);
  });

  it.each([
    ['get', (map: IntMap) => map.get(1), 'concurrent map read and map write'],
    ['set', (map: IntMap) => map.set(1, 1), 'concurrent map writes'],
    ['delete', (map: IntMap) => map.delete(1), 'concurrent map writes'],
    ['clear', (map: IntMap) => map.clear(), 'concurrent map writes'],
    ['range', (map: IntMap) => [...map], 'concurrent map iteration and map write'],
  ])('is fatal in %s where hashWriting is set', async (_name, run, text) => {
    const [rt, map] = await corrupted(build, FLAGS, bytes(1, 4));
    expect(map.size).toBe(3);
    expect(thrown(() => run(map))).toMatchObject({ name: 'GoFatal', message: text });
    expect(rt.machine.ended?.message).toBe(text);
  });

  it('leaves hashWriting set where an assignment faults on a nil dereference', async () => {
    const [rt, map] = await corrupted(build, 16, bytes(8, 8));
    expect(thrown(() => map.set(4, 4))).toMatchObject({ name: 'GoPanic' });
    expect(rt.machine.ended).toBeUndefined();
    expect(map.header.flags).toBe(4);
    expect(thrown(() => map.set(4, 4)).message).toBe('concurrent map writes');
  });

  it('stops a chain that leads back into itself by name', async () => {
    const rt = await start({ build });
    const map = rt.makeMap('map[int]int', { hasher: 'zero' });
    for (let i = 0; i < 8; i++) map.set(i, i);
    rt.memory.write(map.header.buckets + 136n, bytes(8, map.header.buckets));
    expect(thrown(() => map.get(99))).toMatchObject({
      name: 'GoFatal',
      message: expect.stringContaining('never ends'),
    });
  });

  it('comes to an end on garbage, in a result or a named error, and leaves the machine whole', async () => {
    const pick = numbers(11);
    const names = new Set<string>();
    for (let round = 0; round < 120; round++) {
      const rt = await start({ build, memory: { limit: 2 ** 20 } });
      const map = rt.makeMap(pick(2) ? 'map[int]int' : 'map[uint32][3]int16');
      for (let i = 0; i < 120; i++)
        map.set(i as never, (pick(1) ? 0 : map.shape.elem.size === 8 ? i : [i, 0, 1]) as never);
      const rodata = rt.memory.regions().find((region) => !region.writable);
      const readOnly = () => Buffer.from(rt.memory.read(rodata?.start ?? 0n, 4096));
      const before = readOnly();
      const { address, buckets } = map.header;
      for (let i = 0; i < 4; i++) {
        const inHeader = pick(2) === 0;
        const value = [
          0n,
          0xffn,
          address,
          buckets,
          buckets + 144n,
          1n << 40n,
          BigInt(pick(2 ** 31)) << BigInt(pick(33)),
        ];
        const at = inHeader ? address + BigInt(pick(6) * 8) : buckets + BigInt(pick(4000) & ~7);
        rt.memory.write(at, bytes(pick(2) ? 8 : 1, value[pick(value.length)] as bigint));
      }
      const run = (operation: () => unknown) => {
        try {
          operation();
        } catch (error) {
          names.add((error as Error).name);
        }
      };
      for (let i = 0; i < 30; i++) {
        run(() => map.get(i as never));
        run(() => map.set((1000 + i) as never, (map.shape.elem.size === 8 ? i : [1, 2, 3]) as never));
        run(() => map.delete(i as never));
        if (i % 10 === 0) run(() => [...map].length);
      }
      run(() => map.clear());
      run(() => map.free());
      expect(readOnly().equals(before)).toBe(true);
      run(() => rt.makeMap('map[int]int').set(1, 1));
    }
    const known = ['GoFatal', 'GoPanic', 'OutOfMemory', 'ProcessEnded', 'SegmentationFault'];
    expect([...names].filter((name) => !known.includes(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(2);
  });
});

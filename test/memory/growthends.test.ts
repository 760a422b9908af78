/** The write that ends a growth to the same size and begins a doubling: out of memory it does neither. */
import { describe, expect, test } from 'vitest';
import { OutOfMemory } from '../../src/index.ts';
import { anyMap, BUILDS, start } from '../machine/inside.ts';
import { copyOf, difference, long, parts } from './state.ts';

/** Keys and elements of a type, by number. */
const NUMBERED: readonly (readonly [string, (n: number) => unknown, unknown])[] = [
  ['map[int64]int64', (n) => BigInt(n), 1n],
  ['map[string]int64', (n) => `key ${n}`, 1n],
  ['map[uint32]string', (n) => n, 'element'],
  ['map[[136]byte][200]byte', (n) => long(136, n), long(200, 1)],
];

describe.each(BUILDS)('a growth to the same size that ends in another growth, build %s', (build) => {
  test.each(NUMBERED)('%s: the write that does both does both or nothing', async (type, key, elem) => {
    const rt = await start({ build });
    const m = anyMap(rt, type, { hash0: 7 });
    let next = 0;
    while (m.header.B < 3) m.set(key(next++), elem);
    while (m.oldbuckets.length > 0) m.set(key(next - 1), elem);
    for (let n = 0; n < next; n++) m.delete(key(n));
    // Each bucket gets an overflow bucket; all but the last keep six entries.
    for (let bucket = 0; bucket < 8; bucket++) {
      const here: unknown[] = [];
      for (; here.length < 9; next++) {
        if ((m.hash(key(next)) & 7n) !== BigInt(bucket)) continue;
        m.set(key(next), elem);
        here.push(key(next));
      }
      if (bucket < 7) for (const one of here.slice(6)) m.delete(one);
    }
    expect([m.header.B, m.header.noverflow, m.oldbuckets.length]).toEqual([3, 8, 0]);
    const seen: string[] = [];
    for (; m.header.B === 3; next++) {
      for (let k = 1; ; k++) {
        const before = copyOf(parts(rt));
        rt.machine.failAllocation(k);
        try {
          m.set(key(next), elem);
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(OutOfMemory);
          expect(difference(rt, before)).toBeUndefined();
        }
      }
      rt.machine.failAllocation(0);
      m.verify();
      seen.push(`${m.oldbuckets.length} old of ${2 ** m.header.B}`);
    }
    expect(seen.slice(-2)).toEqual(['8 old of 8', '8 old of 16']);
    m.free();
    expect(rt.machine.heapInUse).toBe(0);
  });
});

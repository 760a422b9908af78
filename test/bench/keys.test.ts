/** Keys: splitmix64 on halves is splitmix64, and every kind has as many keys as it is asked for. */
import { describe, expect, test } from 'vitest';
import { inOrder, isHit, KEY_KINDS, keysOf, mixed, shuffledOrder } from '../../bench/keys.ts';

const MASK = (1n << 64n) - 1n;

function splitmix(i: bigint): bigint {
  let z = (i * 0x9e3779b97f4a7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

describe('keys', () => {
  test('are splitmix64', () => {
    const keys = keysOf('uint64', 1, 2000) as BigUint64Array;
    expect(Array.from(keys)).toEqual(Array.from(keys, (_, i) => splitmix(BigInt(i + 1))));
  });

  test.each(KEY_KINDS)('of kind %s are all different, the absent ones too', (kind) => {
    const keys = Array.from(keysOf(kind, 1, 4000) as ArrayLike<unknown>);
    const texts = keys.map((key) =>
      JSON.stringify(key instanceof Uint8Array ? [...key] : key, (_, v) =>
        typeof v === 'bigint' ? `${v}` : v,
      ),
    );
    expect(new Set(texts).size).toBe(4000);
  });

  test('of floats are no integers, of strings as long as they say', () => {
    expect(Array.from(keysOf('float64', 1, 100) as Float64Array).filter(Number.isInteger)).toEqual([]);
    for (const length of [8, 16, 32, 100] as const) {
      const texts = keysOf(`string${length}`, 1, 50) as string[];
      expect(texts.every((text) => text.length === length)).toBe(true);
    }
  });
});

describe('orders', () => {
  test('have every place once and are shuffled', () => {
    const order = shuffledOrder(1000);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect(order.filter((at, i) => at === i).length).toBeLessThan(20);
    const [first, second] = [shuffledOrder(100, 2).slice(0, 100), shuffledOrder(100, 2).slice(100)];
    expect([...second].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(second).not.toEqual(first);
    expect(inOrder(['a', 'b', 'c'], Uint32Array.of(2, 0, 1))).toEqual(['c', 'a', 'b']);
  });

  test('a mix has about as many hits as it says', () => {
    for (const percent of [10, 50, 90]) {
      const hits = [...Array(10_000).keys()].filter((i) => isHit(i, percent)).length;
      expect(Math.abs(hits / 100 - percent)).toBeLessThan(2);
    }
    const mix = mixed(BigUint64Array.of(1n, 1n, 1n), BigUint64Array.of(2n, 2n, 2n), 100);
    expect([...mix]).toEqual([1n, 1n, 1n]);
  });
});

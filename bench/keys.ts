/** Keys for benchmarks: the same on every engine, in one shuffled order. */

/** 64-bit keys that look random: splitmix64 of 1, 2, 3... */
export function wideKeys(n: number): bigint[] {
  const keys: bigint[] = [];
  for (let i = 1; i <= n; i++) {
    let z = BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    keys.push(z ^ (z >> 31n));
  }
  return keys;
}

/** A shuffled copy: V8's Map is much faster at keys in the order in which they were inserted. */
export function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items];
  let state = 0x2545f491;
  for (let i = copy.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

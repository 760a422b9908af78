/** The map of the golden runs. */
import type { GoMapOf, Runtime } from 'hmap-wasm';
import { GOLDEN_HASH0 } from './builds.ts';
import { type Cells, cellsOf } from './layout.ts';

export type IntMap = GoMapOf<'map[int]int'>;

/** The whole numbers from `from` to n. */
export const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => i + from);

/** A map with keys 1 to n, set in order, each with a hundred times itself. */
export function goldenInts(rt: Runtime, n: number): IntMap {
  const map = rt.makeMap('map[int]int', { hash0: GOLDEN_HASH0 });
  for (const key of upTo(n)) map.set(key, key * 100);
  return map;
}

/** The cells of a bucket of that map. */
export const goldenCells = (tophash: string, ...keys: number[]): Cells<bigint, bigint> =>
  cellsOf(tophash, keys, 100n);

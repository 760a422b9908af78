/**
 * What maps are like just before they grow, by the load at which they do: the table of Go's sources, and a model.
 *
 * Source of the table, and of its columns' names and meanings: Go 1.19 `runtime/map.go`, "Picking loadFactor".
 * It is about 64-bit targets, keys and elements of 8 bytes.
 */
import { mapShape, parseMapType } from 'hmap-wasm';
import { BUCKET_CNT } from '../../assembly/shared/golayout.ts';

export const MAP_TYPE = 'map[uint64]uint64';

export const COLUMNS = ['%overflow', 'bytes/entry', 'hitprobe', 'missprobe'] as const;
export type Column = (typeof COLUMNS)[number];

/**
 * `%overflow`: percentage of buckets that have an overflow bucket. `bytes/entry`: bytes of the buckets beyond
 * those of keys and elements, an entry. `hitprobe`, `missprobe`: entries to look at for a key that is present,
 * and for one that is absent.
 */
export type Figures = Readonly<Record<Column, number>>;

/** How far a measured mean may be from what is expected: percentage points, bytes, entries. */
export const TOLERANCE: Figures = { '%overflow': 0.5, 'bytes/entry': 0.05, hitprobe: 0.05, missprobe: 0.05 };

const row = (loadFactor: number, overflow: number, bytes: number, hitprobe: number, missprobe: number) => ({
  /** Entries a bucket. */
  loadFactor,
  figures: { '%overflow': overflow, 'bytes/entry': bytes, hitprobe, missprobe } satisfies Figures,
});

export const GO_TABLE = [
  row(4.0, 2.13, 20.77, 3.0, 4.0),
  row(4.5, 4.05, 17.3, 3.25, 4.5),
  row(5.0, 6.85, 14.77, 3.5, 5.0),
  row(5.5, 10.55, 12.94, 3.75, 5.5),
  row(6.0, 15.27, 11.67, 4.0, 6.0),
  row(6.5, 20.9, 10.79, 4.25, 6.5),
  row(7.0, 27.14, 10.15, 4.5, 7.0),
  row(7.5, 34.03, 9.73, 4.75, 7.5),
  row(8.0, 41.1, 9.4, 5.0, 8.0),
] as const;

/** More entries than this in one bucket do not occur at any load of the table. */
const MOST = 128;

/** What follows if a hash spreads keys evenly: the entries of a bucket are then Poisson-distributed. */
export function model(load: number): Figures {
  const { bucketSize, key, elem } = mapShape(parseMapType(MAP_TYPE));
  let overflowing = 0;
  let links = 0;
  let probability = Math.exp(-load);
  for (let entries = 0; entries < MOST; entries++) {
    if (entries > BUCKET_CNT) overflowing += probability;
    links += probability * Math.max(1, Math.ceil(entries / BUCKET_CNT));
    probability *= load / (entries + 1);
  }
  return {
    '%overflow': 100 * overflowing,
    'bytes/entry': (bucketSize * links) / load - (key.size + elem.size),
    // Half of the others that share the bucket stand before it, and they are `load` on average.
    hitprobe: 1 + load / 2,
    missprobe: load,
  };
}

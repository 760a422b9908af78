/**
 * One map just before it grows, and the figures of Go's table for it, read from its bytes.
 *
 * The map begins with nothing and gets one key after another, so that it has grown in each step as a program's
 * map does. Its keys count from 0: that they spread over the buckets is the work of the hash alone.
 */
import { Runtime } from 'hmap-wasm';
import { Chains } from './chains.ts';
import { type Figures, MAP_TYPE } from './table.ts';

export interface Setup {
  /** Entries a bucket above which the map grows. */
  readonly loadFactor: number;
  /** The logarithm of the number of buckets that the map has in the end. */
  readonly B: number;
  /** Of the process: its hash key and the map's hash0 follow from it. */
  readonly seed: number;
  /** The Go release; the library's default if not given. */
  readonly goVersion?: string | undefined;
}

/** Absent keys that are looked for. */
const ABSENT = 2 ** 16;

/** @throws Error if the map does not grow where it should, or its bytes do not hold what was put into it */
export async function measure({ loadFactor, B, seed, goVersion }: Setup): Promise<Figures> {
  const rt = await Runtime.create({
    seed,
    experiment: { loadFactor },
    // An array and the one that it grows into, overflow buckets, and room around them.
    memory: { limit: 2 ** Math.max(B + 11, 24) },
    ...(goVersion === undefined ? {} : { goVersion }),
  });
  const map = rt.makeMap(MAP_TYPE);
  const count = loadFactor * 2 ** B;
  const keys = BigUint64Array.from({ length: count }, (_, i) => BigInt(i));
  map.setMany(keys, keys);
  if (map.header.B !== B) fail(`a map of ${count} entries has B ${B}, got ${map.header.B}`);

  const chains = new Chains(rt, map);
  const { overflowing, links, entries } = chains.census();
  if (entries !== count) fail(`${count} entries lie in the buckets, got ${entries}`);

  let hits = 0;
  for (const key of keys) {
    const { examined, found } = chains.probe(key);
    if (!found) fail(`key ${key} is in the chain of its bucket`);
    hits += examined;
  }
  // A sample, and not the mean over all buckets: that is the load, however badly a hash spreads the keys.
  let misses = 0;
  for (let i = 0; i < ABSENT; i++) {
    const { examined, found } = chains.probe(BigInt(count + i));
    if (found) fail(`key ${count + i} is absent`);
    misses += examined;
  }

  // That this was the last moment before a growth is part of the claim.
  map.set(BigInt(count), 0n);
  if (map.header.B !== B + 1) fail(`entry ${count + 1} begins a growth`);
  const { bucketSize, key, elem } = map.shape;
  map.free();
  return {
    '%overflow': (100 * overflowing) / chains.buckets,
    'bytes/entry': (bucketSize * links) / count - (key.size + elem.size),
    hitprobe: hits / count,
    missprobe: misses / ABSENT,
  };
}

function fail(what: string): never {
  throw new Error(`the map is not as it should be: ${what}`);
}

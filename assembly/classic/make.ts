/** Making maps and bucket arrays (`makemap`, `makeBucketArray`). */
import { MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_SIZE, SPARE_MIN_B } from "../shared/golayout.ts";
import {
  MAP_ELEM_OWNED, MAP_ELEM_OWNED_COUNT, MAP_HMAP, MAP_KEY_OWNED, MAP_KEY_OWNED_COUNT, MAP_NEXT, MAP_PREV,
  MAP_TYPE, RT_MAPS,
} from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet, recordSet, set } from "../memory/access.ts";
import { toAddress } from "../memory/address.ts";
import { allocate, outOfMemory, outOfRecords } from "../memory/malloc.ts";
import { freeObject } from "../memory/spans.ts";
import { newRecord } from "../memory/pool.ts";
import { drawHash0 } from "../memory/random.ts";
import { MAX_ALLOC, roundUpFor } from "../memory/sizeclass.ts";
import { bucketSize, bucketType, hasPointers } from "../types/maptype.ts";
import { bucketShift, hmapSize, overLoadFactor, setB, setBuckets, setExtra, setHash0 } from "./header.ts";
import { bucketAt, setOverflow } from "./bucket.ts";

/** Buckets of an array for `b`, the spare overflow buckets behind it included. */
export function arrayBuckets(t: usize, b: u32): u64 {
  let nbuckets = bucketShift(b);
  if (b >= <u32>SPARE_MIN_B) {
    nbuckets += bucketShift(b - SPARE_MIN_B);
    // What malloc would round up to is used for more of them.
    const size = bucketSize(t) * nbuckets;
    const rounded = roundUpFor(size, hasPointers(bucketType(t)));
    if (rounded != size) nbuckets = rounded / bucketSize(t);
  }
  return nbuckets;
}

/** Bytes of an array for `b`. */
export function arraySize(t: usize, b: u32): u64 {
  return arrayBuckets(t, b) * bucketSize(t);
}

/** Marks the last spare bucket of a fresh or wiped array; the address of the first one, or nil. */
export function linkSpares(t: usize, array: usize, b: u32): u64 {
  const nbuckets = arrayBuckets(t, b);
  const base = bucketShift(b);
  if (nbuckets == base) return 0;
  const address = toAddress(array);
  setOverflow(t, bucketAt(t, address, nbuckets - 1), address);
  return address + base * bucketSize(t);
}

/** The record of a map that exists for the emulator; `h` is 0 for a nil map. 0 if the pool is used up. */
function newMapRecord(
  t: usize, h: usize, elemOwned: u32, elemCount: u32, keyOwned: u32, keyCount: u32,
): usize {
  const map = newRecord();
  if (!map) return 0;
  recordSet<u32>(map, MAP_HMAP, <u32>h);
  recordSet<u32>(map, MAP_TYPE, <u32>t);
  recordSet<u32>(map, MAP_ELEM_OWNED, elemOwned);
  recordSet<u32>(map, MAP_ELEM_OWNED_COUNT, elemCount);
  recordSet<u32>(map, MAP_KEY_OWNED, keyOwned);
  recordSet<u32>(map, MAP_KEY_OWNED_COUNT, keyCount);
  const next = hostGet<u32>(RT_MAPS);
  recordSet<u32>(map, MAP_NEXT, next);
  if (next) recordSet<u32>(next, MAP_PREV, <u32>map);
  hostSet<u32>(RT_MAPS, <u32>map);
  return map;
}

export function unlinkMapRecord(map: usize): void {
  const next = recordGet<u32>(map, MAP_NEXT);
  const prev = recordGet<u32>(map, MAP_PREV);
  if (next) recordSet<u32>(next, MAP_PREV, prev);
  if (prev) recordSet<u32>(prev, MAP_NEXT, next);
  else hostSet<u32>(RT_MAPS, next);
}

/** A nil map of type `t`. */
export function makeNil(t: usize): usize {
  const map = newMapRecord(t, 0, 0, 0, 0, 0);
  if (!map) outOfRecords();
  return map;
}

/** A map whose header and buckets are there already, at `h`: those of an image that was read. */
export function adoptMap(
  t: usize, h: usize, elemOwned: u32, elemCount: u32, keyOwned: u32, keyCount: u32,
): usize {
  const map = newMapRecord(t, h, elemOwned, elemCount, keyOwned, keyCount);
  if (!map) outOfRecords();
  return map;
}

/**
 * make(map[K]V, hint). A negative hint, or one whose table would not fit the
 * address space, counts as none. With `drawn` the runtime draws hash0, else it
 * is `seed`. What elements and keys own is listed as release.ts reads it.
 */
export function makeMap(
  t: usize, hint: i64, drawn: bool, seed: u32,
  elemOwned: u32, elemCount: u32, keyOwned: u32, keyCount: u32,
): usize {
  // hint * bucketsize must not overflow, nor pass what Go would try.
  if (hint < 0 || <u64>hint > MAX_ALLOC / bucketSize(t)) hint = 0;
  let b: u32 = 0;
  while (overLoadFactor(hint, b)) b++;

  const h = allocate(hmapSize());
  if (!h) outOfMemory();
  let array: usize = 0;
  let x: usize = 0;
  if (b) {
    array = allocate(arraySize(t, b));
    if (!array) {
      freeObject(h);
      outOfMemory();
    }
    const nextOverflow = linkSpares(t, array, b);
    if (nextOverflow) {
      x = allocate(MAPEXTRA_SIZE);
      if (x) set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, nextOverflow);
    }
  }
  const complete = b < <u32>SPARE_MIN_B || x != 0;
  const map = complete ? newMapRecord(t, h, elemOwned, elemCount, keyOwned, keyCount) : 0;
  if (!map) {
    freeObject(h);
    freeObject(array);
    freeObject(x);
    if (complete) outOfRecords();
    outOfMemory();
  }
  setHash0(h, drawn ? drawHash0() : seed);
  setB(h, b);
  setBuckets(h, toAddress(array));
  setExtra(h, toAddress(x));
  return map;
}

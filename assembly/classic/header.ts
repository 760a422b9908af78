/**
 * Go's classic map, Go 1.19 to 1.23 (and 1.24, 1.25 without the Swiss map), on
 * Go's own bytes. What a release does its own way, its profile says.
 *
 * TERMS. A map is a header (`hmap`) that points to an array of 2^B buckets. A
 * bucket (`bmap`) has eight slots: eight tophash bytes, then eight keys, then
 * eight elements, then a link to an overflow bucket for when eight are not
 * enough. A tophash is the top byte of a key's hash, or one of five small
 * numbers that say why the slot is not filled (`shared/golayout.ts`). An array
 * of 16 buckets or more has spare ones behind it, which become overflow buckets
 * before any are allocated.
 *
 * PROBING. The low bits of the hash choose the bucket. In its chain the tophash
 * bytes are compared, eight at once, and only where one matches the key. An
 * emptyRest ends the search: behind it the chain holds nothing.
 *
 * ADDING. A key that the chain does not hold goes to the first empty slot of
 * the chain, or to a new overflow bucket. Before that, a map that is too full
 * (more than 6.5 entries a bucket) begins to grow to twice its size, one with
 * about as many overflow buckets as buckets to the same size; then the search
 * begins anew. A map has at most one growth under way.
 *
 * GROWING. The old array stays until each of its buckets is evacuated. Every
 * assignment and deletion evacuates the old bucket it is about to use and the
 * one at `nevacuate`. In a doubling the entries of old bucket i go to bucket i
 * (X) or i + 2^oldB (Y), by the bit of the hash that has become significant;
 * the old tophash says which. Lookups and iteration never move anything: a
 * lookup goes to the old bucket if it is not evacuated, else to the new one.
 *
 * DELETING. A deleted slot becomes emptyOne. If nothing follows it in the chain,
 * the run of emptyOne that it ends turns into emptyRest, backwards through the
 * chain. Maps never shrink; clearing keeps the array.
 *
 * ITERATING. An iterator (`hiter`) starts at a random bucket and, in each
 * bucket, at a random slot. It walks the array that was current when it began.
 * Meets it an entry that has moved on, it looks the key up again.
 *
 * What the language guarantees, and what keeps it so:
 *
 *  1. No entry is met twice. The iterator goes once around one array; of an
 *     old bucket that stands in for two new ones it takes only those entries
 *     that will come to the one it is at.
 *  2. An entry that is there from beginning to end is met. Old arrays and
 *     overflow buckets live as long as an iterator may need them. Go itself has
 *     a gap here: where a growth to the same size ends while the iterator is in
 *     the middle of an old bucket, it may take the NaNs that are left in it for
 *     entries of the other half of a doubling, and leave them out.
 *  3. An entry deleted before it is met is not met: an emptied slot is passed
 *     over, a moved entry looked up again.
 *  4. The element met is the present one, for the same reason.
 *  5. An entry added on the way may be met or not.
 *  6. A write to a nil map panics; reading, deleting from, clearing and
 *     ranging over one does nothing.
 *  7. A write during a write, a read during one and an iteration during one are
 *     fatal errors, as far as the hashWriting flag shows them.
 *  8. An entry cleared before it is met is not met, from Go 1.21 on: clearing
 *     first marks the slots of both arrays as empty, but a NaN in an array that
 *     the map has left is still met. From 1.24 on there is no such gap: the
 *     header counts the clears (`clearSeq`), and an iterator from before the
 *     last one looks every entry up. Up to 1.20 clearing wipes the current
 *     array and forgets the rest: an iterator that is in an old bucket, or in an
 *     overflow bucket, goes on to meet what was cleared.
 *
 * Beyond Go: an operation that runs out of memory changes nothing. What it may
 * need is set aside before the first byte changes (`memory/malloc.ts`).
 *
 * This file has the header: getters and setters named after the fields of
 * `hmap` and `mapextra`. `bucket.ts` has the bucket; the operations follow, a
 * file each.
 */
import {
  BUCKET_CNT, FLAG_HASH_WRITING, FLAG_SAME_SIZE_GROW, HMAP_B, HMAP_BUCKETS, HMAP_CLEAR_SEQ, HMAP_COUNT,
  HMAP_FLAGS, HMAP_HASH0, HMAP_NEVACUATE, HMAP_NOVERFLOW, HMAP_OLDBUCKETS, LOAD_FACTOR_DEN, MAPEXTRA_SIZE,
} from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import { MAP_HMAP, MAP_TYPE, RT_HMAP_EXTRA, RT_HMAP_SIZE, RT_LOAD_FACTOR_NUM } from "../shared/hostlayout.ts";
import { get, hostGet, recordGet, set } from "../memory/access.ts";
import { toOffsetOrNil } from "../memory/address.ts";
import { fail } from "../memory/outcome.ts";

/** The map's header; 0 for a nil map. */
// @ts-ignore: decorator
@inline
export function headerOf(map: usize): usize {
  return recordGet<u32>(map, MAP_HMAP);
}

// @ts-ignore: decorator
@inline
export function typeOf(map: usize): usize {
  return recordGet<u32>(map, MAP_TYPE);
}

// @ts-ignore: decorator
@inline
export function count(h: usize): u64 {
  return get<u64>(h, HMAP_COUNT);
}

// @ts-ignore: decorator
@inline
export function setCount(h: usize, value: u64): void {
  set<u64>(h, HMAP_COUNT, value);
}

// @ts-ignore: decorator
@inline
export function flags(h: usize): u32 {
  return get<u8>(h, HMAP_FLAGS);
}

// @ts-ignore: decorator
@inline
export function setFlags(h: usize, value: u32): void {
  set<u8>(h, HMAP_FLAGS, <u8>value);
}

// @ts-ignore: decorator
@inline
export function writing(h: usize): bool {
  return (flags(h) & FLAG_HASH_WRITING) != 0;
}

// @ts-ignore: decorator
@inline
export function B(h: usize): u32 {
  return get<u8>(h, HMAP_B);
}

// @ts-ignore: decorator
@inline
export function setB(h: usize, value: u32): void {
  set<u8>(h, HMAP_B, <u8>value);
}

// @ts-ignore: decorator
@inline
export function noverflow(h: usize): u32 {
  return get<u16>(h, HMAP_NOVERFLOW);
}

// @ts-ignore: decorator
@inline
export function setNoverflow(h: usize, value: u32): void {
  set<u16>(h, HMAP_NOVERFLOW, <u16>value);
}

// @ts-ignore: decorator
@inline
export function hash0(h: usize): u64 {
  return get<u32>(h, HMAP_HASH0);
}

// @ts-ignore: decorator
@inline
export function setHash0(h: usize, value: u32): void {
  set<u32>(h, HMAP_HASH0, value);
}

/**
 * Sets hashWriting for the time of a write. Only a fault in the middle of one
 * can show it: on trusted bytes there is none, so there it is not written.
 */
// @ts-ignore: decorator
@inline
export function beginWrite(h: usize): void {
  if (isDefined(GUARDED)) setFlags(h, flags(h) ^ FLAG_HASH_WRITING);
}

/** Takes hashWriting back; had someone else taken it, that is the fatal error. */
// @ts-ignore: decorator
@inline
export function endWrite(h: usize): void {
  if (isDefined(GUARDED)) {
    if (!writing(h)) fail(Outcome.ConcurrentWrites);
    setFlags(h, flags(h) & ~FLAG_HASH_WRITING);
  }
}

/** Address of the bucket array. */
// @ts-ignore: decorator
@inline
export function buckets(h: usize): u64 {
  return get<u64>(h, HMAP_BUCKETS);
}

// @ts-ignore: decorator
@inline
export function setBuckets(h: usize, address: u64): void {
  set<u64>(h, HMAP_BUCKETS, address);
}

/** Address of the old bucket array while the map grows, else nil. */
// @ts-ignore: decorator
@inline
export function oldbuckets(h: usize): u64 {
  return get<u64>(h, HMAP_OLDBUCKETS);
}

// @ts-ignore: decorator
@inline
export function setOldbuckets(h: usize, address: u64): void {
  set<u64>(h, HMAP_OLDBUCKETS, address);
}

/** Every old bucket below this number is evacuated. */
// @ts-ignore: decorator
@inline
export function nevacuate(h: usize): u64 {
  return get<u64>(h, HMAP_NEVACUATE);
}

// @ts-ignore: decorator
@inline
export function setNevacuate(h: usize, value: u64): void {
  set<u64>(h, HMAP_NEVACUATE, value);
}

/** Bytes of a header. */
// @ts-ignore: decorator
@inline
export function hmapSize(): u32 {
  return hostGet<u32>(RT_HMAP_SIZE);
}

/** How often the map was cleared. Only for releases whose header has it. */
// @ts-ignore: decorator
@inline
export function clearSeq(h: usize): u64 {
  return get<u64>(h, HMAP_CLEAR_SEQ);
}

// @ts-ignore: decorator
@inline
export function setClearSeq(h: usize, value: u64): void {
  set<u64>(h, HMAP_CLEAR_SEQ, value);
}

/** Address of the map's mapextra, or nil. Where it lies depends on the release. */
// @ts-ignore: decorator
@inline
export function extraAddress(h: usize): u64 {
  return get<u64>(h + hostGet<u32>(RT_HMAP_EXTRA), 0);
}

/** Offset of the map's mapextra, or 0. */
// @ts-ignore: decorator
@inline
export function extra(h: usize): usize {
  return toOffsetOrNil(extraAddress(h), MAPEXTRA_SIZE);
}

// @ts-ignore: decorator
@inline
export function setExtra(h: usize, address: u64): void {
  set<u64>(h + hostGet<u32>(RT_HMAP_EXTRA), 0, address);
}

/** 1 << b, with Go's masking of the shift count. */
// @ts-ignore: decorator
@inline
export function bucketShift(b: u32): u64 {
  return <u64>1 << (b & 63);
}

// @ts-ignore: decorator
@inline
export function bucketMask(b: u32): u64 {
  return bucketShift(b) - 1;
}

// @ts-ignore: decorator
@inline
export function growing(h: usize): bool {
  return oldbuckets(h) != 0;
}

// @ts-ignore: decorator
@inline
export function sameSizeGrow(h: usize): bool {
  return (flags(h) & FLAG_SAME_SIZE_GROW) != 0;
}

/** Buckets of the old array of a growing map. */
// @ts-ignore: decorator
@inline
export function noldbuckets(h: usize): u64 {
  return bucketShift(sameSizeGrow(h) ? B(h) : <u8>(B(h) - 1));
}

// @ts-ignore: decorator
@inline
export function oldbucketmask(h: usize): u64 {
  return noldbuckets(h) - 1;
}

/** Whether `entries` in 1 << b buckets is above the load at which a map grows. */
// @ts-ignore: decorator
@inline
export function overLoadFactor(entries: u64, b: u32): bool {
  const most = hostGet<u64>(RT_LOAD_FACTOR_NUM) * (bucketShift(b) / LOAD_FACTOR_DEN);
  return entries > <u64>BUCKET_CNT && entries > most;
}

/** Whether about as many overflow buckets as buckets are in use. */
// @ts-ignore: decorator
@inline
export function tooManyOverflowBuckets(overflows: u32, b: u32): bool {
  return overflows >= <u32>1 << min<u32>(b, 15);
}

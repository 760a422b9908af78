/**
 * The block: how a batch hides the memory's latency.
 *
 * A lookup in a table that no cache holds waits for three cache lines, one
 * after the other. wasm has no prefetch, so a batch takes its keys in blocks:
 * first all their hashes are worked out, then a loop with nothing else in it
 * loads the lines of their buckets, which arrive side by side, then each key is
 * looked for as ever, among lines that are near by now. Touching reads only: it
 * changes when things happen, never what. The sum of what was read is stored,
 * or the compiler would drop the loads.
 *
 * What was measured on the way (1e6 entries, ns a lookup):
 *  - The touch loop must be alone. With the hashing in it, or with the search of
 *    the block before it, the loads crowd each other out of the processor's
 *    window: 32 to 60, against 18.5.
 *  - Blocks of 64 to 256 keys do the same; three lines each of 256 keys fill the
 *    first cache.
 *  - Sorting the keys by bucket first: 31.6. Copying them costs more than it wins.
 */
import {
  AIM_RECORD, BLOCK_MAX, RT_BLOCK_ABOVE, RT_BLOCK_MOVING, RT_BLOCK_SUM, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { BUCKET_CNT, BUCKET_DATA, PTR_SIZE, STRING_SIZE, STRING_STR } from "../shared/golayout.ts";
import {
  copyValue, equalText, get, getHalf, hostGet, hostSet, recordGet, recordSet, set, zeroValue,
} from "../memory/access.ts";
import { elementOffset, toOffset, toOffsetOrNil } from "../memory/address.ts";
import { plainBytes } from "../hash/hasher.ts";
import {
  bucketSize, elemSize, elemType, hashMightPanic, indirectElem, indirectKey, reflexiveKey, typeSize,
} from "../types/maptype.ts";
import {
  B, bucketShift, buckets, nevacuate, noldbuckets, oldbucketmask, oldbuckets, sameSizeGrow,
} from "../classic/header.ts";
import { elemAt, keyAt } from "../classic/bucket.ts";
import { holds, isFast, isPlace, isString, slotSize } from "../classic/key.ts";
import { NOT_HERE } from "../classic/scan.ts";
import { aimOf, blockHash, placeOf, topsOf } from "./aim.ts";

/** Keys of a block. */
export const BLOCK: u32 = 128;
/** Keys of a block of lookups that find little: one line each is touched. */
export const WIDE_BLOCK: u32 = BLOCK_MAX;
/** Keys of a block on a map that grows, where a key takes nine lines and more. */
export const GROWING_BLOCK: u32 = 32;

/** A bucket of at most this many bytes is touched whole: three lines. */
const WHOLE: u32 = 192;
const LINE: u32 = 64;

/*
 * Elements that the loops are compiled for, as type parameters: u32 and u64 for
 * those of four and eight bytes, and these two.
 */
/** Of any size. */
export type AnyElem = i8;
/** Nobody asks for them. */
export type NoElem = i16;

/** Bytes from one element of a column to the next. */
// @ts-ignore: decorator
@inline
export function elemBytes<E>(t: usize): u32 {
  if (sizeof<E>() >= 4) return sizeof<E>();
  return sizeof<E>() == 1 ? typeSize(elemType(t)) : 0;
}

// @ts-ignore: decorator
@inline
export function copyElem<E>(to: usize, from: usize, size: u32): void {
  if (sizeof<E>() >= 4) set<E>(to, 0, get<E>(from, 0));
  else if (sizeof<E>() == 1) copyValue(to, from, size);
}

// @ts-ignore: decorator
@inline
export function zeroElem<E>(to: usize, size: u32): void {
  if (sizeof<E>() >= 4) set<E>(to, 0, 0);
  else if (sizeof<E>() == 1) zeroValue(to, size);
}

/** Bytes of a slot's element, known to the compiler where the type is. */
// @ts-ignore: decorator
@inline
export function elemWidth<E>(t: usize): u32 {
  return sizeof<E>() >= 4 ? sizeof<E>() : elemSize(t);
}

/** Bytes of a bucket, likewise. */
// @ts-ignore: decorator
@inline
export function bucketWidth<K, E>(t: usize): u32 {
  if (!isFast<K>() || sizeof<E>() < 4) return bucketSize(t);
  return BUCKET_DATA + BUCKET_CNT * (sizeof<K>() + sizeof<E>()) + PTR_SIZE;
}

/**
 * Whether keys may be hashed ahead of their turn: their hash draws nothing and
 * cannot fail. Bytes that are not trusted are never worked off in blocks.
 */
// @ts-ignore: decorator
@inline
export function inBlocks<K>(t: usize): bool {
  if (isDefined(GUARDED)) return false;
  return isFast<K>() || isString<K>() || (reflexiveKey(t) && !hashMightPanic(t));
}

/** Bytes by which a key is told from others, where it is not told by its value: `isKey` needs them. */
// @ts-ignore: decorator
@inline
export function countedBytes<K>(t: usize): u32 {
  return isFast<K>() ? sizeof<K>() : isPlace<K>() ? plainBytes(t) : 0;
}

/** Whether keys in their slots are compared as `isKey` does. */
// @ts-ignore: decorator
@inline
export function keysInSlots<K>(t: usize): bool {
  if (isFast<K>() || isString<K>()) return true;
  if (!isPlace<K>()) return false;
  return !indirectKey(t) && plainBytes(t) != 0;
}

/** Whether elements too are nothing but the bytes in their slots. */
// @ts-ignore: decorator
@inline
export function inSlots<K>(t: usize): bool {
  return keysInSlots<K>(t) && (!isPlace<K>() || !indirectElem(t));
}

/** Whether the arrays of the map are too large for the caches near by. */
// @ts-ignore: decorator
@inline
export function isFar(t: usize, h: usize): bool {
  return bucketShift(B(h)) * bucketSize(t) > <u64>hostGet<u32>(RT_BLOCK_ABOVE);
}

/** A bit for each slot of the bucket at `b` with this tophash: exactly these, lowest slot first. */
// @ts-ignore: decorator
@inline
export function slotsWith(b: usize, tops: v128): u32 {
  return i8x16.bitmask(i8x16.eq(getHalf(b), tops));
}

/** Writes a key that is no string to its slot at `k`. */
// @ts-ignore: decorator
@inline
export function storeKey<K>(k: usize, key: K, keysize: u32): void {
  if (isFast<K>()) set<K>(k, 0, key);
  else copyValue(k, <usize>key, keysize);
}

/** A bit for each empty slot of the bucket at `b`. */
// @ts-ignore: decorator
@inline
export function emptySlots(b: usize): u32 {
  return i8x16.bitmask(i8x16.lt_u(getHalf(b), i8x16.splat(2))) & 0xff;
}

/**
 * Whether the slot at `k` holds the key: an integer, a string, or one of which `counted` bytes are compared
 * (`plainBytes`).
 */
// @ts-ignore: decorator
@inline
export function isKey<K>(k: usize, key: K, counted: u32): bool {
  return isPlace<K>() ? equalText(k, <usize>key, counted) : holds<K>(0, k, key);
}

/** The slot of bucket `b` that holds such a key, whose tophash fills `tops`, or NOT_HERE. */
// @ts-ignore: decorator
@inline
export function slotOf<K>(b: usize, tops: v128, key: K, keysize: u32, counted: u32): u32 {
  for (let mask = slotsWith(b, tops); mask; mask &= mask - 1) {
    const i = <u32>ctz(mask);
    if (isKey<K>(keyAt(b, i, keysize), key, counted)) return i;
  }
  return NOT_HERE;
}

/** Whether the chain ends in the bucket at `b`, which does not hold the key. */
// @ts-ignore: decorator
@inline
export function isLast(b: usize): bool {
  return get<u8>(b, BUCKET_CNT - 1) == 0;
}

/** The bucket behind the one at `b`, whose size is known, or 0. */
// @ts-ignore: decorator
@inline
export function linkOf(b: usize, size: u32): usize {
  return toOffsetOrNil(get<u64>(b + size, -PTR_SIZE), size);
}

/** Touches the lines that searching the block's `n` buckets will need; `assigning`: writing to them too. */
export function touchBlock<K>(t: usize, n: u32, assigning: bool): void {
  const size = bucketSize(t);
  if (size == 144) touchThree(n, 2 * LINE, LINE);
  else if (size <= WHOLE) touchThree(n, size - PTR_SIZE, min<u32>(LINE, size - PTR_SIZE));
  else touchSlots<K>(t, n, assigning);
}

/** Three lines of each bucket. */
// @ts-ignore: decorator
@inline
function touchThree(n: u32, last: u32, middle: u32): void {
  let sum: u64 = 0;
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end; aim += AIM_RECORD) {
    const b = placeOf(aim);
    sum += get<u64>(b, 0) + get<u64>(b + middle, 0) + get<u64>(b + last, 0);
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
}

/** The first line of each bucket. */
export function touchFirst(n: u32): void {
  let sum: u64 = 0;
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end; aim += AIM_RECORD) sum += get<u64>(placeOf(aim), 0);
  hostSet<u64>(RT_BLOCK_SUM, sum);
}

/** Large buckets: the first line, then those of the slot that is likely to be the one. */
function touchSlots<K>(t: usize, n: u32, assigning: bool): void {
  touchFirst(n);
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);
  const link = bucketSize(t) - PTR_SIZE;
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const aim = aimOf(i);
    const b = placeOf(aim);
    let mask = slotsWith(b, topsOf(aim));
    if (assigning && mask == 0) mask = emptySlots(b);
    const slot = mask ? <u32>ctz(mask) : BUCKET_CNT - 1;
    sum += <u64>get<u8>(keyAt(b, slot, keysize), 0) + <u64>get<u8>(elemAt(b, slot, keysize, elemsize), 0);
    sum += get<u64>(b + link, 0);
  }
  if (isString<K>()) {
    for (let i: u32 = 0; i < n; i++) {
      const aim = aimOf(i);
      const b = placeOf(aim);
      // Only a slot that is filled has a pointer to follow; nil leads to the memory's first byte.
      const mask = slotsWith(b, topsOf(aim));
      if (mask) sum += <u64>get<u8>(toOffset(get<u64>(keyAt(b, <u32>ctz(mask), keysize), STRING_STR), 1), 0);
    }
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
}

/**
 * On a map that grows, touches what writing to the block's `n` keys will move:
 * their old buckets, those that are next in order, what hangs on both, and the
 * buckets that they move to. Strings that move are touched too, for they are hashed.
 */
// @ts-ignore: decorator
@inline
export function touchGrowing<K>(t: usize, h: usize, n: u32): void {
  const end = touchMoving(t, h, n);
  if (isString<K>()) touchTexts(end);
}

/** The first byte of each string in the first buckets of the list that ends at `end`. */
function touchTexts(end: usize): void {
  let sum: u64 = 0;
  for (let p: usize = RUNTIME_BASE + RT_BLOCK_MOVING; p < end; p += 4) {
    let k = keyAt(recordGet<u32>(p, 0), 0, STRING_SIZE);
    // Without a pointer, offset 0 is read: host memory that is always there.
    for (const behind = k + BUCKET_CNT * STRING_SIZE; k < behind; k += STRING_SIZE) {
      sum += <u64>get<u8>(toOffset(get<u64>(k, STRING_STR), 1), 0);
    }
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
}

/** All of it but strings. Where the list of the old buckets ends. */
function touchMoving(t: usize, h: usize, n: u32): usize {
  const size = bucketSize(t);
  const mask = oldbucketmask(h);
  const old = oldbuckets(h);
  const array = buckets(h);
  const far = sameSizeGrow(h) ? 0 : <usize>noldbuckets(h) * size;
  const middle = min<u32>(LINE, size - PTR_SIZE);
  const last = min<u32>(2 * LINE, size - PTR_SIZE);
  let moving: usize = RUNTIME_BASE + RT_BLOCK_MOVING;
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const index = blockHash(i) & mask;
    const b = elementOffset(old, index, size);
    const x = elementOffset(array, index, size);
    recordSet<u32>(moving, 0, <u32>b);
    moving += 4;
    sum += get<u64>(b, 0) + get<u64>(b + middle, 0) + get<u64>(b + last, 0);
    sum += get<u64>(x, 0) + get<u64>(x + middle, 0) + get<u64>(x + last, 0);
    sum += get<u64>(x + far, 0) + get<u64>(x + far + middle, 0) + get<u64>(x + far + last, 0);
  }
  let next = nevacuate(h);
  const stop = noldbuckets(h);
  for (let i: u32 = 0; i < n && next < stop; i++) {
    recordSet<u32>(moving, 0, <u32>elementOffset(old, next++, size));
    moving += 4;
  }
  for (let p: usize = RUNTIME_BASE + RT_BLOCK_MOVING; p < moving; p += 4) {
    // Without a link, offset 0 and what follows are read: host memory that is always there.
    const b = linkOf(recordGet<u32>(p, 0), size);
    sum += get<u64>(b, 0) + get<u64>(b + middle, 0) + get<u64>(b + last, 0);
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
  return moving;
}

/**
 * Setting many keys: what `assign` does for each in order, growth steps
 * included, a block at a time.
 *
 * Of integers, of floats that are like them, of strings, and of keys that are
 * plain memory in their slots, a block is worked off here as long as nothing but
 * a slot changes: an element overwritten, a key entered where its chain has room.
 * (While the map doubles that is done in `growing.ts`, but for strings.) What goes
 * beyond it, such as a new overflow bucket or the begin of a growth, and every key
 * of another kind, is an `assign` whose hash and lines are there already.
 */
import { BUCKET_CNT, LOAD_FACTOR_DEN, STRING_LEN, STRING_STR } from "../shared/golayout.ts";
import { MAP_ELEM_OWNED_COUNT, RT_BATCH_INDEX, RT_LOAD_FACTOR_NUM } from "../shared/hostlayout.ts";
import { copyApart, get, hostGet, hostSet, recordGet, set } from "../memory/access.ts";
import { refuel, toAddress } from "../memory/address.ts";
import { allocate, plenty, release } from "../memory/malloc.ts";
import { elemType, typeSize } from "../types/maptype.ts";
import {
  B, bucketShift, buckets, count, growing, headerOf, nevacuate, noverflow, sameSizeGrow, setCount,
  tooManyOverflowBuckets, typeOf,
} from "../classic/header.ts";
import { elemAt, keyAt, setTophash } from "../classic/bucket.ts";
import { assign, assignHashed } from "../classic/assign.ts";
import { growWork } from "../classic/grow.ts";
import { StringKey, isPlace, isString, slotSize, stringBytes, stringLength } from "../classic/key.ts";
import { NOT_HERE } from "../classic/scan.ts";
import { releaseElemOwned, storeElem } from "../classic/release.ts";
import {
  aimBlock, aimHashed, aimOf, blockHash, columnKey, floatWidth, ordinaryFloats, placeOf, stride, topOf,
  topsOf,
} from "./aim.ts";
import {
  AnyElem, BLOCK, bucketWidth, copyElem, countedBytes, elemWidth, emptySlots, inBlocks, inSlots, isFar, isKey,
  isLast, linkOf, slotOf, slotsWith, storeKey, touchBlock, touchGrowing,
} from "./block.ts";
import { growingBlock, setGrowing } from "./growing.ts";

/** So many keys are hashed at once even where one of them may begin a growth: all may be there already. */
const LEAST_BLOCK: u64 = 32;

/**
 * Assigns `n` elements to `n` keys. The entry under way stands in the host
 * state. With `finish`, a growth that begins is finished at once. The hashes of
 * the first `hashed` keys, which must be such as can be worked off in blocks,
 * stand at `hashes`.
 */
export function setColumn<K>(
  map: usize, keys: usize, elems: usize, n: u32, finish: bool, hashes: usize, hashed: u32,
): void {
  const h = headerOf(map);
  const t = typeOf(map);
  const keyStride = stride<K>(t);
  const elemStride = typeSize(elemType(t));
  let i: u32 = 0;
  while (i < n) {
    const ready = h != 0 && buckets(h) != 0;
    let worked: u32 = 0;
    if (ready && inBlocks<K>(t)) {
      let some = min(n - i, nextBlock(h));
      if (i < hashed) {
        some = min(some, hashed - i);
        aimHashed(t, h, hashes + <usize>i * 8, some);
      } else {
        aimBlock<K>(t, h, keys, some);
      }
      worked = setAimed<K, K>(map, t, h, keys, elems, i, some);
    } else if (ready && isPlace<K>()) {
      const width = floatWidth(t);
      if (width == 8) worked = setFloats<u64, f64>(map, t, h, keys, elems, i, n - i);
      else if (width == 4) worked = setFloats<u32, f32>(map, t, h, keys, elems, i, n - i);
    }
    if (worked == 0) {
      refuel();
      hostSet<u32>(RT_BATCH_INDEX, i);
      storeElem(map, assign<K>(map, columnKey<K>(keys)), elems);
      worked = 1;
    }
    if (finish && growing(h)) finishGrowth<K>(map, t, h);
    i += worked;
    keys += worked * keyStride;
    elems += worked * elemStride;
  }
}

/**
 * Floats, which are integers `K` to the bit as long as none of them is a zero or a NaN: sets those before the
 * next such one, or a block of them. How many, 0 if it comes first.
 */
function setFloats<K, F>(map: usize, t: usize, h: usize, keys: usize, elems: usize, i: u32, n: u32): u32 {
  if (isDefined(GUARDED)) return 0;
  const some = ordinaryFloats<F>(keys, min(n, nextBlock(h)));
  if (some == 0) return 0;
  aimBlock<K>(t, h, keys, some);
  return setAimed<K, F>(map, t, h, keys, elems, i, some);
}

// @ts-ignore: decorator
@inline
function nextBlock(h: usize): u32 {
  return growing(h) ? growingBlock(h) : settingBlock(h);
}

/**
 * Sets the `n` keys of a block, of which the first is number `i` of the batch, or as many of them as it can.
 * They are aimed at and compared as `K`, and what is more than that is done for them as `A`.
 */
// @ts-ignore: decorator
@inline
function setAimed<K, A>(map: usize, t: usize, h: usize, keys: usize, elems: usize, i: u32, n: u32): u32 {
  const grows = growing(h);
  if (isFar(t, h)) {
    if (grows) touchGrowing<K>(t, h, n);
    else touchBlock<K>(t, n, true);
  }
  hostSet<u32>(RT_BATCH_INDEX, i);
  // In which order a growing map allocates strings and buckets, and with which of them it runs out of memory,
  // is left to `assign`.
  const delicate = isString<K>() && (grows || !plenty());
  if (!inSlots<K>(t) || delicate || (grows && sameSizeGrow(h))) {
    assignBlock<A>(map, t, h, keys, elems, n);
    return n;
  }
  if (isString<K>()) return setBlock<K, AnyElem, A>(map, t, h, keys, elems, n);
  if (isPlace<K>()) {
    if (grows) return setGrowing<K, AnyElem, A>(map, t, h, keys, elems, n);
    return setBlock<K, AnyElem, A>(map, t, h, keys, elems, n);
  }
  const size = typeSize(elemType(t));
  if (grows) {
    if (size == 8) return setGrowing<K, u64, A>(map, t, h, keys, elems, n);
    if (size == 4) return setGrowing<K, u32, A>(map, t, h, keys, elems, n);
    return setGrowing<K, AnyElem, A>(map, t, h, keys, elems, n);
  }
  if (size == 8) return setBlock<K, u64, A>(map, t, h, keys, elems, n);
  if (size == 4) return setBlock<K, u32, A>(map, t, h, keys, elems, n);
  return setBlock<K, AnyElem, A>(map, t, h, keys, elems, n);
}

/** Keys of the next block: not many more than can be entered before the map begins to grow. */
// @ts-ignore: decorator
@inline
function settingBlock(h: usize): u32 {
  return <u32>min<u64>(max<u64>(room(h) + 1, LEAST_BLOCK), BLOCK);
}

/** Assigns every key of the block. */
function assignBlock<K>(map: usize, t: usize, h: usize, keys: usize, elems: usize, n: u32): void {
  const keyStride = stride<K>(t);
  const elemStride = typeSize(elemType(t));
  const first = hostGet<u32>(RT_BATCH_INDEX);
  for (let i: u32 = 0; i < n; i++) {
    hostSet<u32>(RT_BATCH_INDEX, first + i);
    storeElem(map, assignHashed<K>(map, t, h, columnKey<K>(keys), blockHash(i), false), elems);
    keys += keyStride;
    elems += elemStride;
  }
}

/**
 * Moves what is left in old buckets, in their order. Of a growth to the same size single calls
 * would not be so quick.
 */
export function finishGrowth<K>(map: usize, t: usize, h: usize): void {
  while (growing(h) && !sameSizeGrow(h) && plenty()) growWork<K>(map, t, h, nevacuate(h));
}

/** The most entries that 1 << b buckets hold before the map grows. */
// @ts-ignore: decorator
@inline
export function capacity(b: u32): u64 {
  return max<u64>(BUCKET_CNT, hostGet<u64>(RT_LOAD_FACTOR_NUM) * (bucketShift(b) / LOAD_FACTOR_DEN));
}

/** How many entries the map, which is not growing, takes before the next one begins a growth. */
function room(h: usize): u64 {
  const b = B(h);
  if (tooManyOverflowBuckets(noverflow(h), b)) return 0;
  const most = capacity(b);
  return count(h) < most ? most - count(h) : 0;
}

/** Bits of `slotFor`'s answer. */
const FOUND: u64 = 8;
const SLOT: u64 = 7;

/**
 * Where a key is, or would be entered, in the chain that begins at `b`: its bucket in the upper half, its
 * slot in the lower one, with FOUND if the key is there. 0: there is no room.
 */
function slotFor<K, E>(t: usize, b: usize, tops: v128, key: K, counted: u32): u64 {
  const size = bucketWidth<K, E>(t);
  const keysize = slotSize<K>(t);
  let free: u64 = 0;
  while (true) {
    const at = slotOf<K>(b, tops, key, keysize, counted);
    if (at != NOT_HERE) return ((<u64>b) << 32) | FOUND | <u64>at;
    if (free == 0) {
      const mask = emptySlots(b);
      if (mask) free = ((<u64>b) << 32) | <u64>ctz(mask);
    }
    if (isLast(b)) return free;
    b = linkOf(b, size);
    if (b == 0) return free;
  }
}

/**
 * Sets the block's keys, up to one that begins a growth. How many those are. Most are in the first
 * slot with their tophash, or new to a chain of one bucket: those go in a straight line.
 */
function setBlock<K, E, A>(map: usize, t: usize, h: usize, keys: usize, elems: usize, n: u32): u32 {
  const keyStride = stride<K>(t);
  const keysize = slotSize<K>(t);
  const counted = countedBytes<K>(t);
  const elemsize = elemWidth<E>(t);
  // No element of four or eight bytes owns anything.
  const owning = sizeof<E>() < 4 && recordGet<u32>(map, MAP_ELEM_OWNED_COUNT) != 0;
  const array = buckets(h);
  const block = hostGet<u32>(RT_BATCH_INDEX);
  let most = room(h);
  let left = most;
  let full = <u32>(left == 0);
  for (let i: u32 = 0; i < n; i++) {
    const aim = aimOf(i);
    const key = columnKey<K>(keys + i * keyStride);
    const elem = elems + i * elemsize;
    const b = placeOf(aim);
    const mask = slotsWith(b, topsOf(aim));
    if (mask) {
      const slot = <u32>ctz(mask);
      const k = keyAt(b, slot, keysize);
      if (isKey<K>(k, key, counted) && replaceKey<K>(map, k, key)) {
        const e = elemAt(b, slot, keysize, elemsize);
        if (owning) releaseElemOwned(map, e);
        copyElem<E>(e, elem, elemsize);
        continue;
      }
    } else if ((full | <u32>get<u8>(b, BUCKET_CNT - 1)) == 0) {
      if (enter<K, E>(b, <u32>ctz(emptySlots(b)), aim, key, elem, keysize, elemsize)) {
        full = <u32>(--left == 0);
        continue;
      }
    }
    const at = slotFor<K, E>(t, b, topsOf(aim), key, counted);
    const bucket = <usize>(at >> 32);
    if ((at & FOUND) != 0 && replaceKey<K>(map, keyAt(bucket, <u32>(at & SLOT), keysize), key)) {
      const e = elemAt(bucket, <u32>(at & SLOT), keysize, elemsize);
      if (owning) releaseElemOwned(map, e);
      copyElem<E>(e, elem, elemsize);
    } else if (
      bucket != 0 && (at & FOUND) == 0 && full == 0 &&
      enter<K, E>(bucket, <u32>(at & SLOT), aim, key, elem, keysize, elemsize)
    ) {
      full = <u32>(--left == 0);
    } else {
      setCount(h, count(h) + (most - left));
      hostSet<u32>(RT_BATCH_INDEX, block + i);
      const slow = columnKey<A>(keys + i * keyStride);
      storeElem(map, assignHashed<A>(map, t, h, slow, blockHash(i), false), elem);
      if (buckets(h) != array) return i + 1;
      most = room(h);
      left = most;
      full = <u32>(left == 0);
    }
  }
  setCount(h, count(h) + (most - left));
  return n;
}

/** Storage of its own for a string: 0 for an empty one, NO_STORAGE without memory. */
// @ts-ignore: decorator
@inline
function storageOf(key: StringKey): usize {
  const length = stringLength(key);
  if (length == 0) return 0;
  const storage = allocate(length);
  if (storage == 0) return NO_STORAGE;
  copyApart(storage, stringBytes(key), length);
  return storage;
}

/** No object begins there. */
const NO_STORAGE: usize = usize.MAX_VALUE;

/**
 * What `assign` does with a key that is there: a string in the slot at `k` gives way to the equal new one.
 * False without memory: then nothing is done.
 */
// @ts-ignore: decorator
@inline
function replaceKey<K>(map: usize, k: usize, key: K): bool {
  if (!isString<K>()) return true;
  const storage = storageOf(<StringKey>key);
  if (storage == NO_STORAGE) return false;
  release(map, <usize>get<u64>(k, STRING_STR));
  set<u64>(k, STRING_STR, toAddress(storage));
  return true;
}

/** Enters a key in an empty slot. The count is left to the caller. False without memory for its storage. */
// @ts-ignore: decorator
@inline
function enter<K, E>(
  b: usize, slot: u32, aim: usize, key: K, elem: usize, keysize: u32, elemsize: u32,
): bool {
  const k = keyAt(b, slot, keysize);
  if (isString<K>()) {
    const storage = storageOf(<StringKey>key);
    if (storage == NO_STORAGE) return false;
    set<u64>(k, STRING_STR, toAddress(storage));
    set<u64>(k, STRING_LEN, <u64>stringLength(<StringKey>key));
  } else {
    storeKey<K>(k, key, keysize);
  }
  copyElem<E>(elemAt(b, slot, keysize, elemsize), elem, elemsize);
  setTophash(b, slot, topOf(aim));
  return true;
}

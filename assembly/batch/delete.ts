/** Deleting many keys: what `remove` does for each in order, a block at a time. */
import { AIM_RECORD, RT_BATCH_INDEX } from "../shared/hostlayout.ts";
import { hostSet } from "../memory/access.ts";
import { refuel } from "../memory/address.ts";
import { elemSize, hasPointers, keyType } from "../types/maptype.ts";
import { count, growing, headerOf, typeOf } from "../classic/header.ts";
import { elemAt, keyAt } from "../classic/bucket.ts";
import { clearSlot, markEmpty, remove, removeHashed } from "../classic/delete.ts";
import { isPlace, slotSize } from "../classic/key.ts";
import { ownsStorage } from "../classic/release.ts";
import { NOT_HERE } from "../classic/scan.ts";
import {
  aimBlock, aimOf, blockHash, columnKey, floatWidth, ordinaryFloats, placeOf, stride, topsOf,
} from "./aim.ts";
import {
  AnyElem, BLOCK, GROWING_BLOCK, bucketWidth, countedBytes, elemWidth, inBlocks, isFar, isKey, isLast,
  keysInSlots, linkOf, slotOf, slotsWith, touchBlock, touchGrowing, zeroElem,
} from "./block.ts";

/** Deletes `n` keys. How many were there. */
export function deleteColumn<K>(map: usize, keys: usize, n: u32): u32 {
  const h = headerOf(map);
  const t = typeOf(map);
  const keyStride = stride<K>(t);
  let hits: u32 = 0;
  let i: u32 = 0;
  while (i < n) {
    let worked: u32 = 0;
    if (h != 0 && inBlocks<K>(t)) {
      // Such keys are not even hashed where there is nothing.
      if (count(h) == 0) return hits;
      const before = count(h);
      worked = min(n - i, growing(h) ? GROWING_BLOCK : BLOCK);
      deleteBlock<K, K>(map, t, h, keys, i, worked);
      hits += <u32>(before - count(h));
    } else if (h != 0 && isPlace<K>() && !isDefined(GUARDED)) {
      const width = floatWidth(t);
      if (width != 0 && count(h) == 0) return hits;
      const before = count(h);
      const most = min(n - i, growing(h) ? GROWING_BLOCK : BLOCK);
      // Floats that are neither zero nor NaN are integers to the bit.
      if (width == 8) {
        worked = ordinaryFloats<f64>(keys, most);
        if (worked) deleteBlock<u64, f64>(map, t, h, keys, i, worked);
      } else if (width == 4) {
        worked = ordinaryFloats<f32>(keys, most);
        if (worked) deleteBlock<u32, f32>(map, t, h, keys, i, worked);
      }
      hits += <u32>(before - count(h));
    }
    if (worked == 0) {
      refuel();
      hostSet<u32>(RT_BATCH_INDEX, i);
      hits += <u32>remove<K>(map, columnKey<K>(keys));
      worked = 1;
    }
    i += worked;
    keys += worked * keyStride;
  }
  return hits;
}

/** Deletes the `n` keys of a block, of which the first is number `done`: found as `K`, removed as `A`. */
// @ts-ignore: decorator
@inline
function deleteBlock<K, A>(map: usize, t: usize, h: usize, keys: usize, done: u32, n: u32): void {
  const grows = growing(h);
  aimBlock<K>(t, h, keys, n);
  if (isFar(t, h)) {
    if (grows) touchGrowing<K>(t, h, n);
    else touchBlock<K>(t, n, false);
  }
  if (!keysInSlots<K>(t) || grows) removeBlock<A>(map, t, h, keys, done, n);
  else if (isPlace<K>()) clearBlock<K, AnyElem, A>(map, t, h, keys, n);
  else if (elemSize(t) == 8) clearBlock<K, u64, A>(map, t, h, keys, n);
  else if (elemSize(t) == 4) clearBlock<K, u32, A>(map, t, h, keys, n);
  else clearBlock<K, AnyElem, A>(map, t, h, keys, n);
}

/**
 * Removes the block's keys until none is left in the map: then hash0 is another, and the rest is
 * not there.
 */
function removeBlock<K>(map: usize, t: usize, h: usize, keys: usize, done: u32, n: u32): void {
  const keyStride = stride<K>(t);
  for (let i: u32 = 0; i < n && count(h) != 0; i++) {
    hostSet<u32>(RT_BATCH_INDEX, done + i);
    removeHashed<K>(map, t, h, columnKey<K>(keys), blockHash(i));
    keys += keyStride;
  }
}

/**
 * The same for keys that are compared in their slots, on a map that is not growing. Most are in the first
 * slot with their tophash: those go in a straight line.
 */
function clearBlock<K, E, A>(map: usize, t: usize, h: usize, keys: usize, n: u32): void {
  const keyStride = stride<K>(t);
  const keysize = slotSize<K>(t);
  const counted = countedBytes<K>(t);
  const elemsize = elemWidth<E>(t);
  const plain = !ownsStorage(map, t) && !hasPointers(keyType(t));
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end && count(h) != 0; aim += AIM_RECORD) {
    const key = columnKey<K>(keys);
    const tops = topsOf(aim);
    const first = placeOf(aim);
    const mask = slotsWith(first, tops);
    let b = first;
    // 32 without a match: what lies there is read, and does not count.
    let slot = <u32>ctz(mask);
    if (mask == 0 || !isKey<K>(keyAt(first, slot, keysize), key, counted)) {
      b = mask == 0 && isLast(first) ? 0 : bucketOf<K, E>(t, first, tops, key, counted);
      if (b) slot = slotOf<K>(b, tops, key, keysize, counted);
    }
    if (b) {
      if (plain) {
        zeroElem<E>(elemAt(b, slot, keysize, elemsize), elemsize);
        markEmpty(t, h, first, b, slot);
      } else {
        clearSlot<A>(map, t, h, first, b, slot);
      }
    }
    keys += keyStride;
  }
}

/** The bucket of the chain at `b` that holds the key, or 0. */
function bucketOf<K, E>(t: usize, b: usize, tops: v128, key: K, counted: u32): usize {
  const size = bucketWidth<K, E>(t);
  const keysize = slotSize<K>(t);
  while (b) {
    if (slotOf<K>(b, tops, key, keysize, counted) != NOT_HERE) return b;
    if (isLast(b)) return 0;
    b = linkOf(b, size);
  }
  return 0;
}

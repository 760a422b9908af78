/** Deleting many keys: what `remove` does for each in order, a block at a time. */
import { BUCKET_DATA } from "../shared/golayout.ts";
import { AIM_RECORD, RT_BATCH_INDEX } from "../shared/hostlayout.ts";
import { get, hostSet } from "../memory/access.ts";
import { refuel } from "../memory/address.ts";
import { elemSize, hasPointers, keyType } from "../types/maptype.ts";
import { count, growing, headerOf, typeOf } from "../classic/header.ts";
import { elemAt } from "../classic/bucket.ts";
import { clearSlot, markEmpty, remove, removeHashed } from "../classic/delete.ts";
import { isFast } from "../classic/key.ts";
import { ownsStorage } from "../classic/release.ts";
import { NOT_HERE } from "../classic/scan.ts";
import { aimBlock, aimOf, blockHash, columnKey, placeOf, stride, topsOf } from "./aim.ts";
import {
  AnyElem, BLOCK, GROWING_BLOCK, bucketWidth, elemWidth, inBlocks, isFar, isLast, linkOf, slotOf, slotsWith,
  touchBlock, touchGrowing, zeroElem,
} from "./block.ts";

/** Deletes `n` keys. How many were there. */
export function deleteColumn<K>(map: usize, keys: usize, n: u32): u32 {
  const h = headerOf(map);
  const t = typeOf(map);
  const keyStride = stride<K>(t);
  let hits: u32 = 0;
  let i: u32 = 0;
  while (i < n) {
    let worked: u32 = 1;
    if (!inBlocks<K>(t) || h == 0) {
      refuel();
      hostSet<u32>(RT_BATCH_INDEX, i);
      hits += <u32>remove<K>(map, columnKey<K>(keys));
    } else {
      // Such keys are not even hashed where there is nothing.
      if (count(h) == 0) return hits;
      const before = count(h);
      const grows = growing(h);
      const fast = isFast<K>() && !grows;
      worked = min(n - i, grows ? GROWING_BLOCK : BLOCK);
      aimBlock<K>(t, h, keys, worked);
      if (isFar(t, h)) {
        if (grows) touchGrowing(t, h, worked);
        else touchBlock<K>(t, worked, false);
      }
      if (!fast) removeBlock<K>(map, t, h, keys, i, worked);
      else if (elemSize(t) == 8) clearBlock<K, u64>(map, t, h, keys, worked);
      else if (elemSize(t) == 4) clearBlock<K, u32>(map, t, h, keys, worked);
      else clearBlock<K, AnyElem>(map, t, h, keys, worked);
      hits += <u32>(before - count(h));
    }
    i += worked;
    keys += worked * keyStride;
  }
  return hits;
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
 * The same for integer keys on a map that is not growing. Most are in the first slot with their tophash:
 * those go in a straight line.
 */
function clearBlock<K, E>(map: usize, t: usize, h: usize, keys: usize, n: u32): void {
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
    if (mask == 0 || get<K>(first + slot * sizeof<K>(), BUCKET_DATA) != key) {
      b = mask == 0 && isLast(first) ? 0 : bucketOf<K, E>(t, first, tops, key);
      if (b) slot = slotOf<K>(b, tops, key);
    }
    if (b) {
      if (plain) {
        zeroElem<E>(elemAt(b, slot, sizeof<K>(), elemsize), elemsize);
        markEmpty(t, h, first, b, slot);
      } else {
        clearSlot<K>(map, t, h, first, b, slot);
      }
    }
    keys += sizeof<K>();
  }
}

/** The bucket of the chain at `b` that holds an integer key, or 0. */
function bucketOf<K, E>(t: usize, b: usize, tops: v128, key: K): usize {
  const size = bucketWidth<K, E>(t);
  while (b) {
    if (slotOf<K>(b, tops, key) != NOT_HERE) return b;
    if (isLast(b)) return 0;
    b = linkOf(b, size);
  }
  return 0;
}

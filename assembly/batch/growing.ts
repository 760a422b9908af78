/**
 * Setting many keys of plain memory while the map doubles: what `assign` does for each in order, with nothing
 * in between. Each key first moves its old bucket and the next in order.
 */
import { MAP_ELEM_OWNED_COUNT, RT_BATCH_INDEX } from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet } from "../memory/access.ts";
import { plenty } from "../memory/malloc.ts";
import { B, bucketMask, count, growing, nevacuate, noldbuckets, setCount } from "../classic/header.ts";
import { elemAt, keyAt, setTophash } from "../classic/bucket.ts";
import { assignHashed } from "../classic/assign.ts";
import { growWork } from "../classic/grow.ts";
import { slotSize } from "../classic/key.ts";
import { newoverflow } from "../classic/overflow.ts";
import { releaseElemOwned, storeElem } from "../classic/release.ts";
import { NOT_HERE } from "../classic/scan.ts";
import { aimOf, blockHash, columnKey, placeOf, topOf, topsOf } from "./aim.ts";
import {
  GROWING_BLOCK, bucketWidth, copyElem, countedBytes, elemWidth, emptySlots, isLast, linkOf, slotOf, storeKey,
} from "./block.ts";

/** Keys of the next block on a map that grows: not more than it takes at most to move what is left. */
// @ts-ignore: decorator
@inline
export function growingBlock(h: usize): u32 {
  return <u32>min<u64>(noldbuckets(h) - nevacuate(h), GROWING_BLOCK);
}

/**
 * Sets the block's keys, compared as `K` and moved as `A`, up to one that ends the growth; their aims and
 * whole hashes are worked out. How many those are. The map must be doubling.
 */
export function setGrowing<K, E, A>(
  map: usize, t: usize, h: usize, keys: usize, elems: usize, n: u32,
): u32 {
  const size = bucketWidth<K, E>(t);
  const keysize = slotSize<K>(t);
  const counted = countedBytes<K>(t);
  const elemsize = elemWidth<E>(t);
  const owning = recordGet<u32>(map, MAP_ELEM_OWNED_COUNT) != 0;
  const mask = bucketMask(B(h));
  const block = hostGet<u32>(RT_BATCH_INDEX);
  for (let i: u32 = 0; i < n; i++) {
    const hash = blockHash(i);
    const key = columnKey<K>(keys);
    // With little memory left, `assign` first makes sure of what moving takes.
    const ample = plenty();
    if (ample) growWork<A>(map, t, h, hash & mask);
    if (!ample || !growing(h)) {
      // The next growth can be due at once: there can be too many overflow buckets.
      hostSet<u32>(RT_BATCH_INDEX, block + i);
      storeElem(map, assignHashed<A>(map, t, h, columnKey<A>(keys), hash, ample), elems);
      if (!growing(h) || bucketMask(B(h)) != mask) return i + 1;
    } else {
      const aim = aimOf(i);
      const tops = topsOf(aim);
      let b = placeOf(aim);
      let e: usize = 0;
      let free: usize = 0;
      let slot: u32 = 0;
      while (true) {
        const at = slotOf<K>(b, tops, key, keysize, counted);
        if (at != NOT_HERE) {
          e = elemAt(b, at, keysize, elemsize);
          break;
        }
        if (free == 0) {
          const empty = emptySlots(b);
          if (empty) {
            free = b;
            slot = <u32>ctz(empty);
          }
        }
        if (isLast(b)) break;
        const next = linkOf(b, size);
        if (next == 0) break;
        b = next;
      }
      if (e) {
        if (owning) releaseElemOwned(map, e);
        copyElem<E>(e, elems, elemsize);
      } else {
        if (free == 0) {
          hostSet<u32>(RT_BATCH_INDEX, block + i);
          free = newoverflow(map, t, h, b);
          slot = 0;
        }
        storeKey<K>(keyAt(free, slot, keysize), key, keysize);
        copyElem<E>(elemAt(free, slot, keysize, elemsize), elems, elemsize);
        setTophash(free, slot, topOf(aim));
        setCount(h, count(h) + 1);
      }
    }
    keys += keysize;
    elems += elemsize;
  }
  return n;
}

/**
 * All entries as columns, in the order of an iteration.
 *
 * While nothing moves, an iterator goes once around one array: here it is taken
 * a bucket at a time. Everything else (a growth under way, entries held by
 * pointer, bytes that are not trusted) is left to `iterateNext`.
 */
import {
  BUCKET_CNT, HITER_B, HITER_BPTR, HITER_BUCKET, HITER_BUCKETS, HITER_CLEAR_SEQ, HITER_ELEM, HITER_I,
  HITER_KEY, HITER_OFFSET, HITER_START_BUCKET, HITER_WRAPPED,
} from "../shared/golayout.ts";
import { RT_CLEAR_MARKS, RT_CLEAR_SEQ, RT_RANDOM_INJECTED } from "../shared/hostlayout.ts";
import { copyPairs, copyValue, get, getHalf, hostGet, set } from "../memory/access.ts";
import { refuel, toAddress, toOffset } from "../memory/address.ts";
import { bucketSize, elemType, indirectElem, indirectKey, keyType, typeSize } from "../types/maptype.ts";
import { B, bucketShift, buckets, clearSeq, count, growing, headerOf, typeOf } from "../classic/header.ts";
import { bucketAt, elemAt, keyAt, tophashes } from "../classic/bucket.ts";
import { clearWiped, clearsByBuckets, wipeBucket } from "../classic/clear.ts";
import { arraySize } from "../classic/make.ts";
import { filled } from "../classic/move.ts";
import { filledBytes } from "../classic/slots.ts";
import { endIterator, hiterOf, iterate, iterateNext } from "../classic/iterate.ts";
import { AnyElem, copyElem, isFar, linkOf } from "./block.ts";

/**
 * Copies up to `n` entries, from the one on which the iterator stands, to two
 * columns (of strings: their 16-byte headers). How many; the iterator stands on
 * the next one.
 */
export function copyEntries(map: usize, iter: usize, keys: usize, elems: usize, n: u32): u32 {
  const h = headerOf(map);
  const t = typeOf(map);
  const keyStride = typeSize(keyType(t));
  const elemStride = typeSize(elemType(t));
  const it = hiterOf(iter);
  let i: u32 = 0;
  if (!isDefined(GUARDED)) {
    if (n && get<u64>(it, HITER_KEY) && atRest(t, h, it)) {
      i = keyStride == 8 && elemStride == 8
        ? copyBuckets<u64>(t, h, it, keys, elems, n)
        : copyBuckets<AnyElem>(t, h, it, keys, elems, n);
      if (get<u64>(it, HITER_KEY)) iterateNext(iter);
    }
  }
  while (i < n && get<u64>(it, HITER_KEY)) {
    copyValue(keys + i * keyStride, toOffset(get<u64>(it, HITER_KEY), keyStride), keyStride);
    copyValue(elems + i * elemStride, toOffset(get<u64>(it, HITER_ELEM), elemStride), elemStride);
    i++;
    refuel();
    iterateNext(iter);
  }
  return i;
}

/** Whether all that the iterator will still meet lies in the slots of one array. */
function atRest(t: usize, h: usize, it: usize): bool {
  if (growing(h) || indirectKey(t) || indirectElem(t)) return false;
  if (get<u64>(it, HITER_BUCKETS) != buckets(h) || get<u8>(it, HITER_B) != <u8>B(h)) return false;
  return hostGet<u32>(RT_CLEAR_SEQ) == 0 || get<u64>(it, HITER_CLEAR_SEQ) == clearSeq(h);
}

/**
 * Copies the entry on which the iterator stands, and as many buckets behind it
 * as there is room for. The iterator comes to stand behind the last of them;
 * its key is nil where there are no more. `T` is u64 where both sizes are eight.
 */
function copyBuckets<T>(t: usize, h: usize, it: usize, keys: usize, elems: usize, n: u32): u32 {
  const size = bucketSize(t);
  const keysize = sizeof<T>() == 8 ? 8 : typeSize(keyType(t));
  const elemsize = sizeof<T>() == 8 ? 8 : typeSize(elemType(t));
  const end = bucketShift(B(h));
  const start = get<u64>(it, HITER_START_BUCKET);
  const array = get<u64>(it, HITER_BUCKETS);
  const offset = <u32>get<u8>(it, HITER_OFFSET);
  const far = isFar(t, h);
  let wrapped = get<u8>(it, HITER_WRAPPED) != 0;
  let bucket = get<u64>(it, HITER_BUCKET);
  let b = <usize>get<u64>(it, HITER_BPTR);
  let first = <u32>get<u8>(it, HITER_I);
  copyElem<T>(keys, <usize>get<u64>(it, HITER_KEY), keysize);
  copyElem<T>(elems, <usize>get<u64>(it, HITER_ELEM), elemsize);
  keys += keysize;
  elems += elemsize;
  let left = n - 1;
  while (true) {
    if (b == 0) {
      if (bucket == start && wrapped) {
        set<u64>(it, HITER_KEY, 0);
        set<u64>(it, HITER_ELEM, 0);
        break;
      }
      b = bucketAt(t, array, bucket++);
      if (bucket == end) {
        bucket = 0;
        wrapped = true;
      }
      first = 0;
    }
    if (left < <u32>BUCKET_CNT) break;
    // The slots in the order in which the iterator meets them, from `first` on.
    let mask = filled(rotr<u64>(tophashes(b), offset * 8));
    if (first) mask = first == BUCKET_CNT ? 0 : mask & (<u64>-1 << (first * 8));
    if (far) {
      // Which slots are filled is what no predictor knows, and there are too many buckets to learn it:
      // each slot is
      // written, and the next one over it unless it counted. (In a small table the loop below is faster.)
      for (let j: u32 = 0; j < <u32>BUCKET_CNT; j++) {
        const slot = (j + offset) & (BUCKET_CNT - 1);
        const counts = <u32>(mask >> 7) & 1;
        copyElem<T>(keys, keyAt(b, slot, keysize), keysize);
        copyElem<T>(elems, elemAt(b, slot, keysize, elemsize), elemsize);
        keys += keysize * counts;
        elems += elemsize * counts;
        left -= counts;
        mask >>= 8;
      }
    } else {
      left -= <u32>popcnt(mask);
      for (; mask; mask &= mask - 1) {
        const slot = ((<u32>ctz(mask) >> 3) + offset) & (BUCKET_CNT - 1);
        copyElem<T>(keys, keyAt(b, slot, keysize), keysize);
        copyElem<T>(elems, elemAt(b, slot, keysize, elemsize), elemsize);
        keys += keysize;
        elems += elemsize;
      }
    }
    b = linkOf(b, size);
    first = 0;
  }
  set<u64>(it, HITER_BUCKET, bucket);
  set<u64>(it, HITER_BPTR, toAddress(b));
  set<u8>(it, HITER_I, <u8>first);
  set<u8>(it, HITER_WRAPPED, <u8>wrapped);
  return n - left;
}

/** Answer of `drainMap`: nothing was done. */
const NOT_DRAINED: u32 = u32.MAX_VALUE;

/**
 * Copies all entries to two columns of `n` entries, and clears the map: each bucket is wiped while it is near
 * by, which takes a third off doing one behind the other (1e6 entries). How many entries, or NOT_DRAINED
 * where that cannot be told from copying and clearing only for maps of plain values that do not grow.
 */
export function drainMap(map: usize, keys: usize, elems: usize, n: u32): u32 {
  const h = headerOf(map);
  const t = typeOf(map);
  if (h == 0 || count(h) == 0 || count(h) > n || !clearsByBuckets(map, t, h)) return NOT_DRAINED;
  // What a caller's draw throws must find the entries where they were.
  if (hostGet<u32>(RT_RANDOM_INJECTED)) return NOT_DRAINED;
  const total = <u32>count(h);
  const iter = iterate(map);
  if (typeSize(keyType(t)) == 8 && typeSize(elemType(t)) == 8) {
    takeBuckets<u64>(t, h, hiterOf(iter), keys, elems, total);
  } else {
    takeBuckets<AnyElem>(t, h, hiterOf(iter), keys, elems, total);
  }
  endIterator(iter);
  clearWiped(map, t, h);
  return total;
}

/** Copies the `left` entries of a map, bucket by bucket from where the iterator began, and wipes them. */
function takeBuckets<T>(t: usize, h: usize, it: usize, keys: usize, elems: usize, left: u32): void {
  const size = bucketSize(t);
  const keysize = sizeof<T>() == 8 ? 8 : typeSize(keyType(t));
  const elemsize = sizeof<T>() == 8 ? 8 : typeSize(elemType(t));
  const array = bucketAt(t, buckets(h), 0);
  const bytes = <usize>arraySize(t, B(h));
  const end = bucketAt(t, buckets(h), bucketShift(B(h)));
  const start = bucketAt(t, buckets(h), get<u64>(it, HITER_START_BUCKET));
  const offset = <u32>get<u8>(it, HITER_OFFSET);
  const marks = hostGet<u32>(RT_CLEAR_MARKS) != 0;
  let first = start;
  do {
    let b = first;
    while (b) {
      const slots = i8x16.bitmask(filledBytes(getHalf(b))) & 0xff;
      const entries = <u32>popcnt(slots);
      if (sizeof<T>() == 8 && left >= 2 * BUCKET_CNT && (slots & (slots + 1)) == 0) {
        // No gap: they are two stretches, of which more is copied than is there, and the next one over it.
        const above = max<i32>(<i32>(entries - offset), 0);
        copyPairs(keys, keyAt(b, offset, 8), BUCKET_CNT - offset);
        copyPairs(elems, elemAt(b, offset, 8, 8), BUCKET_CNT - offset);
        copyPairs(keys + above * 8, keyAt(b, 0, 8), offset);
        copyPairs(elems + above * 8, elemAt(b, 0, 8, 8), offset);
        keys += entries * 8;
        elems += entries * 8;
      } else {
        for (let mask = ((slots | (slots << 8)) >> offset) & 0xff; mask; mask &= mask - 1) {
          const slot = (<u32>ctz(mask) + offset) & (BUCKET_CNT - 1);
          copyElem<T>(keys, keyAt(b, slot, keysize), keysize);
          copyElem<T>(elems, elemAt(b, slot, keysize, elemsize), elemsize);
          keys += keysize;
          elems += elemsize;
        }
      }
      left -= entries;
      const next = linkOf(b, size);
      wipeBucket(b, size, array, bytes, marks);
      b = next;
    }
    first += size;
    if (first == end) first = array;
  } while (first != start);
}

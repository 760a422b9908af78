/** Iteration (`mapiterinit`, `mapiternext`) on a real `hiter` of the Go heap. */
import {
  BUCKET_CNT, EVACUATED_EMPTY, EVACUATED_X, EVACUATED_Y, FLAG_HASH_WRITING, FLAG_ITERATOR, FLAG_OLD_ITERATOR,
  HITER_B, HITER_BPTR, HITER_BUCKET, HITER_BUCKETS, HITER_CHECK_BUCKET, HITER_ELEM, HITER_H, HITER_I,
  HITER_KEY, HITER_OFFSET, HITER_OLDOVERFLOW, HITER_OVERFLOW, HITER_CLEAR_SEQ, HITER_START_BUCKET, HITER_T,
  HITER_WRAPPED, MAPEXTRA_OLDOVERFLOW, MAPEXTRA_OVERFLOW,
} from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import {
  ITER_EMPTY, ITER_HITER, ITER_MAP, ITER_NEXT, ITER_PREV, MAP_ITERATORS, MAP_ITER_LIST, MAP_PINNED,
  RT_CLEAR_SEQ, RT_HITER_SIZE,
} from "../shared/hostlayout.ts";
import { get, hostGet, recordGet, recordSet, set } from "../memory/access.ts";
import { step, toAddress, toOffset, toOffsetOrNil } from "../memory/address.ts";
import { allocate, endDeferring, outOfMemory, outOfRecords, settle } from "../memory/malloc.ts";
import { fail } from "../memory/outcome.ts";
import { freeRecord, newRecord } from "../memory/pool.ts";
import { drawIteration } from "../memory/random.ts";
import { freeObject } from "../memory/spans.ts";
import { equalKeys, hashKey } from "../hash/hasher.ts";
import { bucketSize, bucketType, hasPointers, keyType, reflexiveKey } from "../types/maptype.ts";
import {
  B, bucketMask, bucketShift, buckets, clearSeq, count, extra, flags, growing, hash0, headerOf, hmapSize,
  oldbucketmask, oldbuckets, sameSizeGrow, setFlags, typeOf, writing,
} from "./header.ts";
import { bucketAt, elemSlot, evacuated, isEmpty, keySlot, overflow, tophash } from "./bucket.ts";
import { elemIn, locate, locatedElem, locatedKey, NOWHERE } from "./access.ts";
import { keyIn } from "./key.ts";
import { createOverflow, reserveCreate } from "./overflow.ts";

/** checkBucket's value for "nothing to check": all ones. */
const NO_CHECK: u64 = <u64>-1;

/** The iterator's hiter, for reading its key and element. */
// @ts-ignore: decorator
@inline
export function hiterOf(iter: usize): usize {
  return recordGet<u32>(iter, ITER_HITER);
}

/**
 * Begins an iteration: the record of an iterator that stands on the first
 * entry. Its hiter's key is nil where there is none.
 */
export function iterate(map: usize): usize {
  const h = headerOf(map);
  const t = typeOf(map);
  const listed = h != 0 && count(h) != 0 && !hasPointers(bucketType(t));
  if (listed && !reserveCreate()) outOfMemory();
  const it = allocate(hostGet<u32>(RT_HITER_SIZE));
  if (!it) outOfMemory();
  const iter = newRecord();
  if (!iter) {
    freeObject(it);
    outOfRecords();
  }
  recordSet<u32>(iter, ITER_HITER, <u32>it);
  recordSet<u32>(iter, ITER_MAP, <u32>map);
  const next = recordGet<u32>(map, MAP_ITER_LIST);
  recordSet<u32>(iter, ITER_NEXT, next);
  if (next) recordSet<u32>(next, ITER_PREV, <u32>iter);
  recordSet<u32>(map, MAP_ITER_LIST, <u32>iter);
  recordSet<u32>(map, MAP_ITERATORS, recordGet<u32>(map, MAP_ITERATORS) + 1);
  if (h == 0 || count(h) == 0) recordSet<u32>(iter, ITER_EMPTY, 1);
  start(map, t, h, it, listed);
  settle();
  return iter;
}

/** `mapiterinit`. */
function start(map: usize, t: usize, h: usize, it: usize, listed: bool): void {
  set<u64>(it, HITER_T, <u64>t);
  if (h == 0 || count(h) == 0) return;
  const b = B(h);
  set<u64>(it, HITER_H, toAddress(h));
  if (hostGet<u32>(RT_CLEAR_SEQ)) set<u64>(it, HITER_CLEAR_SEQ, clearSeq(h));
  set<u8>(it, HITER_B, <u8>b);
  set<u64>(it, HITER_BUCKETS, buckets(h));
  if (listed) {
    // The lists keep the overflow buckets alive that the iterator may still walk (guarantee 2).
    createOverflow(h);
    set<u64>(it, HITER_OVERFLOW, get<u64>(extra(h), MAPEXTRA_OVERFLOW));
    set<u64>(it, HITER_OLDOVERFLOW, get<u64>(extra(h), MAPEXTRA_OLDOVERFLOW));
  }
  const r = drawIteration(b);
  const startBucket = r & bucketMask(b);
  set<u64>(it, HITER_START_BUCKET, startBucket);
  set<u8>(it, HITER_OFFSET, <u8>((b >= 64 ? 0 : r >> b) & (BUCKET_CNT - 1)));
  set<u64>(it, HITER_BUCKET, startBucket);
  setFlags(h, flags(h) | FLAG_ITERATOR | FLAG_OLD_ITERATOR);
  if (growing(h)) recordSet<u32>(map, MAP_PINNED, 1);
  advance(t, it);
}

/** Moves an iterator to its next entry (`mapiternext`). */
export function iterateNext(iter: usize): void {
  if (recordGet<u32>(iter, ITER_EMPTY)) return;
  advance(typeOf(recordGet<u32>(iter, ITER_MAP)), hiterOf(iter));
}

/** The type is the map's own: the hiter's copy could be forged. */
function advance(t: usize, it: usize): void {
  const h = toOffset(get<u64>(it, HITER_H), hmapSize());
  if (flags(h) & FLAG_HASH_WRITING) fail(Outcome.ConcurrentIteration);
  const cleared = hostGet<u32>(RT_CLEAR_SEQ) != 0 && get<u64>(it, HITER_CLEAR_SEQ) != clearSeq(h);
  const array = get<u64>(it, HITER_BUCKETS);
  const itB = <u32>get<u8>(it, HITER_B);
  const offset = <u32>get<u8>(it, HITER_OFFSET);
  let bucket = get<u64>(it, HITER_BUCKET);
  let b = toOffsetOrNil(get<u64>(it, HITER_BPTR), bucketSize(t));
  let i = <u32>get<u8>(it, HITER_I);
  let checkBucket = get<u64>(it, HITER_CHECK_BUCKET);

  while (true) {
    if (b == 0) {
      if (bucket == get<u64>(it, HITER_START_BUCKET) && get<u8>(it, HITER_WRAPPED)) {
        set<u64>(it, HITER_KEY, 0);
        set<u64>(it, HITER_ELEM, 0);
        return;
      }
      checkBucket = NO_CHECK;
      if (growing(h) && itB == B(h)) {
        // Begun in the middle of a growth that goes on: an old bucket that has not moved yet
        // stands in for the new one, for those of its entries that will come here (guarantee 1).
        b = bucketAt(t, oldbuckets(h), bucket & oldbucketmask(h));
        if (evacuated(b)) b = bucketAt(t, array, bucket);
        else checkBucket = bucket;
      } else {
        b = bucketAt(t, array, bucket);
      }
      bucket++;
      if (bucket == bucketShift(itB)) {
        bucket = 0;
        set<u8>(it, HITER_WRAPPED, 1);
      }
      i = 0;
    }
    for (; i < <u32>BUCKET_CNT; i++) {
      const slot = (i + offset) & (BUCKET_CNT - 1);
      const top = tophash(b, slot);
      if (isEmpty(top) || top == EVACUATED_EMPTY) continue;
      const key = keyIn(t, keySlot(t, b, slot));
      const repeatable = reflexiveKey(t) || equalKeys(keyType(t), key, key);
      if (checkBucket != NO_CHECK && !sameSizeGrow(h)) {
        if (repeatable) {
          if ((hashKey(t, key, hash0(h)) & bucketMask(itB)) != checkBucket) continue;
        } else if (checkBucket >> ((itB - 1) & 63) != <u64>(top & 1)) {
          // The hash of a NaN cannot be repeated: the low bit of its tophash says where it will go.
          continue;
        }
      }
      if (!cleared && ((top != EVACUATED_X && top != EVACUATED_Y) || !repeatable)) {
        set<u64>(it, HITER_KEY, toAddress(key));
        set<u64>(it, HITER_ELEM, toAddress(elemIn(t, elemSlot(t, b, slot))));
      } else {
        // The entry has moved since, where it may have been changed or deleted (guarantees 3 and 4), or the
        // map was cleared.
        const place = locate(t, h, key);
        if (place == NOWHERE) continue;
        set<u64>(it, HITER_KEY, toAddress(keyIn(t, locatedKey(t, place))));
        set<u64>(it, HITER_ELEM, toAddress(elemIn(t, locatedElem(t, place))));
      }
      set<u64>(it, HITER_BUCKET, bucket);
      set<u64>(it, HITER_BPTR, toAddress(b));
      set<u8>(it, HITER_I, <u8>(i + 1));
      set<u64>(it, HITER_CHECK_BUCKET, checkBucket);
      return;
    }
    step();
    b = overflow(t, b);
    i = 0;
  }
}

/** Ends an iterator: its hiter and record are free afterwards, and so is what waited for it. */
export function endIterator(iter: usize): void {
  const map = <usize>recordGet<u32>(iter, ITER_MAP);
  const next = recordGet<u32>(iter, ITER_NEXT);
  const prev = recordGet<u32>(iter, ITER_PREV);
  if (next) recordSet<u32>(next, ITER_PREV, prev);
  if (prev) recordSet<u32>(prev, ITER_NEXT, next);
  else recordSet<u32>(map, MAP_ITER_LIST, next);
  freeObject(hiterOf(iter));
  freeRecord(iter);
  const left = recordGet<u32>(map, MAP_ITERATORS) - 1;
  recordSet<u32>(map, MAP_ITERATORS, left);
  if (left == 0 && recordGet<u32>(map, MAP_PINNED) == 0) endDeferring(map);
}

/** Ends every live iterator of a map. */
export function endAllIterators(map: usize): void {
  while (recordGet<u32>(map, MAP_ITER_LIST)) endIterator(recordGet<u32>(map, MAP_ITER_LIST));
}

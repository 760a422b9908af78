/** Clearing a map (`mapclear`), and giving a whole map back. */
import {
  BUCKET_CNT, FLAG_SAME_SIZE_GROW, MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_SIZE, MIN_TOP_HASH, PTR_SIZE, SLICE_ARRAY,
  SLICE_LEN,
} from "../shared/golayout.ts";
import { Invariant, Outcome } from "../shared/codes.ts";
import { MAP_NEXT, MAP_SUSPECT, RT_CLEAR_MARKS, RT_CLEAR_SEQ, RT_MAPS } from "../shared/hostlayout.ts";
import { get, hostGet, recordGet, recordSet, set, zeroBytes, zeroWords } from "../memory/access.ts";
import { step, toOffsetWide } from "../memory/address.ts";
import { release, retire, takeApart, unpin } from "../memory/malloc.ts";
import { fail } from "../memory/outcome.ts";
import { freeRecord } from "../memory/pool.ts";
import { drawHash0 } from "../memory/random.ts";
import { bucketSize, bucketType, hasPointers } from "../types/maptype.ts";
import {
  B, beginWrite, bucketShift, buckets, clearSeq, count, endWrite, extra, flags, headerOf, noldbuckets,
  oldbuckets, setClearSeq, setCount, setFlags, setHash0, setNevacuate, setNoverflow, setOldbuckets, typeOf,
  writing,
} from "./header.ts";
import {
  bucketAt, bucketOrNil, elemSlot, keySlot, notNil, overflow, setTophashes, tophash,
} from "./bucket.ts";
import { arraySize, linkSpares, unlinkMapRecord } from "./make.ts";
import { oldOverflowList, overflowList } from "./overflow.ts";
import { ownsStorage, releaseEntry } from "./release.ts";
import { endAllIterators } from "./iterate.ts";
import { settleArray } from "./wipe.ts";
import { verify } from "./invariants.ts";

/** Frees what the entries of `n` buckets at `array` own. */
function releaseEntries(map: usize, t: usize, array: u64, n: u64): void {
  for (let i: u64 = 0; i < n; i++) {
    let b = bucketAt(t, array, i);
    while (b) {
      for (let j: u32 = 0; j < <u32>BUCKET_CNT; j++) {
        if (tophash(b, j) >= <u32>MIN_TOP_HASH) releaseEntry(map, t, keySlot(t, b, j), elemSlot(t, b, j));
      }
      b = overflow(t, b);
    }
  }
}

/** Marks every slot of `n` chains at `array` as empty. */
function markEmpty(t: usize, array: u64, n: u64): void {
  for (let i: u64 = 0; i < n; i++) {
    let b = bucketOrNil(t, array, i);
    while (b) {
      setTophashes(b, 0);
      step();
      b = overflow(t, b);
    }
  }
}

/** Frees what all entries own. */
function releaseAllEntries(map: usize, t: usize, h: usize): void {
  if (!ownsStorage(map, t)) return;
  // An evacuated old bucket holds no live tophash, so no entry is met twice.
  if (oldbuckets(h)) releaseEntries(map, t, oldbuckets(h), noldbuckets(h));
  if (buckets(h)) releaseEntries(map, t, buckets(h), bucketShift(B(h)));
}

/** Frees the old array, and the overflow buckets of the current one. */
function releaseBuckets(map: usize, t: usize, h: usize): void {
  const x = extra(h);
  if (oldbuckets(h)) {
    retire(map, <usize>oldbuckets(h), <u32>noldbuckets(h), bucketSize(t), oldOverflowList(x));
  }
  const list = overflowList(x);
  if (list) {
    const array = <usize>get<u64>(list, SLICE_ARRAY);
    const length = <usize>get<u64>(list, SLICE_LEN);
    for (let i: usize = 0; i < length; i++) release(map, <usize>get<u64>(array + i * PTR_SIZE, 0));
    release(map, array);
    release(map, list);
  } else if (buckets(h)) {
    for (let i: u64 = 0; i < bucketShift(B(h)); i++) {
      let b = overflow(t, bucketAt(t, buckets(h), i));
      while (b) {
        const next = overflow(t, b);
        release(map, b);
        b = next;
      }
    }
  }
}

/** clear(m): the entries go, the array stays and is wiped. Nothing happens on a nil or empty map. */
export function clear(map: usize): void {
  const h = headerOf(map);
  const t = typeOf(map);
  if (h == 0 || count(h) == 0) return;
  if (writing(h)) fail(Outcome.ConcurrentWrites);
  beginWrite(h);
  settleArray(map);
  const trusted = !recordGet<u32>(map, MAP_SUSPECT);
  if (trusted) releaseAllEntries(map, t, h);
  if (hostGet<u32>(RT_CLEAR_MARKS)) {
    // An iterator on these buckets shall find nothing more in them.
    markEmpty(t, buckets(h), bucketShift(B(h)));
    if (oldbuckets(h)) markEmpty(t, oldbuckets(h), noldbuckets(h));
  }
  if (trusted) releaseBuckets(map, t, h);
  resetHeader(map, h);
  if (isDefined(GUARDED)) {
    // Go allocates an array then, and forgets it.
    if (buckets(h) == 0) {
      endWrite(h);
      return;
    }
  }
  const size = arraySize(t, B(h));
  zeroBytes(toOffsetWide(buckets(h), size), <usize>size);
  resetSpares(t, h);
  endWrite(h);
}

function resetHeader(map: usize, h: usize): void {
  unpin(map);
  setFlags(h, flags(h) & ~FLAG_SAME_SIZE_GROW);
  setOldbuckets(h, 0);
  setNevacuate(h, 0);
  setNoverflow(h, 0);
  setCount(h, 0);
  setHash0(h, drawHash0());
  if (hostGet<u32>(RT_CLEAR_SEQ)) setClearSeq(h, clearSeq(h) + 1);
  const x = extra(h);
  if (x) zeroBytes(x, MAPEXTRA_SIZE);
}

/** Makes the spare buckets of the wiped array spare again. */
function resetSpares(t: usize, h: usize): void {
  const size = arraySize(t, B(h));
  const nextOverflow = linkSpares(t, toOffsetWide(buckets(h), size), B(h));
  if (nextOverflow) set<u64>(notNil(extra(h)), MAPEXTRA_NEXT_OVERFLOW, nextOverflow);
}

/**
 * Whether clearing the map does nothing to its chains but what `wipeBucket` does: no entry owns anything, and
 * the overflow buckets are in a list, so that no link is needed to find them.
 */
export function clearsByBuckets(map: usize, t: usize, h: usize): bool {
  return !isDefined(GUARDED) && !recordGet<u32>(map, MAP_SUSPECT) && !writing(h) && oldbuckets(h) == 0 &&
    !ownsStorage(map, t) && !hasPointers(bucketType(t));
}

/** What clearing does to a bucket of the array, of `bytes` bytes, or to an overflow bucket elsewhere. */
// @ts-ignore: decorator
@inline
export function wipeBucket(b: usize, size: u32, array: usize, bytes: usize, marks: bool): void {
  // Elsewhere the bytes stay: an iterator or a dangling pointer can still lead there.
  if (b - array < bytes) zeroWords(b, size);
  else if (marks) setTophashes(b, 0);
}

/**
 * Clears a map whose buckets have all been wiped, each as `wipeBucket` does it. Of the spare buckets those in
 * use hung on others, and were wiped with them; the rest are zero but for the mark in the last one.
 */
export function clearWiped(map: usize, t: usize, h: usize): void {
  releaseBuckets(map, t, h);
  resetHeader(map, h);
  resetSpares(t, h);
}

/** Whether another live map's header leads to the same memory as this one's: a copied header. */
function shares(map: usize): bool {
  const h = headerOf(map);
  if (h == 0) return false;
  for (let other = <usize>hostGet<u32>(RT_MAPS); other; other = recordGet<u32>(other, MAP_NEXT)) {
    const o = headerOf(other);
    if (other == map || o == 0) continue;
    if (buckets(h) && (buckets(h) == buckets(o) || buckets(h) == oldbuckets(o))) return true;
    if (oldbuckets(h) && (oldbuckets(h) == buckets(o) || oldbuckets(h) == oldbuckets(o))) return true;
    if (extra(h) && extra(h) == extra(o)) return true;
  }
  return false;
}

/** Gives everything of the map back, its live iterators with it. The record is free afterwards. */
export function freeMap(map: usize): void {
  const h = headerOf(map);
  endAllIterators(map);
  unpin(map);
  // What was written from outside may all the same be a map in order, and then it can be freed.
  if (recordGet<u32>(map, MAP_SUSPECT) && verify(map) == Invariant.None && !shares(map)) {
    recordSet<u32>(map, MAP_SUSPECT, 0);
  }
  if (h && !recordGet<u32>(map, MAP_SUSPECT)) {
    const t = typeOf(map);
    settleArray(map);
    releaseAllEntries(map, t, h);
    releaseBuckets(map, t, h);
    release(map, <usize>buckets(h));
    release(map, extra(h));
    release(map, h);
    takeApart(-1);
  }
  unlinkMapRecord(map);
  freeRecord(map);
}

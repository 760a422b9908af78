/** Deletion (`mapdelete` and its fast forms). */
import { BUCKET_CNT, EMPTY_ONE, EMPTY_REST, STRING_STR } from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import { set, zeroValue } from "../memory/access.ts";
import { step } from "../memory/address.ts";
import { outOfMemory, plenty, settle } from "../memory/malloc.ts";
import { fail } from "../memory/outcome.ts";
import { drawHash0 } from "../memory/random.ts";
import { checkKey } from "../hash/hasher.ts";
import {
  bucketSize, elemSize, elemType, hashMightPanic, hasPointers, indirectKey, keyType, typeSize,
} from "../types/maptype.ts";
import {
  B, beginWrite, bucketMask, buckets, count, endWrite, growing, hash0, headerOf, setCount, setHash0,
  typeOf, writing,
} from "./header.ts";
import { bucketOrNil, elemAt, keyAt, notNil, overflow, setTophash, tophash, tophashOf } from "./bucket.ts";
import { hashOf, isFast, isPlace, isString, slotSize } from "./key.ts";
import { CHAIN_ENDS, scan } from "./scan.ts";
import { growWork, growWorkNeed } from "./grow.ts";
import { plannedList, reserveOverflow } from "./overflow.ts";
import { releaseEntry } from "./release.ts";

/** Deletes `key`; whether it was there. Without memory (moving buckets may need some) nothing changes. */
export function remove<K>(map: usize, key: K): bool {
  const h = headerOf(map);
  const t = typeOf(map);
  if (h == 0 || count(h) == 0) {
    if (isPlace<K>() && hashMightPanic(t)) checkKey(t, <usize>key);
    return false;
  }
  if (writing(h)) fail(Outcome.ConcurrentWrites);
  return removeHashed<K>(map, t, h, key, hashOf<K>(t, key, hash0(h)));
}

/** The same for a key whose hash is known, on a map that has entries and is not being written. */
export function removeHashed<K>(map: usize, t: usize, h: usize, key: K, hash: u64): bool {
  const bucket = hash & bucketMask(B(h));
  let reserved = false;
  if (growing(h) && !plenty()) {
    if (!reserveOverflow(t, plannedList(h), growWorkNeed(t, h, bucket))) outOfMemory();
    reserved = true;
  }
  beginWrite(h);
  if (growing(h)) growWork<K>(map, t, h, bucket);

  const first = bucketOrNil(t, buckets(h), bucket);
  const top = tophashOf(hash);
  let found = false;
  let b = first;
  while (b) {
    const i = scan<K>(t, b, key, top, false);
    if (i < <u32>BUCKET_CNT) {
      clearSlot<K>(map, t, h, first, b, i);
      found = true;
      break;
    }
    if (i == CHAIN_ENDS) break;
    step();
    b = overflow(t, b);
  }
  endWrite(h);
  if (reserved) settle();
  return found;
}

/** Empties slot i of bucket `b`, whose chain begins at `first`. */
export function clearSlot<K>(map: usize, t: usize, h: usize, first: usize, b: usize, i: u32): void {
  const k = keyAt(b, i, slotSize<K>(t));
  const e = elemAt(b, i, slotSize<K>(t), elemSize(t));
  releaseEntry(map, t, k, e);
  // A key is cleared only where it holds pointers; of a string, the fast path leaves the length.
  if (isString<K>()) {
    set<u64>(k, STRING_STR, 0);
  } else if (isFast<K>()) {
    if (hasPointers(keyType(t))) set<K>(k, 0, 0);
  } else if (indirectKey(t)) {
    set<u64>(k, 0, 0);
  } else if (hasPointers(keyType(t))) {
    zeroValue(k, typeSize(keyType(t)));
  }
  // The slot: either the element or the pointer to it.
  zeroValue(e, elemSize(t));
  markEmpty(t, h, first, b, i);
}

/** Marks slot i of bucket `b`, which is cleared, as empty: an entry less. */
// @ts-ignore: decorator
@inline
export function markEmpty(t: usize, h: usize, first: usize, b: usize, i: u32): void {
  setTophash(b, i, EMPTY_ONE);
  if (isLast(t, b, i)) backFill(t, first, b, i);
  const left = count(h) - 1;
  setCount(h, left);
  // A new seed makes it harder to provoke collisions again.
  if (left == 0) setHash0(h, drawHash0());
}

/** Whether every slot behind slot i of `b` is empty. */
// @ts-ignore: decorator
@inline
function isLast(t: usize, b: usize, i: u32): bool {
  if (i != BUCKET_CNT - 1) return tophash(b, i + 1) == EMPTY_REST;
  const next = overflow(t, b);
  return next == 0 || tophash(next, 0) == EMPTY_REST;
}

/** Turns the run of emptyOne that ends in slot i of `b` into emptyRest, backwards through the chain. */
function backFill(t: usize, first: usize, b: usize, i: u32): void {
  while (true) {
    setTophash(b, i, EMPTY_REST);
    if (i == 0) {
      if (b == first) return;
      const behind = b;
      b = first;
      while (overflow(t, b) != behind) {
        step();
        b = notNil(overflow(t, b));
      }
      i = BUCKET_CNT - 1;
    } else {
      i--;
    }
    if (tophash(b, i) != EMPTY_ONE) return;
  }
}

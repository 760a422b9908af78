/** Lookups (`mapaccess1`, `mapaccess2`, `mapaccessK` and their fast forms). */
import { BUCKET_CNT, EMPTY_REST, FLAG_HASH_WRITING } from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import { get } from "../memory/access.ts";
import { step, toOffset, toOffsetOrNil } from "../memory/address.ts";
import { fail } from "../memory/outcome.ts";
import { checkKey } from "../hash/hasher.ts";
import { bucketSize, elemSize, elemType, hashMightPanic, indirectElem, typeSize } from "../types/maptype.ts";
import { B, bucketMask, buckets, count, flags, hash0, oldbuckets, sameSizeGrow } from "./header.ts";
import {
  bucketAt, bucketOrNil, elemAt, elemSlot, evacuated, isEmpty, keyAt, keySlot, notNil, overflow, tophash,
  tophashOf,
} from "./bucket.ts";
import { SlowKey, hashOf, holds, isGeneral, isPlace, isString, slotSize } from "./key.ts";
import { CHAIN_ENDS, scan } from "./scan.ts";

/** The bucket in which a key with this hash is to be looked for: old and not yet evacuated, or new. */
// @ts-ignore: decorator
@inline
function bucketFor(t: usize, h: usize, hash: u64): usize {
  let mask = bucketMask(B(h));
  const old = oldbuckets(h);
  if (old) {
    // There used to be half as many buckets.
    const oldb = bucketAt(t, old, hash & (sameSizeGrow(h) ? mask : mask >> 1));
    if (!evacuated(oldb)) return oldb;
  }
  return bucketOrNil(t, buckets(h), hash & mask);
}

/** The only bucket of a B = 0 map: keys are compared without hashing. The slot's element, or 0. */
function accessSingle<K>(t: usize, h: usize, key: K): usize {
  let b = toOffsetOrNil(buckets(h), bucketSize(t));
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);
  if (isString<K>()) notNil(b);
  while (b) {
    for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
      const top = tophash(b, i);
      if (isEmpty(top)) {
        if (isString<K>() && top == EMPTY_REST) return 0;
        continue;
      }
      if (holds<K>(t, keyAt(b, i, keysize), key)) return elemAt(b, i, keysize, elemsize);
    }
    if (isString<K>()) return 0;
    step();
    b = overflow(t, b);
  }
  return 0;
}

/** The element of the slot that holds `key`, or 0: the slot itself where elements are held by pointer. */
// @ts-ignore: decorator
@inline
export function accessSlot<K>(t: usize, h: usize, key: K): usize {
  if (h == 0 || count(h) == 0) {
    if (isPlace<K>() && hashMightPanic(t)) checkKey(t, <usize>key);
    return 0;
  }
  if (flags(h) & FLAG_HASH_WRITING) fail(Outcome.ConcurrentReadWrite);
  if (!isGeneral<K>() && B(h) == 0) return accessSingle<K>(t, h, key);
  const hash = hashOf<K>(t, key, hash0(h));
  let b = bucketFor(t, h, hash);
  const top = tophashOf(hash);
  while (b) {
    const i = scan<K>(t, b, key, top, false);
    if (i < <u32>BUCKET_CNT) return elemAt(b, i, slotSize<K>(t), elemSize(t));
    if (i == CHAIN_ENDS) return 0;
    step();
    b = overflow(t, b);
  }
  return 0;
}

/** Where the element of a slot is: the slot, or the object that it points to. */
// @ts-ignore: decorator
@inline
export function elemIn(t: usize, e: usize): usize {
  return indirectElem(t) ? toOffset(get<u64>(e, 0), typeSize(elemType(t))) : e;
}

/** The element for `key`, or 0 if the map has none. */
// @ts-ignore: decorator
@inline
export function access<K>(t: usize, h: usize, key: K): usize {
  const e = accessSlot<K>(t, h, key);
  if (!isGeneral<K>()) return e;
  return e == 0 ? 0 : elemIn(t, e);
}

/** What `locate` returns for a key that the map does not hold. */
export const NOWHERE: u64 = <u64>-1;

/**
 * The slot of the key at `key` (`mapaccessK`): bucket and slot number, or
 * NOWHERE. Iteration uses it to look a moved entry up again.
 */
export function locate(t: usize, h: usize, key: usize): u64 {
  if (h == 0 || count(h) == 0) return NOWHERE;
  const hash = hashOf<SlowKey>(t, <SlowKey>key, hash0(h));
  let b = bucketFor(t, h, hash);
  const top = tophashOf(hash);
  while (b) {
    for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
      const found = tophash(b, i);
      if (found != top) {
        if (found == EMPTY_REST) return NOWHERE;
        continue;
      }
      if (holds<SlowKey>(t, keySlot(t, b, i), <SlowKey>key)) return (<u64>b << 3) | i;
    }
    step();
    b = overflow(t, b);
  }
  return NOWHERE;
}

/** The key slot that `locate` found. */
// @ts-ignore: decorator
@inline
export function locatedKey(t: usize, place: u64): usize {
  return keySlot(t, <usize>(place >> 3), <u32>place & 7);
}

/** The element slot that `locate` found. */
// @ts-ignore: decorator
@inline
export function locatedElem(t: usize, place: u64): usize {
  return elemSlot(t, <usize>(place >> 3), <u32>place & 7);
}

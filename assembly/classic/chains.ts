/** The invariants of one bucket chain: links, states of slots, keys and what they own. */
import {
  BUCKET_CNT, BUCKET_DATA, EMPTY_ONE, EMPTY_REST, EVACUATED_EMPTY, EVACUATED_X, EVACUATED_Y, MIN_TOP_HASH,
  IFACE_DATA, PTR_SIZE, STRING_LEN, STRING_SIZE, STRING_STR,
} from "../shared/golayout.ts";
import { Equal, Invariant } from "../shared/codes.ts";
import {
  MAP_ELEM_OWNED, MAP_ELEM_OWNED_COUNT, MAP_KEY_OWNED, MAP_KEY_OWNED_COUNT, MAX_INTERFACE_DEPTH,
  OWNED_EMPTY_INTERFACE, OWNED_KIND, OWNED_STRING, RT_HEAP_HIGH, RT_HEAP_IN_USE, RT_OUTCOME_ADDRESS,
  RT_VERIFY_ENTRIES, RT_VERIFY_OVERFLOWS, RT_VERIFY_SUM,
} from "../shared/hostlayout.ts";
import { get, hostGet, hostSet, isZero, recordGet } from "../memory/access.ts";
import { canStep, refuel, toAddress } from "../memory/address.ts";
import { objectBase, objectSize } from "../memory/spans.ts";
import { roundUpSize } from "../memory/sizeclass.ts";
import { equalKeys, hashKey } from "../hash/hasher.ts";
import { dynamicType, isDirect, isInterface, ownedCountOf, ownedOf } from "../types/interface.ts";
import {
  bucketSize, elemSize, elemType, equalOf, hasPointers, indirectElem, indirectKey, keySize, keyType,
  reflexiveKey, typeSize,
} from "../types/maptype.ts";
import { bucketShift, hash0, sameSizeGrow } from "./header.ts";
import { elemSlot, evacuated, keySlot, overflowAddress, tophash, tophashOf } from "./bucket.ts";
import { arraySize } from "./make.ts";

/** Notes where it is broken; returns the rule. */
export function broken(rule: Invariant, at: usize): u32 {
  hostSet<u64>(RT_OUTCOME_ADDRESS, toAddress(at));
  return rule;
}

/** Offset of the live object that starts at `address` and has room for `size` bytes; else 0. */
export function liveObject(address: u64, size: u64): usize {
  if (<u32>(address >> 32) != hostGet<u32>(RT_HEAP_HIGH)) return 0;
  const offset = <usize>address;
  return size > 0 && <u64>objectSize(offset) >= size ? offset : 0;
}

/** The same, where the object is of exactly the size that malloc gives for `size`. */
export function exactObject(address: u64, size: u64): usize {
  const offset = liveObject(address, size);
  return offset && <u64>objectSize(offset) == roundUpSize(size) ? offset : 0;
}

/** The overflow bucket that a link leads to: a live object, or a spare one of the array; else 0. */
export function linked(t: usize, link: u64, array: usize, b: u32): usize {
  if (<u32>(link >> 32) != hostGet<u32>(RT_HEAP_HIGH)) return 0;
  const offset = <usize>link;
  const end = array + <usize>arraySize(t, b);
  if (array && offset >= array && offset < end) {
    const spares = array + <usize>bucketShift(b) * bucketSize(t);
    return offset >= spares && (offset - array) % bucketSize(t) == 0 ? offset : 0;
  }
  return exactObject(link, bucketSize(t));
}

function addTo(counter: usize): void {
  hostSet<u64>(counter, hostGet<u64>(counter) + 1);
}

/** What an overflow bucket adds to the sum of its chain and to that of its list. */
// @ts-ignore: decorator
@inline
export function weight(link: u64): u64 {
  return (link ^ (link >> 29)) * 0x9e3779b97f4a7c15;
}

/** Counts an overflow bucket that a chain leads to. */
function meet(link: u64): void {
  addTo(RT_VERIFY_OVERFLOWS);
  hostSet<u64>(RT_VERIFY_SUM, hostGet<u64>(RT_VERIFY_SUM) + weight(link));
}

/** More buckets than fit into what the heap holds: the chain is a ring. */
// @ts-ignore: decorator
@inline
function tooLong(t: usize, links: u32): bool {
  return links > hostGet<u32>(RT_HEAP_IN_USE) / bucketSize(t);
}

/**
 * Whether a value's strings and interfaces, by the `count` entries of a list, lie in live storage, and those
 * of a key can be hashed.
 */
function ownsStorage(p: usize, list: usize, count: u32, isKey: bool, depth: u32): bool {
  if (depth > <u32>MAX_INTERFACE_DEPTH) return false;
  for (let i: u32 = 0; i < count; i++) {
    const entry = recordGet<u32>(list + <usize>i * 4, 0);
    const at = p + (entry & ~OWNED_KIND);
    const kind = entry & OWNED_KIND;
    const sound = kind == OWNED_STRING
      ? isString(at)
      : ownsBox(at, kind == OWNED_EMPTY_INTERFACE, isKey, depth + 1);
    if (!sound) return false;
  }
  return true;
}

function isString(header: usize): bool {
  const length = get<u64>(header, STRING_LEN);
  const str = get<u64>(header, STRING_STR);
  return length == 0 ? str == 0 : liveObject(str, length) != 0;
}

function ownsBox(p: usize, empty: bool, isKey: bool, depth: u32): bool {
  if (!canStep() || !isInterface(p, empty)) return false;
  const type = dynamicType(p, empty);
  if (type == 0) return true;
  if (isKey && equalOf(type) == 0) return false;
  if (isDirect(type) || typeSize(type) == 0) return true;
  const box = liveObject(get<u64>(p, IFACE_DATA), typeSize(type));
  return box != 0 && ownsStorage(box, ownedOf(type), ownedCountOf(type), isKey, depth);
}

/** Whether a key slot that holds no key holds no pointer either. */
function isClearedKey(t: usize, k: usize): bool {
  if (indirectKey(t)) return get<u64>(k, 0) == 0;
  if (!hasPointers(keyType(t))) return true;
  // Of a string, the fast path clears only the pointer.
  return equalOf(keyType(t)) == Equal.String ? get<u64>(k, STRING_STR) == 0 : isZero(k, keySize(t));
}

/** One entry: storage, place, uniqueness among those before it in the chain. */
function verifyEntry(
  map: usize, t: usize, h: usize, first: usize, b: usize, i: u32, index: u64, mask: u64,
): u32 {
  let k = keySlot(t, b, i);
  let e = elemSlot(t, b, i);
  if (indirectKey(t)) {
    k = exactObject(get<u64>(k, 0), typeSize(keyType(t)));
    if (!k) return broken(Invariant.Storage, b);
  }
  if (indirectElem(t)) {
    e = exactObject(get<u64>(e, 0), typeSize(elemType(t)));
    if (!e) return broken(Invariant.Storage, b);
  }
  // Forged boxes may lead to each other in more ways than anyone can walk.
  refuel();
  const keys = recordGet<u32>(map, MAP_KEY_OWNED_COUNT);
  const elems = recordGet<u32>(map, MAP_ELEM_OWNED_COUNT);
  if (keys && !ownsStorage(k, recordGet<u32>(map, MAP_KEY_OWNED), keys, true, 0)) {
    return broken(Invariant.Storage, k);
  }
  if (elems && !ownsStorage(e, recordGet<u32>(map, MAP_ELEM_OWNED), elems, false, 0)) {
    return broken(Invariant.Storage, e);
  }
  refuel();
  // The hash of a NaN is another one each time.
  if (!reflexiveKey(t) && !equalKeys(keyType(t), k, k)) return Invariant.None;
  const hash = hashKey(t, k, hash0(h));
  if (tophashOf(hash) != tophash(b, i)) return broken(Invariant.KeyTophash, b + i);
  if ((hash & mask) != index) return broken(Invariant.KeyBucket, k);
  let c = first;
  while (true) {
    const stop = c == b ? i : <u32>BUCKET_CNT;
    for (let j: u32 = 0; j < stop; j++) {
      if (tophash(c, j) != tophash(b, i)) continue;
      let other = keySlot(t, c, j);
      if (indirectKey(t)) other = <usize>get<u64>(other, 0);
      if (equalKeys(keyType(t), other, k)) return broken(Invariant.DuplicateKey, k);
    }
    if (c == b) break;
    c = <usize>overflowAddress(t, c);
  }
  return Invariant.None;
}

/**
 * The chain that begins at `first`, bucket `index` of the array at `array` with
 * its 1 << logCount buckets, none of them evacuated.
 */
export function verifyChain(
  map: usize, t: usize, h: usize, first: usize, index: u64, array: usize, logCount: u32,
): u32 {
  const mask = bucketShift(logCount) - 1;
  let ended = false;
  let lastTop: u32 = MIN_TOP_HASH;
  let links: u32 = 0;
  let b = first;
  while (true) {
    for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
      const top = tophash(b, i);
      if (top == EMPTY_REST) {
        // A run of emptyOne that nothing follows would have been turned into emptyRest.
        if (lastTop == EMPTY_ONE) return broken(Invariant.EmptyRest, b + i);
        ended = true;
      } else if (ended) {
        return broken(Invariant.EmptyRest, b + i);
      } else if (top > <u32>EMPTY_ONE && top < <u32>MIN_TOP_HASH) {
        return broken(Invariant.Tophash, b + i);
      }
      lastTop = top;
      if (top >= <u32>MIN_TOP_HASH) {
        const rule = verifyEntry(map, t, h, first, b, i, index, mask);
        if (rule) return rule;
        addTo(RT_VERIFY_ENTRIES);
      } else if (!isZero(elemSlot(t, b, i), elemSize(t)) || !isClearedKey(t, keySlot(t, b, i))) {
        return broken(Invariant.EmptySlot, b + i);
      }
    }
    const link = overflowAddress(t, b);
    if (link == 0) break;
    b = linked(t, link, array, logCount);
    if (b == 0 || tooLong(t, ++links)) return broken(Invariant.OverflowLink, first);
    meet(link);
  }
  return lastTop == EMPTY_ONE ? broken(Invariant.EmptyRest, b) : <u32>Invariant.None;
}

/** The chain of an old bucket whose entries have moved: only marks, each for the half its key belongs to. */
export function verifyMoved(t: usize, h: usize, first: usize, array: usize, logCount: u32): u32 {
  const newbit = bucketShift(logCount);
  const legible = !hasPointers(keyType(t)) && !indirectKey(t) && reflexiveKey(t);
  // Go wipes the moved bucket, its link included, where it holds pointers and no iterator needs it.
  const wiped = isZero(first + BUCKET_DATA, bucketSize(t) - BUCKET_DATA);
  let links: u32 = 0;
  let b = first;
  while (true) {
    for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
      const top = tophash(b, i);
      if (top < <u32>EVACUATED_X || top > <u32>EVACUATED_EMPTY) return broken(Invariant.Evacuated, b + i);
      if (top == EVACUATED_EMPTY) continue;
      if (sameSizeGrow(h)) {
        if (top == EVACUATED_Y) return broken(Invariant.Evacuated, b + i);
      } else if (legible && !wiped) {
        const y = (hashKey(t, keySlot(t, b, i), hash0(h)) & newbit) != 0;
        if (y != (top == EVACUATED_Y)) return broken(Invariant.Evacuated, b + i);
      }
    }
    const link = overflowAddress(t, b);
    if (link == 0) return Invariant.None;
    b = linked(t, link, array, logCount);
    if (b == 0 || tooLong(t, ++links)) return broken(Invariant.OverflowLink, first);
    meet(link);
  }
}

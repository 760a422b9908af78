/** Looking many keys up: what `access` finds for each, a block at a time. */
import { BUCKET_CNT, BUCKET_DATA } from "../shared/golayout.ts";
import {
  AIM_RECORD, RT_BATCH_INDEX, RT_BLOCK_LEFT, RT_BLOCK_SUM, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import {
  copyValue, fillBytes, get, hostSet, recordGet, recordSet, set, zeroBytes, zeroValue,
} from "../memory/access.ts";
import { refuel, step } from "../memory/address.ts";
import { elemSize, elemType, typeSize } from "../types/maptype.ts";
import { count, growing, headerOf, typeOf, writing } from "../classic/header.ts";
import { elemAt, keyAt, overflow } from "../classic/bucket.ts";
import { access, elemIn } from "../classic/access.ts";
import { SlowKey, holds, isFast, isPlace, isString, slotSize } from "../classic/key.ts";
import { CHAIN_ENDS, NOT_HERE, scan } from "../classic/scan.ts";
import {
  aimBlock, aimOf, columnKey, floatWidth, ordinaryFloats, placeOf, stride, topOf, topsOf,
} from "./aim.ts";
import {
  AnyElem, BLOCK, NoElem, WIDE_BLOCK, bucketWidth, copyElem, countedBytes, elemBytes, elemWidth, inBlocks,
  isFar, isKey, isLast, keysInSlots, linkOf, slotOf, slotsWith, touchBlock, touchFirst, zeroElem,
} from "./block.ts";

/**
 * Looks `n` keys up: elements go to `elems` (0: not wanted), zeros for a key
 * that is not there; 1 or 0 to `found` (0: not wanted) for each. How many hits.
 */
export function getColumn<K>(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const t = typeOf(map);
  if (isPlace<K>() && !isDefined(GUARDED)) {
    const width = floatWidth(t);
    if (width == 8) return getFloats<u64, f64>(map, keys, elems, found, n);
    if (width == 4) return getFloats<u32, f32>(map, keys, elems, found, n);
  }
  const h = headerOf(map);
  return inBlocks<K>(t) && canLookAhead(h)
    ? getAhead<K>(t, h, keys, elems, found, n)
    : getPlainly<K>(map, keys, elems, found, n, 0);
}

/** Looking at a growing map changes nothing either, but there each key has two buckets. */
// @ts-ignore: decorator
@inline
function canLookAhead(h: usize): bool {
  return h != 0 && count(h) != 0 && !growing(h) && !writing(h);
}

// @ts-ignore: decorator
@inline
function getAhead<K>(t: usize, h: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  if (elems == 0) return getBlocks<K, NoElem>(t, h, keys, elems, found, n);
  if (isFast<K>() || isString<K>()) {
    const size = elemSize(t);
    if (size == 8) return getBlocks<K, u64>(t, h, keys, elems, found, n);
    if (size == 4) return getBlocks<K, u32>(t, h, keys, elems, found, n);
  }
  return getBlocks<K, AnyElem>(t, h, keys, elems, found, n);
}

/**
 * Floats, which are u64 or u32 to the bit as long as none of them is a zero or a NaN: such have a hash and an
 * equality of their own, and are looked up one by one.
 */
function getFloats<K, F>(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const h = headerOf(map);
  const t = typeOf(map);
  const elemStride = typeSize(elemType(t));
  let hits: u32 = 0;
  let i: u32 = 0;
  while (i < n) {
    const ordinary = canLookAhead(h) ? ordinaryFloats<F>(keys, n - i) : 0;
    const some = max(ordinary, 1);
    hits += ordinary
      ? getAhead<K>(t, h, keys, elems, found, ordinary)
      : getPlainly<SlowKey>(map, keys, elems, found, 1, i);
    keys += some * sizeof<F>();
    if (elems) elems += some * elemStride;
    if (found) found += some;
    i += some;
  }
  return hits;
}

/** Looks up one key after another, of which the first is number `first` of the batch. */
function getPlainly<K>(map: usize, keys: usize, elems: usize, found: usize, n: u32, first: u32): u32 {
  const t = typeOf(map);
  const keyStride = stride<K>(t);
  const elemStride = typeSize(elemType(t));
  let hits: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    refuel();
    hostSet<u32>(RT_BATCH_INDEX, first + i);
    const e = access<K>(t, headerOf(map), columnKey<K>(keys));
    if (elems) {
      if (e) copyValue(elems, e, elemStride);
      else zeroValue(elems, elemStride);
      elems += elemStride;
    }
    if (found) set<u8>(found + i, 0, <u8>(e != 0));
    hits += <u32>(e != 0);
    keys += keyStride;
  }
  return hits;
}

function getBlocks<K, E>(t: usize, h: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const keyStride = stride<K>(t);
  const elemStride = elemBytes<E>(t);
  const far = isFar(t, h);
  let hits: u32 = 0;
  let scarce = false;
  while (n) {
    const some = min(n, scarce ? WIDE_BLOCK : BLOCK);
    aimBlock<K>(t, h, keys, some);
    let hit: u32;
    if (scarce) {
      hit = searchLeft<K, E>(t, keys, elems, found, firstLook<E>(t, elems, found, some));
    } else {
      if (far) touchBlock<K>(t, some, false);
      hit = search<K, E>(t, keys, elems, found, some);
    }
    // Where few keys are found, most need no more than the first line of their bucket.
    scarce = hit < some / 4;
    hits += hit;
    keys += some * keyStride;
    elems += some * elemStride;
    if (found) found += some;
    n -= some;
  }
  return hits;
}

/** The element for the key that is aimed at, or 0. */
// @ts-ignore: decorator
@inline
function elemOf<K, E>(t: usize, aim: usize, key: K, elemsize: u32): usize {
  let b = placeOf(aim);
  if (isFast<K>()) return elemBehind<K, E>(t, b, topsOf(aim), key);
  const top = topOf(aim);
  while (b) {
    const i = scan<K>(t, b, key, top, false);
    if (i < <u32>BUCKET_CNT) {
      const e = elemAt(b, i, slotSize<K>(t), elemsize);
      return isString<K>() ? e : elemIn(t, e);
    }
    if (i == CHAIN_ENDS) return 0;
    step();
    b = overflow(t, b);
  }
  return 0;
}

/** Looks every key of the block up. How many hits. */
function search<K, E>(t: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  if (isFast<K>() && sizeof<E>() != 1) return searchFast<K, E>(t, keys, elems, found, n);
  const keysize = slotSize<K>(t);
  const elemsize = elemWidth<E>(t);
  const keyStride = stride<K>(t);
  const elemStride = elemBytes<E>(t);
  const plain = keysInSlots<K>(t);
  const counted = countedBytes<K>(t);
  let hits: u32 = 0;
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end; aim += AIM_RECORD) {
    const key = columnKey<K>(keys);
    let e: usize;
    if (isString<K>() || plain) {
      // Most are in the first slot with their tophash: those go in a straight line.
      const b = placeOf(aim);
      const mask = slotsWith(b, topsOf(aim));
      const slot = <u32>ctz(mask);
      const k = keyAt(b, slot, keysize);
      const same = mask != 0 && (isString<K>() ? holds<K>(t, k, key) : isKey<K>(k, key, counted));
      if (same) {
        e = elemAt(b, slot, keysize, elemsize);
        if (isPlace<K>()) e = elemIn(t, e);
      }
      else if (mask == 0 && isLast(b)) e = 0;
      else e = elemOf<K, E>(t, aim, key, elemsize);
    } else {
      e = elemOf<K, E>(t, aim, key, elemsize);
    }
    if (e) copyElem<E>(elems, e, elemStride);
    else zeroElem<E>(elems, elemStride);
    elems += elemStride;
    if (found) set<u8>(found++, 0, <u8>(e != 0));
    hits += <u32>(e != 0);
    keys += keyStride;
  }
  return hits;
}

/**
 * The same for integer keys and elements of four or eight bytes, or none, in two passes. Where a key is has
 * no pattern that a processor could learn, so the first looks at each without a branch: at the first slot of
 * its first bucket that has its tophash. That finds nearly all; the numbers of the others are listed, and
 * their next buckets touched side by side, before each is searched for.
 */
// @ts-ignore: decorator
@inline
function searchFast<K, E>(t: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const list: usize = RUNTIME_BASE + RT_BLOCK_LEFT;
  let left: usize = list;
  for (let i: u32 = 0; i < n; i++) left += firstTry<K, E>(keys, elems, i, left);
  if (found) {
    fillBytes(found, 1, n);
    for (let p = list; p < left; p += 4) set<u8>(found + recordGet<u32>(p, 0), 0, 0);
  }
  if (left == list) return n;
  const size = bucketWidth<K, E>(t);
  const elemsize = elemWidth<E>(t);
  let sum: u64 = 0;
  for (let p = list; p < left; p += 4) {
    // Without a link, offset 0 is read: host memory that is always there.
    const next = linkOf(placeOf(aimOf(recordGet<u32>(p, 0))), size);
    sum += get<u64>(next, 0) + get<u64>(next, 64) + get<u64>(next, 128);
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
  let misses: u32 = 0;
  for (let p = list; p < left; p += 4) {
    const i = recordGet<u32>(p, 0);
    const aim = aimOf(i);
    const e = elemBehind<K, E>(t, placeOf(aim), topsOf(aim), columnKey<K>(keys + i * sizeof<K>()));
    if (e) {
      copyElem<E>(elems + i * sizeof<E>(), e, elemsize);
      if (found) set<u8>(found + i, 0, 1);
    } else {
      zeroElem<E>(elems + i * sizeof<E>(), elemsize);
      misses++;
    }
  }
  return n - misses;
}

// @ts-ignore: decorator
@inline
function firstTry<K, E>(keys: usize, elems: usize, i: u32, left: usize): usize {
  const aim = aimOf(i);
  const b = placeOf(aim);
  // 32 without a match: what lies there is read, and does not count.
  const slot = <u32>ctz(slotsWith(b, topsOf(aim)));
  const other = get<K>(b + slot * sizeof<K>(), BUCKET_DATA) ^ columnKey<K>(keys + i * sizeof<K>());
  if (sizeof<E>() >= 4) {
    const e = b + slot * sizeof<E>();
    set<E>(elems + i * sizeof<E>(), 0, get<E>(e, BUCKET_DATA + BUCKET_CNT * sizeof<K>()));
  }
  recordSet<u32>(left, 0, i);
  return <usize>((other | <K>(slot >> 3)) != 0) << 2;
}

/** The element for an integer key that is not in the first slot with its tophash, or 0. */
function elemBehind<K, E>(t: usize, b: usize, tops: v128, key: K): usize {
  const size = bucketWidth<K, E>(t);
  while (true) {
    const i = slotOf<K>(b, tops, key, sizeof<K>(), sizeof<K>());
    if (i != NOT_HERE) return elemAt(b, i, sizeof<K>(), elemWidth<E>(t));
    if (isLast(b)) return 0;
    b = linkOf(b, size);
    if (b == 0) return 0;
  }
}

/**
 * The first look of a block that finds little: the tophash line of each bucket
 * only. Writes all answers down as misses. How many keys are left, whose chain
 * has their tophash or goes on; their numbers are listed.
 */
function firstLook<E>(t: usize, elems: usize, found: usize, n: u32): u32 {
  touchFirst(n);
  const list: usize = RUNTIME_BASE + RT_BLOCK_LEFT;
  let left: usize = list;
  for (let i: u32 = 0; i < n; i++) {
    const aim = aimOf(i);
    const b = placeOf(aim);
    const match = slotsWith(b, topsOf(aim));
    recordSet<u32>(left, 0, i);
    // Without a branch: which keys are left is what no predictor knows.
    left += <usize>((match | <u32>get<u8>(b, BUCKET_CNT - 1)) != 0) << 2;
  }
  const elemStride = elemBytes<E>(t);
  zeroBytes(elems, <usize>n * elemStride);
  if (found) zeroBytes(found, n);
  return <u32>((left - list) >> 2);
}

/**
 * Looks the keys up that `firstLook` has left over, having touched the lines of the likely slots.
 * How many hits.
 */
function searchLeft<K, E>(t: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const keysize = slotSize<K>(t);
  const elemsize = elemWidth<E>(t);
  const keyStride = stride<K>(t);
  const elemStride = elemBytes<E>(t);
  let list: usize = RUNTIME_BASE + RT_BLOCK_LEFT;
  const end = list + <usize>n * 4;
  let sum: u64 = 0;
  for (let p = list; p < end; p += 4) {
    const aim = aimOf(recordGet<u32>(p, 0));
    const b = placeOf(aim);
    const match = slotsWith(b, topsOf(aim));
    const slot = match ? <u32>ctz(match) : BUCKET_CNT - 1;
    sum += <u64>get<u8>(keyAt(b, slot, keysize), 0) + <u64>get<u8>(elemAt(b, slot, keysize, elemsize), 0);
  }
  hostSet<u64>(RT_BLOCK_SUM, sum);
  let hits: u32 = 0;
  for (; list < end; list += 4) {
    const i = recordGet<u32>(list, 0);
    const e = elemOf<K, E>(t, aimOf(i), columnKey<K>(keys + i * keyStride), elemsize);
    if (e == 0) continue;
    copyElem<E>(elems + i * elemStride, e, elemStride);
    if (found) set<u8>(found + i, 0, 1);
    hits++;
  }
  return hits;
}

/** Moving the entries of an old bucket's chain to the new array (the inner part of Go's `evacuate`). */
import { BUCKET_CNT, BUCKET_DATA, EVACUATED_EMPTY, EVACUATED_X, FLAG_ITERATOR } from "../shared/golayout.ts";
import { Hasher } from "../shared/codes.ts";
import { copyValue, get, getHalf, getPair, set, setHalf } from "../memory/access.ts";
import { equalKeys, plainlyHashedBytes } from "../hash/hasher.ts";
import {
  hashBytesPairLow, hashPairLow, inPairs, memhash, secondFactor, startedSeed,
} from "../hash/memhash.ts";
import { elemSize, hasherOf, indirectKey, keyType, reflexiveKey } from "../types/maptype.ts";
import { flags, hash0 } from "./header.ts";
import {
  BYTE_ONES, elemAt, keyAt, lowestSlot, overflow, setTophashes, tophashOf, tophashes,
} from "./bucket.ts";
import { hashSlot, isFast, isGeneral, isPlace, keyIn, slotSize } from "./key.ts";
import { newoverflow } from "./overflow.ts";
import { bytesOf, filledBytes, gathered } from "./slots.ts";

/** Whether Go would send the key by its tophash, since it is not equal to itself and an iterator is live. */
// @ts-ignore: decorator
@inline
export function isUnrepeatable(t: usize, h: usize, k: usize): bool {
  if (!(flags(h) & FLAG_ITERATOR) || reflexiveKey(t)) return false;
  const key = keyIn(t, k);
  return !equalKeys(keyType(t), key, key);
}

/** Slots of `word` that are not empty: the top bit of each byte, exactly. */
// @ts-ignore: decorator
@inline
export function filled(word: u64): u64 {
  return (((word & 0x7f7f7f7f7f7f7f7f) + 0x7e7e7e7e7e7e7e7e) | word) & 0x8080808080808080;
}

/**
 * Moves the entries of a trusted chain to the empty buckets `xb` and `yb` (0 when the size stays) and marks
 * them.
 */
export function moveChain<K>(
  map: usize, t: usize, h: usize, first: usize, xb: usize, yb: usize, newbit: u64,
): void {
  if (isFast<K>()) {
    if (yb && hasherOf(t) == <u32>(sizeof<K>() == 4 ? Hasher.Mem32 : Hasher.Mem64)) {
      const elemsize = elemSize(t);
      if (elemsize == 8) {
        moveFirst<K, u64>(map, t, h, first, xb, yb, newbit, sizeof<K>());
        return;
      }
      if (elemsize == 4) {
        moveFirst<K, u32>(map, t, h, first, xb, yb, newbit, sizeof<K>());
        return;
      }
    }
  }
  if (isPlace<K>()) {
    const counted = hashedInSlots(t);
    if (yb != 0 && inPairs(counted)) {
      moveFirst<K, AnyElem>(map, t, h, first, xb, yb, newbit, counted);
      return;
    }
  }
  moveWords<K>(map, t, h, first, xb, yb, newbit, 0, 0, 0, 0);
}

/** An element of any size, as a type parameter. */
type AnyElem = i8;

/** How many bytes of the slots themselves the keys' hash is taken of; 0 where that is more to do. */
// @ts-ignore: decorator
@inline
function hashedInSlots(t: usize): u32 {
  return indirectKey(t) ? 0 : plainlyHashedBytes(t);
}

/** The slots of the bucket at `b` whose keys' hashes have bit `shift`. */
// @ts-ignore: decorator
@inline
function toY<K>(b: usize, started: u64, factor: u64, shift: u32): u32 {
  const keys = keyAt(b, 0, sizeof<K>());
  const up = 63 - shift;
  const pair = 2 * sizeof<K>();
  const a = hashPairLow<K>(getPair<K>(keys), started, factor);
  const c = hashPairLow<K>(getPair<K>(keys + pair), started, factor);
  const e = hashPairLow<K>(getPair<K>(keys + 2 * pair), started, factor);
  const g = hashPairLow<K>(getPair<K>(keys + 3 * pair), started, factor);
  return i64x2.bitmask(i64x2.shl(a, up)) | (i64x2.bitmask(i64x2.shl(c, up)) << 2) |
    (i64x2.bitmask(i64x2.shl(e, up)) << 4) | (i64x2.bitmask(i64x2.shl(g, up)) << 6);
}

/** The same for keys of `keysize` bytes, of which `counted` are hashed. */
// @ts-ignore: decorator
@inline
function wideToY(b: usize, keysize: u32, counted: u32, started: u64, factor: u64, shift: u32): u32 {
  const up = 63 - shift;
  let slots: u32 = 0;
  let k = keyAt(b, 0, keysize);
  for (let i: u32 = 0; i < <u32>BUCKET_CNT; i += 2) {
    const pair = hashBytesPairLow(k, k + keysize, counted, started, factor);
    slots |= i64x2.bitmask(i64x2.shl(pair, up)) << i;
    k += 2 * keysize;
  }
  return slots;
}

/** Copies slot i to `yb` if it is one of `ys`, else to `xb`: behind those below it that go there. */
// @ts-ignore: decorator
@inline
function moveSlot<K, E>(from: usize, i: u32, xb: usize, yb: usize, xs: u32, ys: u32): void {
  const below = (<u32>1 << i) - 1;
  const useY = (ys >> i) & 1;
  const to = select<usize>(yb, xb, useY);
  const slot = <u32>popcnt(select<u32>(ys, xs, useY) & below);
  set<K>(keyAt(to, slot, sizeof<K>()), 0, get<K>(keyAt(from, i, sizeof<K>()), 0));
  set<E>(
    elemAt(to, slot, sizeof<K>(), sizeof<E>()), 0, get<E>(elemAt(from, i, sizeof<K>(), sizeof<E>()), 0),
  );
}

/** The same for the filled slots, with keys and elements of any size. */
// @ts-ignore: decorator
@inline
function moveFilled(t: usize, from: usize, keysize: u32, xb: usize, yb: usize, xs: u32, ys: u32): void {
  const elemsize = elemSize(t);
  for (let mask = xs | ys; mask; mask &= mask - 1) {
    const i = <u32>ctz(mask);
    const below = (<u32>1 << i) - 1;
    const useY = (ys >> i) & 1;
    const to = select<usize>(yb, xb, useY);
    const slot = <u32>popcnt(select<u32>(ys, xs, useY) & below);
    copyValue(keyAt(to, slot, keysize), keyAt(from, i, keysize), keysize);
    copyValue(elemAt(to, slot, keysize, elemsize), elemAt(from, i, keysize, elemsize), elemsize);
  }
}

/**
 * The same for integer keys with their usual hash and elements `E` of four or eight bytes, or keys of plain
 * memory that are hashed in pairs, in a doubling. The first bucket's keys are hashed all at once, and
 * integers are moved without a branch: which slots are filled, and where their entries go, is what no
 * predictor knows. What is in an empty slot is written too, to where the next entry of X will go.
 */
function moveFirst<K, E>(
  map: usize, t: usize, h: usize, first: usize, xb: usize, yb: usize, newbit: u64, counted: u32,
): void {
  const keysize = slotSize<K>(t);
  const started = startedSeed(hash0(h));
  const factor = secondFactor();
  const shift = <u32>ctz(newbit);
  const link = overflow(t, first);
  const tops = getHalf(first);
  const full = filledBytes(tops);
  const inUse = i8x16.bitmask(full) & 0xff;
  const ys = inUse & (isPlace<K>()
    ? wideToY(first, keysize, counted, started, factor, shift)
    : toY<K>(first, started, factor, shift));
  const xs = ys ^ inUse;
  const xi = <u32>popcnt(xs);
  const yi = <u32>popcnt(ys);
  if (isPlace<K>()) {
    moveFilled(t, first, keysize, xb, yb, xs, ys);
  } else {
    moveSlot<K, E>(first, 0, xb, yb, xs, ys);
    moveSlot<K, E>(first, 1, xb, yb, xs, ys);
    moveSlot<K, E>(first, 2, xb, yb, xs, ys);
    moveSlot<K, E>(first, 3, xb, yb, xs, ys);
    moveSlot<K, E>(first, 4, xb, yb, xs, ys);
    moveSlot<K, E>(first, 5, xb, yb, xs, ys);
    moveSlot<K, E>(first, 6, xb, yb, xs, ys);
    moveSlot<K, E>(first, 7, xb, yb, xs, ys);
    if (xi < <u32>BUCKET_CNT) {
      set<K>(keyAt(xb, xi, sizeof<K>()), 0, 0);
      set<E>(elemAt(xb, xi, sizeof<K>(), sizeof<E>()), 0, 0);
    }
  }
  const xtops = gathered(tops, xs);
  const ytops = gathered(tops, ys);
  setTophashes(xb, xtops);
  setTophashes(yb, ytops);
  // As bytes: EVACUATED_EMPTY, less two for X, less one for Y.
  const marks = i8x16.add(i8x16.splat(<i8>EVACUATED_EMPTY), i8x16.add(full, full));
  setHalf(first, i8x16.sub(marks, bytesOf(ys)));
  // With the usual load one chain in ten goes on: telling integers apart there would gain nothing.
  if (link) moveWords<K>(map, t, h, link, xb, yb, newbit, xi, yi, xtops, ytops);
}

/**
 * The same for any chain, or the rest of one from `b` on, when `xi` and `yi` slots of `xb` and `yb` are
 * taken. The tophash bytes of a bucket are read, and those of the three written, as one word each.
 */
function moveWords<K>(
  map: usize, t: usize, h: usize, b: usize, xb: usize, yb: usize, newbit: u64, xi: u32, yi: u32, xtops: u64,
  ytops: u64,
): void {
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);
  const elems = BUCKET_DATA + BUCKET_CNT * keysize;
  const seed = hash0(h);
  const counted = isPlace<K>() ? hashedInSlots(t) : 0;
  while (b) {
    const word = tophashes(b);
    let marks: u64 = EVACUATED_EMPTY * BYTE_ONES;
    for (let mask = filled(word); mask; mask &= mask - 1) {
      const i = lowestSlot(mask);
      const k = b + BUCKET_DATA + i * keysize;
      let top = (word >> (i * 8)) & 0xff;
      let useY: u32 = 0;
      if (yb) {
        const hash = isPlace<K>() && counted != 0 ? memhash(k, seed, counted) : hashSlot<K>(t, k, seed);
        if (isGeneral<K>() && isUnrepeatable(t, h, k)) {
          useY = <u32>top & 1;
          top = tophashOf(hash);
        } else {
          useY = <u32>((hash & newbit) != 0);
        }
      }
      marks ^= <u64>(EVACUATED_EMPTY ^ (EVACUATED_X + useY)) << (i * 8);
      if (select<u32>(yi, xi, useY) == BUCKET_CNT) {
        if (useY) {
          setTophashes(yb, ytops);
          yb = newoverflow(map, t, h, yb);
          yi = 0;
          ytops = 0;
        } else {
          setTophashes(xb, xtops);
          xb = newoverflow(map, t, h, xb);
          xi = 0;
          xtops = 0;
        }
      }
      // Half of the entries go either way, so a branch here would be mispredicted every other time.
      const to = select<usize>(yb, xb, useY);
      const slot = select<u32>(yi, xi, useY);
      const shifted = top << (slot * 8);
      const toY = <u64>0 - <u64>useY;
      ytops |= shifted & toY;
      xtops |= shifted & ~toY;
      yi += useY;
      xi += 1 - useY;
      copyValue(to + BUCKET_DATA + slot * keysize, k, keysize);
      copyValue(to + elems + slot * elemsize, b + elems + i * elemsize, elemsize);
    }
    setTophashes(b, marks);
    b = overflow(t, b);
  }
  if (xi) setTophashes(xb, xtops);
  if (yi) setTophashes(yb, ytops);
}

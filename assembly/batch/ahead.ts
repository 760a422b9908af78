/**
 * Growing ahead: the table gets the size that a batch will need before its
 * first key is entered, and no growth is left under way.
 *
 * How many of the keys are new nobody knows beforehand, and duplicates must not
 * make the table larger than single calls would. So a size is only chosen that
 * is proven: the hashes of all keys, those that the map has and those of the
 * batch, set bits in a bitmap, and as many bits as are set, so many keys at
 * least there are. What the bitmap cannot prove is left to growth as it comes.
 * (To build the larger table first and to take it back, where the keys turn out
 * to be too few, would save the counting, but a batch that fails halfway would
 * leave a table that no single calls come to.)
 */
import {
  BUCKET_CNT, FLAG_ITERATOR, FLAG_OLD_ITERATOR, MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_OLDOVERFLOW,
  MAPEXTRA_OVERFLOW, MAPEXTRA_SIZE,
} from "../shared/golayout.ts";
import { Hasher } from "../shared/codes.ts";
import { AHEAD_BITMAP, AHEAD_HASH, MAP_ITERATORS, MAP_PINNED } from "../shared/hostlayout.ts";
import { copyValue, recordGet, recordSet, set, zeroBytes } from "../memory/access.ts";
import { toAddress } from "../memory/address.ts";
import { allocate, plenty, retire } from "../memory/malloc.ts";
import { freeObject } from "../memory/spans.ts";
import { bucketSize, elemSize, hasherOf } from "../types/maptype.ts";
import {
  B, bucketMask, bucketShift, buckets, count, extra, flags, hash0, headerOf, noverflow, sameSizeGrow, setB,
  setBuckets, setExtra, setFlags, setNoverflow, typeOf, writing,
} from "../classic/header.ts";
import {
  bucketAt, elemAt, empties, isEmpty, keyAt, lowestSlot, overflow, setTophash, tophash, tophashOf, tophashes,
} from "../classic/bucket.ts";
import { growTo } from "../classic/grow.ts";
import { hashSlot, slotSize } from "../classic/key.ts";
import { arrayBuckets, arraySize, linkSpares } from "../classic/make.ts";
import { newoverflow, overflowList } from "../classic/overflow.ts";
import { blockHashes, hashKeys, stride } from "./aim.ts";
import { BLOCK, inBlocks } from "./block.ts";
import { capacity, finishGrowth, setColumn } from "./insert.ts";

/** Answer of `keysNeeded`: all keys are too few. */
const NOT_PROVEN: u32 = u32.MAX_VALUE;

/**
 * Assigns `n` elements to `n` keys, with the table grown ahead; `scratch` is
 * `room` bytes of host memory. Where growing ahead could be told from single
 * calls by more than its history, it is not done: with live iterators, with a
 * hasher that is no hash, with little memory left.
 */
export function setColumnAhead<K>(
  map: usize, keys: usize, elems: usize, n: u32, scratch: usize, room: u32,
): void {
  const h = headerOf(map);
  const t = typeOf(map);
  let ahead = false;
  let hashed: u32 = 0;
  if (!isDefined(GUARDED)) {
    ahead = inBlocks<K>(t) && h != 0 && hasherOf(t) < <u32>Hasher.Zero && !writing(h) && plenty() &&
      recordGet<u32>(map, MAP_ITERATORS) == 0 && recordGet<u32>(map, MAP_PINNED) == 0 && !sameSizeGrow(h);
    if (ahead) {
      finishGrowth<K>(map, t, h);
      hashed = growAhead<K>(map, t, h, keys, n, scratch, room);
    }
  }
  setColumn<K>(map, keys, elems, n, ahead, scratch, hashed);
}

/**
 * Grows the map, which is not growing, to what is proven that the batch will need. Of how many keys
 * the hashes are kept at `scratch`: where the bitmap leaves no room for all of them, of none.
 */
function growAhead<K>(map: usize, t: usize, h: usize, keys: usize, n: u32, scratch: usize, room: u32): u32 {
  const bytes = <u64>n * AHEAD_HASH;
  let hashed: u32 = 0;
  const most = count(h) + n;
  let b = B(h);
  // Many overflow buckets may make single calls grow to the same size just when they would double.
  const least = b + (<u64>noverflow(h) * 2 >= <u64>1 << min<u32>(b, 15) ? 2 : 1);
  while (capacity(b) < most) b++;
  for (; b >= least; b--) {
    const bits = bitsFor(most, capacity(b - 1));
    if (bits / 8 > min<u64>(room, <u64>n * AHEAD_BITMAP)) continue;
    const wanted = capacity(b - 1) + 1;
    const keeps = bytes + bits / 8 <= <u64>room;
    const bitmap = keeps ? scratch + <usize>bytes : scratch;
    if (!keeps) hashed = 0;
    const needed = keysNeeded<K>(t, h, keys, n, keeps ? scratch : 0, hashed, bitmap, <u32>bits, wanted);
    if (keeps) hashed = max(hashed, min(needed, n));
    if (needed == NOT_PROVEN) continue;
    if (b == B(h) + 1 && count(h) != 0) double<K>(map, t, h);
    else moveTo<K>(map, t, h, b);
    break;
  }
  return hashed;
}

/**
 * How many bits `keys` keys have to be spread over, that more than `wanted` of them are set if all
 * differ.
 */
function bitsFor(keys: u64, wanted: u64): u64 {
  let bits: u64 = 256;
  // Of k keys at least k - k * k / 2m set a bit of their own among m.
  while (bits < 64 * keys && (bits < keys || keys - keys * keys / (2 * bits) < wanted + wanted / 256 + 16)) {
    bits *= 2;
  }
  return bits;
}

/** Sets the bit of a hash; 1 if it was not set. */
// @ts-ignore: decorator
@inline
function mark(bitmap: usize, mask: u32, hash: u64): u32 {
  const i = <u32>(hash >> 16) & mask;
  const word = bitmap + ((i >> 6) << 3);
  const bit = <u64>1 << (i & 63);
  const had = recordGet<u64>(word, 0);
  recordSet<u64>(word, 0, had | bit);
  return <u32>((had & bit) == 0);
}

/**
 * How many keys of the batch it takes to prove, by bits of their hashes, that map and batch have
 * `wanted` keys together, in whole blocks. NOT_PROVEN if all do not. Hashes are kept at `hashes`, if
 * that is not 0; those of the first `hashed` keys stand there already.
 */
function keysNeeded<K>(
  t: usize, h: usize, keys: usize, n: u32, hashes: usize, hashed: u32, bitmap: usize, bits: u32, wanted: u64,
): u32 {
  zeroBytes(bitmap, bits / 8);
  let distinct: u64 = 0;
  const mask = bits - 1;
  if (count(h)) {
    const size = slotSize<K>(t);
    const seed = hash0(h);
    for (let i: u64 = 0; i < bucketShift(B(h)); i++) {
      let b = bucketAt(t, buckets(h), i);
      while (b) {
        for (let j: u32 = 0; j < <u32>BUCKET_CNT; j++) {
          if (isEmpty(tophash(b, j))) continue;
          distinct += mark(bitmap, mask, hashSlot<K>(t, keyAt(b, j, size), seed));
        }
        b = overflow(t, b);
      }
    }
  }
  let i: u32 = 0;
  while (distinct < wanted) {
    if (i == n) return NOT_PROVEN;
    const some = min(n - i, BLOCK);
    const at = hashes ? hashes + <usize>i * 8 : blockHashes();
    if (i >= hashed) hashKeys<K>(t, h, keys, some, at);
    for (let j: u32 = 0; j < some; j++) distinct += mark(bitmap, mask, recordGet<u64>(at + <usize>j * 8, 0));
    keys += some * stride<K>(t);
    i += some;
  }
  return i;
}

/** Doubles the table and moves all entries, bucket by bucket. Without memory, nothing. */
function double<K>(map: usize, t: usize, h: usize): void {
  const b = B(h) + 1;
  const array = allocate(arraySize(t, b));
  if (!array) return;
  const x: usize = needsMapextra(t, h, b) ? allocate(MAPEXTRA_SIZE) : 0;
  if (x == 0 && needsMapextra(t, h, b)) {
    freeObject(array);
    return;
  }
  growTo(map, t, h, b, array, x);
  finishGrowth<K>(map, t, h);
}

// @ts-ignore: decorator
@inline
function needsMapextra(t: usize, h: usize, b: u32): bool {
  return arrayBuckets(t, b) != bucketShift(b) && extra(h) == 0;
}

/**
 * Enters all entries into a new table of 1 << b buckets. Without memory, nothing. The array is wiped
 * at once: that takes a nanosecond an entry (1e6 uint64 keys), and buckets wiped at first touch would
 * still have to be wiped.
 */
function moveTo<K>(map: usize, t: usize, h: usize, b: u32): void {
  const array = allocate(arraySize(t, b));
  if (!array) return;
  let x = extra(h);
  if (needsMapextra(t, h, b)) {
    x = allocate(MAPEXTRA_SIZE);
    if (!x) {
      freeObject(array);
      return;
    }
    setExtra(h, toAddress(x));
  }
  const old = buckets(h);
  const oldB = B(h);
  const list = overflowList(x);
  let f = flags(h) & ~(FLAG_ITERATOR | FLAG_OLD_ITERATOR);
  if (flags(h) & FLAG_ITERATOR) f |= FLAG_OLD_ITERATOR;
  setFlags(h, f);
  setB(h, b);
  setBuckets(h, toAddress(array));
  setNoverflow(h, 0);
  const nextOverflow = linkSpares(t, array, b);
  if (x) {
    set<u64>(x, MAPEXTRA_OVERFLOW, 0);
    set<u64>(x, MAPEXTRA_OLDOVERFLOW, 0);
    set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, nextOverflow);
  }
  if (old == 0) return;
  if (count(h)) {
    for (let i: u64 = 0; i < bucketShift(oldB); i++) {
      let from = bucketAt(t, old, i);
      while (from) {
        for (let j: u32 = 0; j < <u32>BUCKET_CNT; j++) {
          if (!isEmpty(tophash(from, j))) moveEntry<K>(map, t, h, from, j);
        }
        from = overflow(t, from);
      }
    }
  }
  retire(map, <usize>old, <u32>bucketShift(oldB), bucketSize(t), list);
}

/** Copies slot i of an old bucket to the first empty slot of its chain in the present array. */
function moveEntry<K>(map: usize, t: usize, h: usize, from: usize, i: u32): void {
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);
  const k = keyAt(from, i, keysize);
  const hash = hashSlot<K>(t, k, hash0(h));
  let b = bucketAt(t, buckets(h), hash & bucketMask(B(h)));
  let free = empties(tophashes(b));
  while (free == 0) {
    const next = overflow(t, b);
    b = next ? next : newoverflow(map, t, h, b);
    free = empties(tophashes(b));
  }
  const slot = lowestSlot(free);
  setTophash(b, slot, tophashOf(hash));
  copyValue(keyAt(b, slot, keysize), k, keysize);
  copyValue(elemAt(b, slot, keysize, elemsize), elemAt(from, i, keysize, elemsize), elemsize);
}

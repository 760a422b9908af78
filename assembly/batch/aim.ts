/**
 * Where the keys of a block are to be looked for: their hashes, worked out before the first of them is looked
 * at, and what follows from these in the present array.
 *
 * Integer keys are hashed two at a time (`hash/memhash.ts`), and their aims come out of the same vectors.
 */
import {
  AIM_PLACE, AIM_RECORD, AIM_TOPS, RT_BLOCK_AIMS, RT_BLOCK_HASHES, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { MIN_TOP_HASH } from "../shared/golayout.ts";
import { Hasher } from "../shared/codes.ts";
import { copyBytes, get, getBoth, getPair, recordGet, recordSet, splatGet } from "../memory/access.ts";
import { elementOffset } from "../memory/address.ts";
import { crossedHalvesOf, halvesOf } from "../memory/wide.ts";
import {
  hashTextPair, hashWord, hashWordPair, lastFactor, lowHalves, memhash, secondFactor, splatWord, startedSeed,
} from "../hash/memhash.ts";
import { bucketSize, hasherOf, indirectElem, keyType, typeSize } from "../types/maptype.ts";
import { B, bucketMask, buckets, hash0 } from "../classic/header.ts";
import { tophashOf } from "../classic/bucket.ts";
import { hashOf, isFast, isString, stringKey } from "../classic/key.ts";

/** A one in each byte. */
const EVERY_BYTE: u32 = 0x01010101;

/** Bytes from one key of a column to the next. */
// @ts-ignore: decorator
@inline
export function stride<K>(t: usize): u32 {
  if (isFast<K>()) return sizeof<K>();
  if (isString<K>()) return 8;
  return typeSize(keyType(t));
}

/** The key of a column at `p`. */
// @ts-ignore: decorator
@inline
export function columnKey<K>(p: usize): K {
  if (isFast<K>()) return get<K>(p, 0);
  if (isString<K>()) return <K>stringKey(get<u32>(p, 0), get<u32>(p, 4));
  return <K>p;
}

/** Where the hashes of the block's keys stand. */
// @ts-ignore: decorator
@inline
export function blockHashes(): usize {
  return RUNTIME_BASE + RT_BLOCK_HASHES;
}

/** The hash of key i of the block. */
// @ts-ignore: decorator
@inline
export function blockHash(i: u32): u64 {
  return recordGet<u64>(blockHashes() + <usize>i * 8, 0);
}

/** Where the aim of key i of the block stands. */
// @ts-ignore: decorator
@inline
export function aimOf(i: u32): usize {
  return RUNTIME_BASE + RT_BLOCK_AIMS + <usize>i * AIM_RECORD;
}

/** The first bucket of the chain that a key is aimed at. */
// @ts-ignore: decorator
@inline
export function placeOf(aim: usize): usize {
  return recordGet<u32>(aim, AIM_PLACE);
}

/** The tophash of a key, in every byte. */
// @ts-ignore: decorator
@inline
export function topsOf(aim: usize): v128 {
  return splatGet(aim, AIM_TOPS);
}

/** The tophash of a key. */
// @ts-ignore: decorator
@inline
export function topOf(aim: usize): u32 {
  return recordGet<u8>(aim, AIM_TOPS);
}

// @ts-ignore: decorator
@inline
function setAim(aim: usize, hash: u64, array: u64, mask: u32, size: u32): void {
  recordSet<u32>(aim, AIM_PLACE, <u32>elementOffset(array, <u32>hash & mask, size));
  recordSet<u32>(aim, AIM_TOPS, tophashOf(hash) * EVERY_BYTE);
}

/**
 * The aims of two keys from their hashes: in each lane, the low half of the hash becomes the place and the high
 * half the tophash in every byte. `masks` is the bucket mask in each half, `scales` {size, EVERY_BYTE} in each
 * lane, `bases` {array, 0}.
 */
// @ts-ignore: decorator
@inline
function aimPair(hashes: v128, masks: v128, scales: v128, bases: v128): v128 {
  const tops = i32x4.shr_u(hashes, 24);
  const least = i32x4.splat(MIN_TOP_HASH);
  const raised = i32x4.add(tops, v128.and(i32x4.gt_s(least, tops), least));
  const both = i32x4.shuffle(v128.and(hashes, masks), raised, 0, 5, 2, 7);
  return i32x4.add(i32x4.mul(both, scales), bases);
}

/**
 * Whether the keys have the usual hasher of integers or strings. That gets a loop of its own: the choice in
 * the loop costs a tenth of a lookup. The keys of a map of floats come here as integers where they are hashed
 * like these.
 */
// @ts-ignore: decorator
@inline
function isUsual<K>(t: usize): bool {
  const hasher = hasherOf(t);
  if (isString<K>()) return hasher == <u32>Hasher.Str;
  if (!isFast<K>()) return false;
  if (sizeof<K>() == 4) return hasher == <u32>Hasher.Mem32 || hasher == <u32>Hasher.Float32;
  return hasher == <u32>Hasher.Mem64 || hasher == <u32>Hasher.Float64;
}

/** Bytes of a key of a map whose keys are floats with their usual hash, and whose elements are in its slots; or 0. */
export function floatWidth(t: usize): u32 {
  if (indirectElem(t)) return 0;
  const hasher = hasherOf(t);
  return hasher == <u32>Hasher.Float64 ? 8 : hasher == <u32>Hasher.Float32 ? 4 : 0;
}

/**
 * Works out where `n` keys are to be looked for in the present array; with `whole`, keeps their
 * hashes too.
 */
// @ts-ignore: decorator
@inline
export function aimBlock<K>(t: usize, h: usize, keys: usize, n: u32, whole: bool): void {
  if (isUsual<K>(t)) {
    if (isString<K>()) aimTexts(t, h, keys, n, whole);
    else aimPairs<K>(t, h, keys, n, whole);
  } else aimEach<K>(t, h, keys, n, whole);
}

// @ts-ignore: decorator
@inline
function aimPairs<K>(t: usize, h: usize, keys: usize, n: u32, whole: bool): void {
  const array = buckets(h);
  const mask = <u32>bucketMask(B(h));
  const size = bucketSize(t);
  const seed = hash0(h);
  const factors = halvesOf(splatWord(secondFactor()));
  const started = halvesOf(splatWord(startedSeed(seed)));
  const startedCrossed = crossedHalvesOf(splatWord(startedSeed(seed)));
  const last = halvesOf(splatWord(lastFactor(sizeof<K>())));
  const lastCrossed = crossedHalvesOf(splatWord(lastFactor(sizeof<K>())));
  const lows = lowHalves();
  const masks = i32x4.splat(mask);
  const scales = i64x2.splat(((<u64>EVERY_BYTE) << 32) | <u64>size);
  const bases = i64x2.splat(<u64><u32>array);
  let hashes = blockHashes();
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    const pair = hashWordPair(getPair<K>(keys), factors, started, startedCrossed, last, lastCrossed, lows);
    if (whole) {
      recordSet<v128>(hashes, 0, pair);
      hashes += 16;
    }
    recordSet<v128>(aim, 0, aimPair(pair, masks, scales, bases));
    keys += 2 * sizeof<K>();
  }
  if (n & 1) {
    const hash = hashWord<K>(get<K>(keys, 0), startedSeed(seed), secondFactor());
    if (whole) recordSet<u64>(hashes, 0, hash);
    setAim(aim, hash, array, mask, size);
  }
}

/** The same for strings: two at a time where both have 8 to 16 bytes. */
function aimTexts(t: usize, h: usize, keys: usize, n: u32, whole: bool): void {
  const array = buckets(h);
  const mask = <u32>bucketMask(B(h));
  const size = bucketSize(t);
  const seed = hash0(h);
  const factors = halvesOf(splatWord(secondFactor()));
  const started = halvesOf(splatWord(startedSeed(seed)));
  const startedCrossed = crossedHalvesOf(splatWord(startedSeed(seed)));
  const last = splatWord(lastFactor(0));
  const lows = lowHalves();
  const masks = i32x4.splat(mask);
  const scales = i64x2.splat(((<u64>EVERY_BYTE) << 32) | <u64>size);
  const bases = i64x2.splat(<u64><u32>array);
  let hashes = blockHashes();
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    const p = <usize>get<u32>(keys, 0);
    const q = <usize>get<u32>(keys, 8);
    const pLength = get<u32>(keys, 4);
    const qLength = get<u32>(keys, 12);
    let pair: v128;
    if (max(pLength - 8, qLength - 8) <= 8) {
      const lasts = v128.xor(last, i64x2.shr_u(recordGet<v128>(keys, 0), 32));
      pair = hashTextPair(
        getBoth(p, q), getBoth(p + pLength - 8, q + qLength - 8), factors, started, startedCrossed, lasts, lows,
      );
    } else {
      pair = i64x2.replace_lane(i64x2.splat(memhash(p, seed, pLength)), 1, memhash(q, seed, qLength));
    }
    if (whole) {
      recordSet<v128>(hashes, 0, pair);
      hashes += 16;
    }
    recordSet<v128>(aim, 0, aimPair(pair, masks, scales, bases));
    keys += 16;
  }
  if (n & 1) {
    const hash = memhash(get<u32>(keys, 0), seed, get<u32>(keys, 4));
    if (whole) recordSet<u64>(hashes, 0, hash);
    setAim(aim, hash, array, mask, size);
  }
}

// @ts-ignore: decorator
@inline
function aimEach<K>(t: usize, h: usize, keys: usize, n: u32, whole: bool): void {
  const array = buckets(h);
  const mask = <u32>bucketMask(B(h));
  const size = bucketSize(t);
  const step = stride<K>(t);
  const seed = hash0(h);
  let hashes = blockHashes();
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end; aim += AIM_RECORD) {
    const hash = hashOf<K>(t, columnKey<K>(keys), seed);
    if (whole) {
      recordSet<u64>(hashes, 0, hash);
      hashes += 8;
    }
    setAim(aim, hash, array, mask, size);
    keys += step;
  }
}

/** Works out the hashes of `n` keys: u64 each, at `to`. */
export function hashKeys<K>(t: usize, h: usize, keys: usize, n: u32, to: usize): void {
  const seed = hash0(h);
  const end = to + <usize>n * 8;
  if (isFast<K>() && isUsual<K>(t)) {
    const factors = halvesOf(splatWord(secondFactor()));
    const started = halvesOf(splatWord(startedSeed(seed)));
    const startedCrossed = crossedHalvesOf(splatWord(startedSeed(seed)));
    const last = halvesOf(splatWord(lastFactor(sizeof<K>())));
    const lastCrossed = crossedHalvesOf(splatWord(lastFactor(sizeof<K>())));
    const lows = lowHalves();
    for (; to + 8 < end; to += 16) {
      recordSet<v128>(to, 0, hashWordPair(getPair<K>(keys), factors, started, startedCrossed, last, lastCrossed, lows));
      keys += 2 * sizeof<K>();
    }
  }
  const step = stride<K>(t);
  for (; to < end; to += 8) {
    recordSet<u64>(to, 0, hashOf<K>(t, columnKey<K>(keys), seed));
    keys += step;
  }
}

/** The same as `aimBlock` for `n` keys whose hashes stand at `hashes`. */
export function aimHashed(t: usize, h: usize, hashes: usize, n: u32, whole: bool): void {
  const array = buckets(h);
  const mask = <u32>bucketMask(B(h));
  const size = bucketSize(t);
  const masks = i32x4.splat(mask);
  const scales = i64x2.splat(((<u64>EVERY_BYTE) << 32) | <u64>size);
  const bases = i64x2.splat(<u64><u32>array);
  if (whole) copyBytes(blockHashes(), hashes, <usize>n * 8);
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    recordSet<v128>(aim, 0, aimPair(recordGet<v128>(hashes, 0), masks, scales, bases));
    hashes += 16;
  }
  if (n & 1) setAim(aim, recordGet<u64>(hashes, 0), array, mask, size);
}

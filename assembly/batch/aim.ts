/**
 * Where the keys of a block are to be looked for: their hashes, worked out before the first of them is looked
 * at, and what follows from these in the present array.
 *
 * Integer keys are hashed two at a time (`hash/memhash.ts`), and their aims come out of the same vectors.
 */
import {
  AIM_PLACE, AIM_RECORD, AIM_TOPS, LANES_BASE, LANES_LEAST, LANES_MASK, LANES_SCALE, RT_BLOCK_AIMS,
  RT_BLOCK_HASHES, RT_LANES, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { MIN_TOP_HASH } from "../shared/golayout.ts";
import { Hasher } from "../shared/codes.ts";
import { get, getBoth, getPair, hostGet, hostSet, recordGet, recordSet, splatGet } from "../memory/access.ts";
import { elementOffset } from "../memory/address.ts";
import { plainlyHashedBytes } from "../hash/hasher.ts";
import {
  beginPairs, hashBytesPair, hashTextPair, hashWord, hashWordPair, inPairs, memhash, secondFactor,
  startedSeed,
} from "../hash/memhash.ts";
import { bucketSize, hasherOf, indirectElem, keyType, typeSize } from "../types/maptype.ts";
import { B, bucketMask, buckets, hash0 } from "../classic/header.ts";
import { tophashOf } from "../classic/bucket.ts";
import { hashOf, isFast, isPlace, isString, stringKey } from "../classic/key.ts";

/** A one in each byte. */
const EVERY_BYTE: u32 = 0x01010101;

/** From a key's aim to its hash: both records have the same size. */
const HASH_OF_AIM: usize = RT_BLOCK_HASHES - RT_BLOCK_AIMS;

/** Bytes from one key of a column to the next. */
// @ts-ignore: decorator
@inline
export function stride<K>(t: usize): u32 {
  if (isFast<K>() || isFloat<K>()) return sizeof<K>();
  if (isString<K>()) return 8;
  return typeSize(keyType(t));
}

/** The key of a column at `p`. */
// @ts-ignore: decorator
@inline
export function columnKey<K>(p: usize): K {
  if (isFast<K>() || isFloat<K>()) return get<K>(p, 0);
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

/** Writes down the hash of one key, and where that aims it. */
// @ts-ignore: decorator
@inline
function setAim(t: usize, h: usize, aim: usize, hash: u64): void {
  recordSet<u64>(aim, HASH_OF_AIM, hash);
  const bucket = <u32>hash & <u32>bucketMask(B(h));
  recordSet<u32>(aim, AIM_PLACE, <u32>elementOffset(buckets(h), bucket, bucketSize(t)));
  recordSet<u32>(aim, AIM_TOPS, tophashOf(hash) * EVERY_BYTE);
}

/** Writes down what `aimPair` loads. */
// @ts-ignore: decorator
@inline
function beginAims(t: usize, h: usize): void {
  hostSet<v128>(RT_LANES + LANES_MASK, i32x4.splat(<u32>bucketMask(B(h))));
  hostSet<v128>(RT_LANES + LANES_SCALE, i64x2.splat(((<u64>EVERY_BYTE) << 32) | <u64>bucketSize(t)));
  hostSet<v128>(RT_LANES + LANES_BASE, i64x2.splat(<u64><u32>buckets(h)));
  hostSet<v128>(RT_LANES + LANES_LEAST, i32x4.splat(MIN_TOP_HASH));
}

/**
 * The aims of two keys from their hashes: in each lane, the low half of the hash becomes the place and the
 * high half the tophash in every byte.
 */
// @ts-ignore: decorator
@inline
function aimPair(hashes: v128): v128 {
  const tops = i32x4.shr_u(hashes, 24);
  const least = hostGet<v128>(RT_LANES + LANES_LEAST);
  const raised = i32x4.add(tops, v128.and(i32x4.gt_s(least, tops), least));
  const indices = v128.and(hashes, hostGet<v128>(RT_LANES + LANES_MASK));
  const both = i32x4.shuffle(indices, raised, 0, 5, 2, 7);
  return i32x4.add(
    i32x4.mul(both, hostGet<v128>(RT_LANES + LANES_SCALE)), hostGet<v128>(RT_LANES + LANES_BASE),
  );
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

/**
 * Bytes of a key of a map whose keys are floats with their usual hash, and whose elements are in its slots;
 * or 0.
 */
export function floatWidth(t: usize): u32 {
  if (indirectElem(t)) return 0;
  const hasher = hasherOf(t);
  return hasher == <u32>Hasher.Float64 ? 8 : hasher == <u32>Hasher.Float32 ? 4 : 0;
}

/** How many floats from `p` on are neither zero nor NaN. */
export function ordinaryFloats<F>(p: usize, n: u32): u32 {
  let i: u32 = 0;
  while (i < n && abs<F>(get<F>(p, 0)) > 0) {
    p += sizeof<F>();
    i++;
  }
  return i;
}

/** Works out where `n` keys are to be looked for in the present array, and keeps their hashes too. */
export function aimBlock<K>(t: usize, h: usize, keys: usize, n: u32): void {
  if (isUsual<K>(t)) {
    if (isString<K>()) aimTexts(t, h, keys, n);
    else aimPairs<K>(t, h, keys, n);
    return;
  }
  if (isPlace<K>()) {
    const counted = plainlyHashedBytes(t);
    if (counted) {
      aimPlain(t, h, keys, n, counted);
      return;
    }
  }
  aimEach<K>(t, h, keys, n);
}

// @ts-ignore: decorator
@inline
function aimPairs<K>(t: usize, h: usize, keys: usize, n: u32): void {
  const seed = hash0(h);
  beginPairs(seed, sizeof<K>());
  beginAims(t, h);
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    const pair = hashWordPair(getPair<K>(keys));
    recordSet<v128>(aim, HASH_OF_AIM, pair);
    recordSet<v128>(aim, 0, aimPair(pair));
    keys += 2 * sizeof<K>();
  }
  if (n & 1) setAim(t, h, aim, hashWord<K>(get<K>(keys, 0), startedSeed(seed), secondFactor()));
}

/** The same for strings: two at a time where both have 8 to 16 bytes. */
function aimTexts(t: usize, h: usize, keys: usize, n: u32): void {
  const seed = hash0(h);
  beginPairs(seed, 0);
  beginAims(t, h);
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    const p = <usize>get<u32>(keys, 0);
    const q = <usize>get<u32>(keys, 8);
    const pLength = get<u32>(keys, 4);
    const qLength = get<u32>(keys, 12);
    let pair: v128;
    if (max(pLength - 8, qLength - 8) <= 8) {
      const sizes = i64x2.shr_u(recordGet<v128>(keys, 0), 32);
      pair = hashTextPair(getBoth(p, q), getBoth(p + pLength - 8, q + qLength - 8), sizes);
    } else {
      pair = i64x2.replace_lane(i64x2.splat(memhash(p, seed, pLength)), 1, memhash(q, seed, qLength));
    }
    recordSet<v128>(aim, HASH_OF_AIM, pair);
    recordSet<v128>(aim, 0, aimPair(pair));
    keys += 16;
  }
  if (n & 1) setAim(t, h, aim, memhash(get<u32>(keys, 0), seed, get<u32>(keys, 4)));
}

/** The same for keys of which `counted` bytes are hashed: two at a time where those are not many or few. */
function aimPlain(t: usize, h: usize, keys: usize, n: u32, counted: u32): void {
  const step = typeSize(keyType(t));
  const seed = hash0(h);
  beginAims(t, h);
  let aim = aimOf(0);
  const end = aimOf(n & ~1);
  if (inPairs(counted)) {
    const started = startedSeed(seed);
    const factor = secondFactor();
    for (; aim < end; aim += 2 * AIM_RECORD) {
      const pair = hashBytesPair(keys, keys + step, counted, started, factor);
      recordSet<v128>(aim, HASH_OF_AIM, pair);
      recordSet<v128>(aim, 0, aimPair(pair));
      keys += 2 * step;
    }
  } else {
    for (; aim < end; aim += 2 * AIM_RECORD) {
      const first = memhash(keys, seed, counted);
      const pair = i64x2.replace_lane(i64x2.splat(first), 1, memhash(keys + step, seed, counted));
      recordSet<v128>(aim, HASH_OF_AIM, pair);
      recordSet<v128>(aim, 0, aimPair(pair));
      keys += 2 * step;
    }
  }
  if (n & 1) setAim(t, h, aim, memhash(keys, seed, counted));
}

// @ts-ignore: decorator
@inline
function aimEach<K>(t: usize, h: usize, keys: usize, n: u32): void {
  const step = stride<K>(t);
  const seed = hash0(h);
  let aim = aimOf(0);
  for (const end = aimOf(n); aim < end; aim += AIM_RECORD) {
    setAim(t, h, aim, hashOf<K>(t, columnKey<K>(keys), seed));
    keys += step;
  }
}

/** Works out the hashes of `n` keys: u64 each, at `to`. */
export function hashKeys<K>(t: usize, h: usize, keys: usize, n: u32, to: usize): void {
  const seed = hash0(h);
  const end = to + <usize>n * 8;
  if (isFast<K>() && isUsual<K>(t)) {
    beginPairs(seed, sizeof<K>());
    for (; to + 8 < end; to += 16) {
      recordSet<v128>(to, 0, hashWordPair(getPair<K>(keys)));
      keys += 2 * sizeof<K>();
    }
  }
  const step = stride<K>(t);
  if (isPlace<K>()) {
    const counted = plainlyHashedBytes(t);
    for (; counted != 0 && to < end; to += 8) {
      recordSet<u64>(to, 0, memhash(keys, seed, counted));
      keys += step;
    }
  }
  for (; to < end; to += 8) {
    recordSet<u64>(to, 0, hashOf<K>(t, columnKey<K>(keys), seed));
    keys += step;
  }
}

/** The same as `aimBlock` for `n` keys whose hashes stand at `hashes`. */
export function aimHashed(t: usize, h: usize, hashes: usize, n: u32): void {
  beginAims(t, h);
  let aim = aimOf(0);
  for (const end = aimOf(n & ~1); aim < end; aim += 2 * AIM_RECORD) {
    const pair = recordGet<v128>(hashes, 0);
    recordSet<v128>(aim, HASH_OF_AIM, pair);
    recordSet<v128>(aim, 0, aimPair(pair));
    hashes += 16;
  }
  if (n & 1) setAim(t, h, aim, recordGet<u64>(hashes, 0));
}

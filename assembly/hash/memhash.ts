/**
 * Go's portable hash (`runtime/hash64.go`): wyhash over the bytes of a key,
 * started from the map's hash0 and the process's hashkey. Up to Go 1.22 its
 * multipliers are constants, from 1.23 on they are words of the hashkey; all but
 * the last are read from the host state, so that both are one code.
 */
import {
  LANES_FACTOR, LANES_LAST, LANES_LAST_CROSSED, LANES_LAST_WORDS, LANES_LOWS, LANES_STARTED,
  LANES_STARTED_CROSSED, RT_HASH_M2, RT_HASH_M3, RT_HASH_M4, RT_HASH_SEED, RT_HASHKEY, RT_KEYED_HASH,
  RT_LANES,
} from "../shared/hostlayout.ts";
import { get, getBoth, hostGet, hostSet } from "../memory/access.ts";
import { crossedHalvesOf, halvesOf, mulFold, mulFoldPair, mulFoldPairLow } from "../memory/wide.ts";

const M1: u64 = 0xa0761d6478bd642f;
const M2: u64 = 0xe7037ed1a0b428db;
const M3: u64 = 0x8ebc6af09c88c6e3;
const M4: u64 = 0x589965cc75374cc3;
const M5: u64 = 0x1d8e4e27c47d124f;

/** To be called when the hashkey and the profile are set. */
export function initMemhash(): void {
  const keyed = hostGet<u32>(RT_KEYED_HASH) != 0;
  hostSet<u64>(RT_HASH_SEED, hostGet<u64>(RT_HASHKEY) ^ (keyed ? 0 : M1));
  hostSet<u64>(RT_HASH_M2, keyed ? hostGet<u64>(RT_HASHKEY + 8) : M2);
  hostSet<u64>(RT_HASH_M3, keyed ? hostGet<u64>(RT_HASHKEY + 16) : M3);
  hostSet<u64>(RT_HASH_M4, keyed ? hostGet<u64>(RT_HASHKEY + 24) : M4);
}

// @ts-ignore: decorator
@inline
export function memhash32(value: u32, seed: u64): u64 {
  return hashWord<u32>(value, startedSeed(seed), secondFactor());
}

// @ts-ignore: decorator
@inline
export function memhash64(value: u64, seed: u64): u64 {
  return hashWord<u64>(value, startedSeed(seed), secondFactor());
}

/** What the hash of a key with this seed begins with: the same for every key of a map. */
// @ts-ignore: decorator
@inline
export function startedSeed(seed: u64): u64 {
  return seed ^ hostGet<u64>(RT_HASH_SEED);
}

/** What the first half of a key is mixed with: the same for every key of a process. */
// @ts-ignore: decorator
@inline
export function secondFactor(): u64 {
  return hostGet<u64>(RT_HASH_M2);
}

/** The hash of an integer of four or eight bytes, for loops that have read the rest already. */
// @ts-ignore: decorator
@inline
export function hashWord<T>(value: T, started: u64, factor: u64): u64 {
  return mulFold(M5 ^ sizeof<T>(), mulFold(<u64>value ^ factor, <u64>value ^ started));
}

/*
 * Hashing two keys at once, in loops: what does not change in them is written down as vectors before, and
 * loaded in each round.
 */

// @ts-ignore: decorator
@inline
function lane(field: usize): v128 {
  return hostGet<v128>(RT_LANES + field);
}

/** Writes down what the two functions below load, for keys of `size` bytes. */
export function beginPairs(seed: u64, size: u32): void {
  const factor = i64x2.splat(secondFactor());
  const started = i64x2.splat(startedSeed(seed));
  const last = i64x2.splat(M5 ^ size);
  hostSet<v128>(RT_LANES + LANES_FACTOR, halvesOf(factor));
  hostSet<v128>(RT_LANES + LANES_STARTED, halvesOf(started));
  hostSet<v128>(RT_LANES + LANES_STARTED_CROSSED, crossedHalvesOf(started));
  hostSet<v128>(RT_LANES + LANES_LAST, halvesOf(last));
  hostSet<v128>(RT_LANES + LANES_LAST_CROSSED, crossedHalvesOf(last));
  hostSet<v128>(RT_LANES + LANES_LAST_WORDS, i64x2.splat(M5));
  hostSet<v128>(RT_LANES + LANES_LOWS, i64x2.splat(0xffffffff));
}

/** The hashes of two integers, each in a u64 lane: two u64 lanes. */
// @ts-ignore: decorator
@inline
export function hashWordPair(values: v128): v128 {
  return mulFoldPair(
    halvesOf(mixedPair(values, values)), lane(LANES_LAST), lane(LANES_LAST_CROSSED), lane(LANES_LOWS),
  );
}

/**
 * The hashes of two keys of 8 to 16 bytes each, of which `firsts` are the first eight bytes, `ends` the last
 * and `sizes` the lengths.
 */
// @ts-ignore: decorator
@inline
export function hashTextPair(firsts: v128, ends: v128, sizes: v128): v128 {
  const lasts = v128.xor(lane(LANES_LAST_WORDS), sizes);
  return mulFoldPair(
    halvesOf(mixedPair(firsts, ends)), halvesOf(lasts), crossedHalvesOf(lasts), lane(LANES_LOWS),
  );
}

// @ts-ignore: decorator
@inline
function mixedPair(firsts: v128, ends: v128): v128 {
  return mulFoldPair(
    v128.xor(halvesOf(firsts), lane(LANES_FACTOR)), v128.xor(halvesOf(ends), lane(LANES_STARTED)),
    v128.xor(crossedHalvesOf(ends), lane(LANES_STARTED_CROSSED)), lane(LANES_LOWS),
  );
}

/** The lower halves of the hashes of two integers in u64 lanes; above them stands nothing of use. */
// @ts-ignore: decorator
@inline
export function hashPairLow<T>(values: v128, started: u64, factor: u64): v128 {
  const mixed = mixedEnds(values, values, i64x2.splat(started), factor);
  return mulFoldPairLow(M5 ^ sizeof<T>(), mixed, i64x2.splat(0xffffffff));
}

// @ts-ignore: decorator
@inline
function mixedEnds(firsts: v128, ends: v128, seeds: v128, factor: u64): v128 {
  const a = v128.xor(firsts, i64x2.splat(factor));
  const b = v128.xor(ends, seeds);
  return mulFoldPair(halvesOf(a), halvesOf(b), crossedHalvesOf(b), i64x2.splat(0xffffffff));
}

/** Whether keys of so many bytes can be hashed as pairs: 8 to 48, of which all are mixed in one chain. */
// @ts-ignore: decorator
@inline
export function inPairs(size: u32): bool {
  return size - 8 <= 40;
}

/** What the hashes of two such keys, at `p` and `q`, are folded from last: two u64 lanes. */
// @ts-ignore: decorator
@inline
function mixedBytes(p: usize, q: usize, size: u32, started: u64, factor: u64): v128 {
  let seeds = i64x2.splat(started);
  let first: u32 = 0;
  for (; size - first > 16; first += 16) {
    seeds = mixedEnds(getBoth(p + first, q + first), getBoth(p + first + 8, q + first + 8), seeds, factor);
  }
  if (first) first = size - 16;
  return mixedEnds(getBoth(p + first, q + first), getBoth(p + size - 8, q + size - 8), seeds, factor);
}

/** The lower halves of the hashes of two such keys; above them stands nothing of use. */
// @ts-ignore: decorator
@inline
export function hashBytesPairLow(p: usize, q: usize, size: u32, started: u64, factor: u64): v128 {
  return mulFoldPairLow(M5 ^ <u64>size, mixedBytes(p, q, size, started, factor), i64x2.splat(0xffffffff));
}

/** The hashes of two such keys: two u64 lanes. */
// @ts-ignore: decorator
@inline
export function hashBytesPair(p: usize, q: usize, size: u32, started: u64, factor: u64): v128 {
  const last = i64x2.splat(M5 ^ <u64>size);
  return mulFoldPair(
    halvesOf(mixedBytes(p, q, size, started, factor)), halvesOf(last), crossedHalvesOf(last),
    i64x2.splat(0xffffffff),
  );
}

/** The hash of `size` bytes at `p`. */
export function memhash(p: usize, seed: u64, size: u32): u64 {
  let a: u64;
  let b: u64;
  seed ^= hostGet<u64>(RT_HASH_SEED);
  if (size <= 16) {
    if (size >= 8) {
      a = get<u64>(p, 0);
      b = get<u64>(p + size, -8);
    } else if (size >= 4) {
      a = get<u32>(p, 0);
      b = get<u32>(p + size, -4);
    } else if (size == 0) {
      return seed;
    } else {
      a = <u64>get<u8>(p, 0) | (<u64>get<u8>(p, size >> 1) << 8) | (<u64>get<u8>(p, size - 1) << 16);
      b = 0;
    }
  } else {
    let left = size;
    if (left > 48) {
      let seed1 = seed;
      let seed2 = seed;
      do {
        seed = mulFold(get<u64>(p, 0) ^ secondFactor(), get<u64>(p, 8) ^ seed);
        seed1 = mulFold(get<u64>(p, 16) ^ hostGet<u64>(RT_HASH_M3), get<u64>(p, 24) ^ seed1);
        seed2 = mulFold(get<u64>(p, 32) ^ hostGet<u64>(RT_HASH_M4), get<u64>(p, 40) ^ seed2);
        p += 48;
        left -= 48;
      } while (left > 48);
      seed ^= seed1 ^ seed2;
    }
    while (left > 16) {
      seed = mulFold(get<u64>(p, 0) ^ secondFactor(), get<u64>(p, 8) ^ seed);
      p += 16;
      left -= 16;
    }
    a = get<u64>(p + left, -16);
    b = get<u64>(p + left, -8);
  }
  return mulFold(M5 ^ size, mulFold(a ^ secondFactor(), b ^ seed));
}

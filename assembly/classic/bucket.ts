/** A bucket (`bmap`): its tophash bytes, keys, elements and overflow link. */
import { BUCKET_CNT, BUCKET_DATA, EMPTY_ONE, MIN_TOP_HASH, PTR_SIZE } from "../shared/golayout.ts";
import { get, set } from "../memory/access.ts";
import { elementOffset, toOffsetOrNil } from "../memory/address.ts";
import { failAddress } from "../memory/outcome.ts";
import { bucketSize, elemSize, keySize } from "../types/maptype.ts";

/** A one in each byte: times a tophash, that tophash in every slot. */
export const BYTE_ONES: u64 = 0x0101010101010101;
const BYTE_HIGHS: u64 = 0x8080808080808080;

/** The tophash of a hash: its top byte, kept clear of the state marks. */
// @ts-ignore: decorator
@inline
export function tophashOf(hash: u64): u32 {
  const top = <u32>(hash >> 56);
  return top < <u32>MIN_TOP_HASH ? top + MIN_TOP_HASH : top;
}

// @ts-ignore: decorator
@inline
export function tophash(b: usize, i: u32): u32 {
  return get<u8>(b + i, 0);
}

// @ts-ignore: decorator
@inline
export function setTophash(b: usize, i: u32, value: u32): void {
  set<u8>(b + i, 0, <u8>value);
}

/** All eight tophash bytes, slot 0 lowest. */
// @ts-ignore: decorator
@inline
export function tophashes(b: usize): u64 {
  return get<u64>(b, 0);
}

// @ts-ignore: decorator
@inline
export function setTophashes(b: usize, word: u64): void {
  set<u64>(b, 0, word);
}

// @ts-ignore: decorator
@inline
export function isEmpty(top: u32): bool {
  return top <= <u32>EMPTY_ONE;
}

/** Whether the bucket's entries have moved to the new array. */
// @ts-ignore: decorator
@inline
export function evacuated(b: usize): bool {
  const top = tophash(b, 0);
  return top > <u32>EMPTY_ONE && top < <u32>MIN_TOP_HASH;
}

/**
 * The slots of `word` whose tophash may be `top`: a bit in the top of each
 * byte. The lowest is certain; one above a match may be a slot whose tophash
 * is `top ^ 1`, whose key then differs too.
 */
// @ts-ignore: decorator
@inline
export function matches(word: u64, top: u32): u64 {
  const x = word ^ (BYTE_ONES * <u64>top);
  return (x - BYTE_ONES) & ~x & BYTE_HIGHS;
}

/** The empty slots of `word`, the lowest bit certain. */
// @ts-ignore: decorator
@inline
export function empties(word: u64): u64 {
  const x = word & 0xfefefefefefefefe;
  return (x - BYTE_ONES) & ~x & BYTE_HIGHS;
}

/** The slot of the lowest bit of a mask. */
// @ts-ignore: decorator
@inline
export function lowestSlot(mask: u64): u32 {
  return <u32>(ctz(mask) >> 3);
}

/** Whether the chain ends in this bucket: an emptyRest reaches to the last slot. */
// @ts-ignore: decorator
@inline
export function endsHere(word: u64): bool {
  return word >> 56 == 0;
}

// @ts-ignore: decorator
@inline
export function keyAt(b: usize, i: u32, keysize: u32): usize {
  return b + BUCKET_DATA + i * keysize;
}

// @ts-ignore: decorator
@inline
export function elemAt(b: usize, i: u32, keysize: u32, elemsize: u32): usize {
  return b + BUCKET_DATA + BUCKET_CNT * keysize + i * elemsize;
}

/** Offset of slot i's key, by the type. */
// @ts-ignore: decorator
@inline
export function keySlot(t: usize, b: usize, i: u32): usize {
  return keyAt(b, i, keySize(t));
}

/** Offset of slot i's element, by the type. */
// @ts-ignore: decorator
@inline
export function elemSlot(t: usize, b: usize, i: u32): usize {
  return elemAt(b, i, keySize(t), elemSize(t));
}

/** The overflow link: an address. */
// @ts-ignore: decorator
@inline
export function overflowAddress(t: usize, b: usize): u64 {
  return get<u64>(b + bucketSize(t), -PTR_SIZE);
}

/** The next bucket of the chain, or 0. */
// @ts-ignore: decorator
@inline
export function overflow(t: usize, b: usize): usize {
  return toOffsetOrNil(overflowAddress(t, b), bucketSize(t));
}

// @ts-ignore: decorator
@inline
export function setOverflow(t: usize, b: usize, address: u64): void {
  set<u64>(b + bucketSize(t), -PTR_SIZE, address);
}

/** Bucket `index` of the array at `array` (an address), which is not nil. */
// @ts-ignore: decorator
@inline
export function bucketAt(t: usize, array: u64, index: u64): usize {
  return elementOffset(array, index, bucketSize(t));
}

/** Bucket `index` of the array at `array`, or 0 where that address is nil. */
// @ts-ignore: decorator
@inline
export function bucketOrNil(t: usize, array: u64, index: u64): usize {
  if (isDefined(GUARDED)) {
    if (array + index * bucketSize(t) == 0) return 0;
  }
  return bucketAt(t, array, index);
}

/** A bucket that Go dereferences without a look: a nil one is a nil dereference. */
// @ts-ignore: decorator
@inline
export function notNil(b: usize): usize {
  if (isDefined(GUARDED)) {
    if (b == 0) failAddress(0, 1);
  }
  return b;
}

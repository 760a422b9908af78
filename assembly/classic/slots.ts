/**
 * The eight slots of a bucket as a vector and as a set of eight bits, for loops that take a bucket at once.
 * Which slots are filled, and what becomes of them, is what no predictor knows: here it needs no branch.
 */
import { BUCKET_CNT, EMPTY_ONE } from "../shared/golayout.ts";
import { RT_SLOT_ORDERS, RUNTIME_BASE, SLOT_ORDER } from "../shared/hostlayout.ts";
import { getHalf, recordSet } from "../memory/access.ts";

/** Behind the last slot of a set: `swizzle` makes nothing of it. */
const NO_SLOT: u64 = 0xffffffffffffffff;

/** To be called once. */
export function initSlotOrders(): void {
  for (let set: u32 = 0; set < 1 << BUCKET_CNT; set++) {
    let order = NO_SLOT;
    for (let left = set, at = 0; left; left &= left - 1, at += 8) {
      order ^= <u64>(0xff ^ ctz(left)) << at;
    }
    recordSet<u64>(RUNTIME_BASE + RT_SLOT_ORDERS + set * SLOT_ORDER, 0, order);
  }
}

/** All ones in the byte of each slot of `tops` that is not empty. */
// @ts-ignore: decorator
@inline
export function filledBytes(tops: v128): v128 {
  return i8x16.gt_u(tops, i8x16.splat(<i8>EMPTY_ONE));
}

/** All ones in the byte of each slot of a set. */
// @ts-ignore: decorator
@inline
export function bytesOf(slots: u32): v128 {
  const bits = i64x2.splat(0x8040201008040201);
  return i8x16.eq(v128.and(i8x16.splat(<i8>slots), bits), bits);
}

/** The bytes of the slots of a set, one behind the other, then zeros. */
// @ts-ignore: decorator
@inline
export function gathered(bytes: v128, slots: u32): u64 {
  const order = getHalf(RUNTIME_BASE + RT_SLOT_ORDERS + slots * SLOT_ORDER);
  return i64x2.extract_lane(i8x16.swizzle(bytes, order), 0);
}

/**
 * Overflow buckets: the spare ones behind the array, new ones, and the list by
 * which a map without pointers keeps them alive (`newoverflow`, `createOverflow`,
 * `incrnoverflow`, and Go's `append` to a slice of pointers).
 */
import {
  MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_OLDOVERFLOW, MAPEXTRA_OVERFLOW, MAPEXTRA_SIZE, NOVERFLOW_EXACT_B, PTR_SIZE,
  SLICE_ARRAY, SLICE_CAP, SLICE_LEN, SLICE_SIZE,
} from "../shared/golayout.ts";
import { copyBytes, get, set } from "../memory/access.ts";
import { Outcome } from "../shared/codes.ts";
import { elementOffset, resolve, toAddress, toOffsetOrNil, toOffsetWide } from "../memory/address.ts";
import { fail } from "../memory/outcome.ts";
import { release, reserve, take } from "../memory/malloc.ts";
import { drawNoverflow } from "../memory/random.ts";
import { MAX_ALLOC, roundUpFor } from "../memory/sizeclass.ts";
import { bucketSize, bucketType, hasPointers } from "../types/maptype.ts";
import { B, extra, extraAddress, noverflow, setExtra, setNoverflow } from "./header.ts";
import { overflowAddress, setOverflow } from "./bucket.ts";
import { wipeNextOverflow } from "./wipe.ts";

/** Below this capacity Go doubles a slice, above it it grows by a quarter and some (`growslice`). */
const SLICE_DOUBLING: u64 = 256;

/** Objects reserved beyond those counted: mapextra and slices can be of one size class with buckets. */
const SLACK: u32 = 4;

/** Offset of the slice header of the map's overflow list, or 0. */
// @ts-ignore: decorator
@inline
export function overflowList(x: usize): usize {
  return x ? toOffsetOrNil(get<u64>(x, MAPEXTRA_OVERFLOW), SLICE_SIZE) : 0;
}

/** The same for the old array's overflow buckets. */
// @ts-ignore: decorator
@inline
export function oldOverflowList(x: usize): usize {
  return x ? toOffsetOrNil(get<u64>(x, MAPEXTRA_OLDOVERFLOW), SLICE_SIZE) : 0;
}

/** The overflow list for phase one, which Go does not have: on forged bytes the write itself has to fail. */
export function plannedList(h: usize): usize {
  if (isDefined(GUARDED)) {
    const x = resolve(extraAddress(h), MAPEXTRA_SIZE);
    return x ? resolve(get<u64>(x, MAPEXTRA_OVERFLOW), SLICE_SIZE) : 0;
  }
  return overflowList(extra(h));
}

/** The capacity that `append` gives a slice of pointers with this capacity that is to hold `wanted`. */
function grownCapacity(capacity: u64, wanted: u64): u64 {
  let grown = capacity + capacity;
  if (wanted > grown) {
    grown = wanted;
  } else if (capacity >= SLICE_DOUBLING) {
    grown = capacity;
    while (grown < wanted) grown += (grown + 3 * SLICE_DOUBLING) / 4;
  }
  return roundUpFor(grown * PTR_SIZE, true) / PTR_SIZE;
}

/** The capacity of a slice of pointers to which at least `length` were appended, one by one. */
export function appendedCapacity(length: u64): u64 {
  let capacity: u64 = 0;
  while (capacity < length) capacity = grownCapacity(capacity, capacity + 1);
  return capacity;
}

/** Sets room aside for `more` further entries of a list with this length and capacity. */
function reserveAppends(length: u64, capacity: u64, more: u32): bool {
  while (capacity < length + more) {
    if (isDefined(GUARDED)) {
      if (capacity > MAX_ALLOC / PTR_SIZE) return false;
    }
    capacity = grownCapacity(capacity, capacity + 1);
    if (!reserve(capacity * PTR_SIZE, SLACK)) return false;
  }
  return true;
}

/**
 * Sets aside what `more` calls of `newoverflow` can need, on a map whose overflow
 * list is at `list` (0: none yet).
 */
export function reserveOverflow(t: usize, list: usize, more: u32): bool {
  if (more == 0) return true;
  if (!reserve(bucketSize(t), more + SLACK)) return false;
  if (hasPointers(bucketType(t))) return true;
  if (list) return reserveAppends(get<u64>(list, SLICE_LEN), get<u64>(list, SLICE_CAP), more);
  return reserve(SLICE_SIZE, SLACK) && reserve(MAPEXTRA_SIZE, SLACK) && reserveAppends(0, 0, more);
}

/** Sets aside what `createOverflow` can need. */
export function reserveCreate(): bool {
  return reserve(SLICE_SIZE, SLACK) && reserve(MAPEXTRA_SIZE, SLACK);
}

/** Makes sure that the map has a mapextra with an overflow list. */
export function createOverflow(h: usize): void {
  let x = extra(h);
  if (!x) {
    x = take(MAPEXTRA_SIZE);
    setExtra(h, toAddress(x));
  }
  if (get<u64>(x, MAPEXTRA_OVERFLOW) == 0) {
    set<u64>(x, MAPEXTRA_OVERFLOW, toAddress(take(SLICE_SIZE)));
  }
}

function append(map: usize, list: usize, bucket: u64): void {
  const length = get<u64>(list, SLICE_LEN);
  const capacity = get<u64>(list, SLICE_CAP);
  if (length >= capacity) {
    if (isDefined(GUARDED)) {
      if (max<u64>(length, capacity) > MAX_ALLOC / PTR_SIZE) fail(Outcome.SizeOutOfRange);
    }
    const old = get<u64>(list, SLICE_ARRAY);
    const from = length ? toOffsetWide(old, length * PTR_SIZE) : 0;
    const grown = grownCapacity(capacity, length + 1);
    const wider = take(grown * PTR_SIZE);
    if (from) {
      copyBytes(wider, from, <usize>length * PTR_SIZE);
      release(map, from);
    }
    set<u64>(list, SLICE_ARRAY, toAddress(wider));
    set<u64>(list, SLICE_CAP, grown);
  }
  set<u64>(elementOffset(get<u64>(list, SLICE_ARRAY), length, PTR_SIZE), 0, bucket);
  set<u64>(list, SLICE_LEN, length + 1);
}

/** Counts an overflow bucket: exactly on small maps, one of 2^(B-15) by chance on large ones. */
function incrnoverflow(h: usize): void {
  const b = B(h);
  if (b >= <u32>NOVERFLOW_EXACT_B) {
    const mask = (<u32>1 << (b - (NOVERFLOW_EXACT_B - 1))) - 1;
    if (drawNoverflow() & mask) return;
  }
  setNoverflow(h, noverflow(h) + 1);
}

/** Hangs a new overflow bucket behind `b`; room for it was reserved. Its offset. */
export function newoverflow(map: usize, t: usize, h: usize, b: usize): usize {
  let ovf: usize = 0;
  const x = extra(h);
  if (x) ovf = toOffsetOrNil(get<u64>(x, MAPEXTRA_NEXT_OVERFLOW), bucketSize(t));
  if (ovf) {
    if (overflowAddress(t, ovf) == 0) {
      // Not the last spare one: the next lies behind it.
      wipeNextOverflow(map, t, ovf + bucketSize(t));
      set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, toAddress(ovf + bucketSize(t)));
    } else {
      // The last one carries a link to the array as its mark.
      setOverflow(t, ovf, 0);
      set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, 0);
    }
  } else {
    ovf = take(bucketSize(t));
  }
  const address = toAddress(ovf);
  incrnoverflow(h);
  if (!hasPointers(bucketType(t))) {
    createOverflow(h);
    append(map, overflowList(extra(h)), address);
  }
  setOverflow(t, b, address);
  return ovf;
}

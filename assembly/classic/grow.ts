/**
 * Growth (`hashGrow`, `growWork`, `evacuate`, `advanceEvacuationMark`).
 *
 * A map that is too full gets an array twice as large; one with too many
 * overflow buckets gets an array of the same size. Then each write moves two
 * buckets: the one that it is about to use, and the next in order.
 */
import {
  BUCKET_CNT, BUCKET_DATA, EVACUATED_EMPTY, EVACUATED_X, EVACUATION_SKIP, FLAG_ITERATOR, FLAG_OLD_ITERATOR,
  FLAG_SAME_SIZE_GROW, MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_OLDOVERFLOW, MAPEXTRA_OVERFLOW, MIN_TOP_HASH,
} from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import { MAP_PINNED, MAP_SUSPECT, RT_FUEL } from "../shared/hostlayout.ts";
import { copyValue, get, hostGet, recordGet, recordSet, set, zeroBytes } from "../memory/access.ts";
import { resolve, step, toAddress, toOffset } from "../memory/address.ts";
import { allocateArray, release, reserve, retire, unpin } from "../memory/malloc.ts";
import { fail } from "../memory/outcome.ts";
import { expectLarge } from "../memory/spans.ts";
import { MAX_ALLOC } from "../memory/sizeclass.ts";
import { bucketSize, bucketType, elemSize, hasPointers } from "../types/maptype.ts";
import {
  B, bucketShift, buckets, count, extra, extraAddress, flags, growing, hash0, nevacuate, noldbuckets,
  oldbucketmask, oldbuckets, overLoadFactor, sameSizeGrow, setB, setBuckets, setExtra, setFlags, setNevacuate,
  setNoverflow, setOldbuckets,
} from "./header.ts";
import {
  bucketAt, evacuated, isEmpty, overflow, overflowAddress, setTophash, tophash, tophashOf,
} from "./bucket.ts";
import { hashSlot, isGeneral, slotSize } from "./key.ts";
import { arrayBuckets, arraySize, linkSpares } from "./make.ts";
import { isUnrepeatable, moveChain } from "./move.ts";
import { newoverflow, oldOverflowList } from "./overflow.ts";
import { adoptArray, endWiping, wipeTargets } from "./wipe.ts";

/** Overflow buckets behind bucket `index` of the array at `array`. */
export function chainLength(t: usize, array: u64, index: u64): u32 {
  let length: u32 = 0;
  let b = overflow(t, bucketAt(t, array, index));
  while (b) {
    length++;
    step();
    b = overflow(t, b);
  }
  return length;
}

/**
 * The same for bytes that are not trusted: what cannot be walked counts nothing. Go looks at none of this
 * before it moves the chain, so it is the move that has to fail.
 */
function quietLength(t: usize, array: u64, index: u64, unlessMoved: bool): u32 {
  const size = bucketSize(t);
  let b = resolve(array + index * size, size);
  if (b == 0 || (unlessMoved && evacuated(b))) return 0;
  const longest = hostGet<u32>(RT_FUEL);
  for (let length: u32 = 0; length < longest; length++) {
    const link = overflowAddress(t, b);
    if (link == 0) return length;
    b = resolve(link, size);
    if (b == 0) return 0;
  }
  return 0;
}

/** How many overflow buckets evacuating old bucket `index` can make: at most as many as it has. */
// @ts-ignore: decorator
@inline
function evacuationNeed(t: usize, old: u64, index: u64): u32 {
  if (isDefined(GUARDED)) return quietLength(t, old, index, true);
  return evacuated(bucketAt(t, old, index)) ? 0 : chainLength(t, old, index);
}

/** Where the evacuation mark comes to stand from `mark` on: it skips evacuated buckets, up to a limit. */
// @ts-ignore: decorator
@inline
function nextMark(t: usize, old: u64, mark: u64, newbit: u64): u64 {
  const stop = min<u64>(mark + EVACUATION_SKIP, newbit);
  while (mark != stop && evacuated(bucketAt(t, old, mark))) mark++;
  return mark;
}

/** What moving the next bucket from `mark` on that has not moved can make, on bytes that are not trusted. */
function quietNext(t: usize, old: u64, mark: u64, newbit: u64): u32 {
  const size = bucketSize(t);
  const stop = min<u64>(mark + EVACUATION_SKIP, newbit);
  for (; mark < stop; mark++) {
    const b = resolve(old + mark * size, size);
    if (b == 0) return 0;
    if (!evacuated(b)) break;
  }
  return mark < newbit ? quietLength(t, old, mark, true) : 0;
}

/** How many overflow buckets `growWork` for a write to `bucket` can make, on a map that is growing. */
export function growWorkNeed(t: usize, h: usize, bucket: u64): u32 {
  const old = oldbuckets(h);
  const first = bucket & oldbucketmask(h);
  let need = evacuationNeed(t, old, first);
  let mark = nevacuate(h);
  const newbit = noldbuckets(h);
  if (isDefined(GUARDED)) {
    if (first == mark) return need + quietNext(t, old, mark + 1, newbit);
  } else {
    if (first == mark) mark = nextMark(t, old, mark + 1, newbit);
  }
  if (mark < newbit) need += evacuationNeed(t, old, mark);
  return need;
}

/**
 * Whether a write to `bucket` ends a growth to the same size on a map that got too full meanwhile, so that it
 * begins a doubling too. (No doubling can end so: too few entries fit into the writes that it takes.)
 */
export function endsTooFull(map: usize, t: usize, h: usize, bucket: u64): bool {
  // On bytes that are not trusted it is the write itself that has to fail.
  if (isDefined(GUARDED)) {
    if (recordGet<u32>(map, MAP_SUSPECT)) return false;
  }
  if (!sameSizeGrow(h) || !overLoadFactor(count(h) + 1, B(h))) return false;
  const old = oldbuckets(h);
  const stop = noldbuckets(h);
  let mark = nevacuate(h);
  // `growWork` moves the write's bucket and one more; the mark skips so many at most with each.
  if (stop - mark > 2 * (EVACUATION_SKIP + 1)) return false;
  let unmoved = 0;
  for (; mark < stop && unmoved < 2; mark++) {
    if (mark != (bucket & oldbucketmask(h)) && !evacuated(bucketAt(t, old, mark))) unmoved++;
  }
  return unmoved < 2;
}

/** How many overflow buckets moving bucket `index` of the present array can make, once its old one moved. */
function laterNeed(t: usize, h: usize, index: u64): u32 {
  const moved = evacuated(bucketAt(t, oldbuckets(h), index));
  return chainLength(t, moved ? buckets(h) : oldbuckets(h), index);
}

/** How many overflow buckets the doubling can make that a write to `bucket` begins, where `endsTooFull`. */
export function doublingNeed(t: usize, h: usize, bucket: u64): u32 {
  const mark: u64 = bucket == 0 ? 1 : 0;
  const other = mark < bucketShift(B(h)) ? laterNeed(t, h, mark) : 0;
  return laterNeed(t, h, bucket) + other;
}

/** The same for the growth that a write to a map that is not growing yet would begin. */
export function firstGrowWorkNeed(t: usize, h: usize, hash: u64): u32 {
  const old = buckets(h);
  const first = hash & (bucketShift(B(h)) - 1);
  const mark: u64 = first == 0 ? 1 : 0;
  if (isDefined(GUARDED)) {
    const next = mark < bucketShift(B(h)) ? quietLength(t, old, mark, false) : 0;
    return next + quietLength(t, old, first, false);
  }
  let need = chainLength(t, old, first);
  if (mark < bucketShift(B(h))) need += chainLength(t, old, mark);
  return need;
}

/** The B that the next growth leads to. */
// @ts-ignore: decorator
@inline
export function grownB(h: usize): u32 {
  return B(h) + (overLoadFactor(count(h) + 1, B(h)) ? 1 : 0);
}

/** Allocates the array of the next growth: phase one. Its offset, or 0. */
export function allocateGrowth(t: usize, h: usize): usize {
  if (isDefined(GUARDED)) {
    if (arrayBuckets(t, grownB(h)) > MAX_ALLOC / bucketSize(t)) {
      // Go has chosen the kind of growth by then.
      if (grownB(h) == B(h)) setFlags(h, flags(h) | FLAG_SAME_SIZE_GROW);
      fail(Outcome.SizeOutOfRange);
    }
  }
  return allocateArray(arraySize(t, grownB(h)));
}

/** The largest B of a growth that the write which begins it ends too: it moves two old buckets. */
const ENDS_AT_ONCE_B: u32 = 2;

/**
 * Sets aside the arrays of the growths that this write will begin after the next one. With a load factor of
 * at most 4 the ninth entry is still too much for two buckets. None of these arrays has spare buckets, nor
 * does a bucket overflow before the new entry is in.
 */
export function reserveFurtherGrowths(t: usize, h: usize): bool {
  for (let b = grownB(h); b <= ENDS_AT_ONCE_B && overLoadFactor(count(h) + 1, b); b++) {
    // Slack: key and element of the new entry can be of the same size class.
    if (!reserve(arraySize(t, b + 1), 4)) return false;
  }
  return true;
}

/** Whether `reserveFurtherGrowths` has set the next array aside, in a write that has grown the map before. */
export function foreseenGrowth(h: usize): bool {
  return B(h) <= ENDS_AT_ONCE_B && overLoadFactor(count(h) + 1, B(h));
}

/** Whether the next growth needs a mapextra that the map does not have yet. */
export function needsExtra(t: usize, h: usize): bool {
  const b = grownB(h);
  return arrayBuckets(t, b) != bucketShift(b) && extraAddress(h) == 0;
}

/** Begins to grow into `array`, made by `allocateGrowth`; `spareExtra` is a mapextra where it is needed. */
export function hashGrow(map: usize, t: usize, h: usize, array: usize, spareExtra: usize): void {
  growTo(map, t, h, grownB(h), array, spareExtra);
}

/** The same to a B that is given: the present one, or one more. */
export function growTo(map: usize, t: usize, h: usize, b: u32, array: usize, spareExtra: usize): void {
  if (b == B(h)) setFlags(h, flags(h) | FLAG_SAME_SIZE_GROW);
  const spares = arrayBuckets(t, b) == bucketShift(b) ? 0 : bucketAt(t, toAddress(array), bucketShift(b));
  adoptArray(map, t, array, spares, arrayBuckets(t, b));
  const nextOverflow = linkSpares(t, array, b);
  let f = flags(h) & ~(FLAG_ITERATOR | FLAG_OLD_ITERATOR);
  if (flags(h) & FLAG_ITERATOR) {
    f |= FLAG_OLD_ITERATOR;
    recordSet<u32>(map, MAP_PINNED, 1);
  }
  setB(h, b);
  setFlags(h, f);
  setOldbuckets(h, buckets(h));
  setBuckets(h, toAddress(array));
  setNevacuate(h, 0);
  setNoverflow(h, 0);
  let x = extra(h);
  if (x && get<u64>(x, MAPEXTRA_OVERFLOW)) {
    if (get<u64>(x, MAPEXTRA_OLDOVERFLOW)) fail(Outcome.OldOverflowNotNil);
    set<u64>(x, MAPEXTRA_OLDOVERFLOW, get<u64>(x, MAPEXTRA_OVERFLOW));
    set<u64>(x, MAPEXTRA_OVERFLOW, 0);
  }
  if (nextOverflow) {
    if (!x) {
      x = spareExtra;
      setExtra(h, toAddress(x));
    }
    set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, nextOverflow);
  }
}

/** Moves the old bucket that a write to `bucket` is about to use, and one more. */
export function growWork<K>(map: usize, t: usize, h: usize, bucket: u64): void {
  evacuate<K>(map, t, h, bucket & oldbucketmask(h));
  if (growing(h)) evacuate<K>(map, t, h, nevacuate(h));
}

function evacuate<K>(map: usize, t: usize, h: usize, oldbucket: u64): void {
  const newbit = noldbuckets(h);
  const first = bucketAt(t, oldbuckets(h), oldbucket);
  if (!evacuated(first)) {
    if (isDefined(GUARDED)) {
      moveSlots<K>(map, t, h, first, oldbucket, newbit);
    } else {
      const doubling = !sameSizeGrow(h);
      const xb = bucketAt(t, buckets(h), oldbucket);
      const yb: usize = doubling ? bucketAt(t, buckets(h), oldbucket + newbit) : 0;
      wipeTargets(map, t, xb, yb);
      moveChain<K>(map, t, h, first, xb, yb, newbit);
    }
    // Nothing but iterators can still need the old entries: without one they are wiped,
    // their links included, where the collector would otherwise see pointers.
    if (!(flags(h) & FLAG_OLD_ITERATOR) && hasPointers(bucketType(t))) {
      const b = overflow(t, first);
      zeroBytes(first + BUCKET_DATA, bucketSize(t) - BUCKET_DATA);
      releaseUnlinked(map, t, b);
    }
  }
  if (oldbucket == nevacuate(h)) advanceEvacuationMark(map, t, h, newbit);
}

/**
 * What `moveChain` does, for bytes that are not trusted, slot by slot as Go does: where the entries go is
 * looked at only when the first one goes there, after its old slot was marked.
 */
function moveSlots<K>(map: usize, t: usize, h: usize, first: usize, oldbucket: u64, newbit: u64): void {
  const doubling = !sameSizeGrow(h);
  const x = buckets(h) + oldbucket * bucketSize(t);
  let xb: usize = 0;
  let yb: usize = 0;
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);
  const elems = BUCKET_DATA + BUCKET_CNT * keysize;
  const seed = hash0(h);
  let xi: u32 = 0;
  let yi: u32 = 0;
  let b = first;
  while (b) {
    for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
      let top = tophash(b, i);
      if (isEmpty(top)) {
        setTophash(b, i, EVACUATED_EMPTY);
        continue;
      }
      if (top < <u32>MIN_TOP_HASH) fail(Outcome.BadMapState);
      const k = b + BUCKET_DATA + i * keysize;
      let useY: u32 = 0;
      if (doubling) {
        const hash = hashSlot<K>(t, k, seed);
        if (isGeneral<K>() && isUnrepeatable(t, h, k)) {
          // The key is not equal to itself (NaN), so its hash differs each time. An iterator
          // may have decided already where it goes: by the low bit of its tophash.
          useY = top & 1;
          top = tophashOf(hash);
        } else {
          useY = <u32>((hash & newbit) != 0);
        }
      }
      setTophash(b, i, EVACUATED_X + useY);
      let to: usize;
      let slot: u32;
      if (useY) {
        if (yb == 0) yb = toOffset(x + newbit * bucketSize(t), bucketSize(t));
        if (yi == BUCKET_CNT) {
          yb = newoverflow(map, t, h, yb);
          yi = 0;
        }
        to = yb;
        slot = yi++;
      } else {
        if (xb == 0) xb = toOffset(x, bucketSize(t));
        if (xi == BUCKET_CNT) {
          xb = newoverflow(map, t, h, xb);
          xi = 0;
        }
        to = xb;
        slot = xi++;
      }
      setTophash(to, slot, top);
      copyValue(to + BUCKET_DATA + slot * keysize, k, keysize);
      copyValue(to + elems + slot * elemsize, b + elems + i * elemsize, elemsize);
    }
    step();
    b = overflow(t, b);
  }
}

/** Frees the overflow buckets of a chain whose first link is gone; spare ones stay with their array. */
function releaseUnlinked(map: usize, t: usize, b: usize): void {
  while (b) {
    const next = overflow(t, b);
    release(map, b);
    step();
    b = next;
  }
}

function advanceEvacuationMark(map: usize, t: usize, h: usize, newbit: u64): void {
  const old = oldbuckets(h);
  const mark = nextMark(t, old, nevacuate(h) + 1, newbit);
  setNevacuate(h, mark);
  if (mark == newbit) {
    endWiping(map);
    // In this order, so that a mapextra at which there is nothing is found when Go finds it.
    setOldbuckets(h, 0);
    const x = extra(h);
    // The list only says what to free, and Go does not look at it.
    const list = recordGet<u32>(map, MAP_SUSPECT) ? 0 : oldOverflowList(x);
    const oldB = sameSizeGrow(h) ? B(h) : B(h) - 1;
    if (x) set<u64>(x, MAPEXTRA_OLDOVERFLOW, 0);
    setFlags(h, flags(h) & ~FLAG_SAME_SIZE_GROW);
    retire(map, <usize>old, <u32>bucketShift(oldB), bucketSize(t), list);
    unpin(map);
    // The array of the next growth, while this insert has little else to do.
    if (!isDefined(GUARDED)) expectLarge(arraySize(t, B(h) + 1), <usize>bucketShift(B(h)) * bucketSize(t));
  }
}

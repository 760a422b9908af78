/**
 * What must hold of a map between two operations. The `checked` build asks
 * after every mutation; any build answers `verify`.
 *
 * Nothing here trusts a byte that it has not checked: an address is looked up
 * among the live objects before it is followed, walks are bounded by the number
 * of objects that could exist. It stops at the first thing that is broken.
 */
import {
  FLAG_ITERATOR, FLAG_OLD_ITERATOR, FLAG_SAME_SIZE_GROW, MAPEXTRA_NEXT_OVERFLOW, MAPEXTRA_OLDOVERFLOW,
  MAPEXTRA_OVERFLOW, MAPEXTRA_SIZE, NOVERFLOW_EXACT_B, PTR_SIZE, SLICE_ARRAY, SLICE_CAP, SLICE_LEN,
  SLICE_SIZE,
} from "../shared/golayout.ts";
import { Invariant } from "../shared/codes.ts";
import {
  MAP_SUSPECT, RT_OUTCOME_ADDRESS, RT_VERIFY_ENTRIES, RT_VERIFY_NEXT, RT_VERIFY_OVERFLOWS, RT_VERIFY_SUM,
} from "../shared/hostlayout.ts";
import { get, hostGet, hostSet, isZero, recordGet } from "../memory/access.ts";
import { failInvariant } from "../memory/outcome.ts";
import { MAX_ALLOC, roundUpFor } from "../memory/sizeclass.ts";
import { objectSize } from "../memory/spans.ts";
import { bucketSize, bucketType, hasPointers } from "../types/maptype.ts";
import {
  B, bucketShift, buckets, count, extraAddress, flags, headerOf, hmapSize, nevacuate, noverflow, oldbuckets,
  typeOf,
} from "./header.ts";
import { evacuated } from "./bucket.ts";
import { arrayBuckets, arraySize } from "./make.ts";
import { settleArray } from "./wipe.ts";
import { broken, exactObject, linked, verifyChain, verifyMoved, weight } from "./chains.ts";

/** Up to this many buckets a mutation is followed by a check of the whole map, above it of a window. */
const WHOLE: u64 = 128;
/** Buckets of the window, which moves on with each mutation. */
const WINDOW: u64 = 32;

/** Everything between two operations on the map: the first broken rule, or 0. */
export function verify(map: usize): u32 {
  settleArray(map);
  return verifyPart(map, 0, <u64>-1);
}

/** After a mutation, in the `checked` build: traps with the first broken rule. */
export function afterMutation(map: usize): void {
  if (!isDefined(CHECKED)) return;
  const h = headerOf(map);
  if (h == 0 || recordGet<u32>(map, MAP_SUSPECT)) return;
  const n = bucketShift(B(h));
  let first: u64 = 0;
  let some: u64 = -1;
  if (n > WHOLE) {
    first = hostGet<u64>(RT_VERIFY_NEXT) % n;
    some = WINDOW;
    hostSet<u64>(RT_VERIFY_NEXT, first + some);
  }
  const rule = verifyPart(map, first, some);
  if (rule) failInvariant(rule, hostGet<u64>(RT_OUTCOME_ADDRESS));
}

/** Header and mapextra, and `some` buckets from `first` on; counts only where these are all. */
function verifyPart(map: usize, first: u64, some: u64): u32 {
  const h = headerOf(map);
  if (h == 0) return Invariant.None;
  const t = typeOf(map);
  const f = flags(h);
  const allowed = FLAG_SAME_SIZE_GROW | FLAG_ITERATOR | FLAG_OLD_ITERATOR;
  if ((f & ~allowed) != 0 || objectSize(h) < hmapSize()) return broken(Invariant.Flags, h);
  const growing = oldbuckets(h) != 0;
  const same = (f & FLAG_SAME_SIZE_GROW) != 0;
  if (same && !growing) return broken(Invariant.SameSizeWithoutGrowth, h);
  const b = B(h);
  if (buckets(h) == 0) {
    if (b || count(h) || growing || noverflow(h)) return broken(Invariant.Empty, h);
    return extraAddress(h) == 0 ? Invariant.None : verifyExtra(t, h, 0, 0);
  }
  if (b > 31 || (growing && !same && b == 0)) return broken(Invariant.Buckets, h);
  const array = exactObject(buckets(h), arraySize(t, b));
  if (!array) return broken(Invariant.Buckets, h);
  let old: usize = 0;
  const oldB = same ? b : b - 1;
  if (growing) {
    old = exactObject(oldbuckets(h), arraySize(t, oldB));
    if (!old || old == array) return broken(Invariant.Oldbuckets, h);
  }
  const rule = verifyExtra(t, h, array, old);
  return rule ? rule : verifyBuckets(map, t, h, array, old, oldB, first, some);
}

/** mapextra: its parts are live, the spare buckets from nextOverflow on are untouched. */
function verifyExtra(t: usize, h: usize, array: usize, old: usize): u32 {
  const address = extraAddress(h);
  const nbuckets = array ? arrayBuckets(t, B(h)) : 0;
  const base = array ? bucketShift(B(h)) : 0;
  if (address == 0) return nbuckets != base ? broken(Invariant.Extra, h) : <u32>Invariant.None;
  const x = exactObject(address, MAPEXTRA_SIZE);
  if (!x) return broken(Invariant.Extra, h);
  const next = get<u64>(x, MAPEXTRA_NEXT_OVERFLOW);
  if (next) {
    const spare = linked(t, next, array, B(h));
    if (!array || !spare || spare < array || spare >= array + <usize>arraySize(t, B(h))) {
      return broken(Invariant.NextOverflow, x);
    }
    const last = array + <usize>(nbuckets - 1) * bucketSize(t);
    for (let p = spare; p <= last; p += bucketSize(t)) {
      const link = get<u64>(p + bucketSize(t), -PTR_SIZE);
      if (!isZero(p, bucketSize(t) - PTR_SIZE) || link != (p == last ? buckets(h) : 0)) {
        return broken(Invariant.NextOverflow, p);
      }
    }
  }
  const lists = !hasPointers(bucketType(t));
  if (!verifyList(t, get<u64>(x, MAPEXTRA_OVERFLOW), lists)) return broken(Invariant.OverflowList, x);
  if (!verifyList(t, get<u64>(x, MAPEXTRA_OLDOVERFLOW), lists && old != 0)) {
    return broken(Invariant.OverflowList, x);
  }
  return Invariant.None;
}

/** A list is nil, or a live slice whose parts fit each other. */
function verifyList(t: usize, address: u64, allowed: bool): bool {
  if (address == 0) return true;
  const list = allowed ? exactObject(address, SLICE_SIZE) : 0;
  if (!list) return false;
  const length = get<u64>(list, SLICE_LEN);
  const capacity = get<u64>(list, SLICE_CAP);
  if (length > capacity || capacity > MAX_ALLOC) return false;
  if (capacity == 0) return get<u64>(list, SLICE_ARRAY) == 0;
  // `append` takes the whole of what malloc gives; some releases keep a header in it.
  if (roundUpFor(capacity * PTR_SIZE, true) != capacity * PTR_SIZE) return false;
  const array = exactObject(get<u64>(list, SLICE_ARRAY), capacity * PTR_SIZE);
  if (array == 0) return false;
  return isZero(array + <usize>length * PTR_SIZE, <usize>(capacity - length) * PTR_SIZE);
}

/** Whether the list at `field` of the mapextra holds just the overflow buckets that were met. */
function listsWhatWasMet(h: usize, field: usize): bool {
  const x = <usize>extraAddress(h);
  const list = x ? <usize>get<u64>(x, field) : 0;
  const length = list ? get<u64>(list, SLICE_LEN) : 0;
  if (length != hostGet<u64>(RT_VERIFY_OVERFLOWS)) return false;
  let sum: u64 = 0;
  for (let i: u64 = 0; i < length; i++) {
    sum += weight(get<u64>(<usize>get<u64>(list, SLICE_ARRAY) + <usize>i * PTR_SIZE, 0));
  }
  return sum == hostGet<u64>(RT_VERIFY_SUM);
}

/** Chains, states, entries and marks of a range of buckets; the counts where it is all of them. */
function verifyBuckets(
  map: usize, t: usize, h: usize, array: usize, old: usize, oldB: u32, first: u64, some: u64,
): u32 {
  const n = bucketShift(B(h));
  const oldn = bucketShift(oldB);
  const lists = !hasPointers(bucketType(t));
  const whole = some >= n;
  const end = whole ? n : min<u64>(first + some, n);
  hostSet<u64>(RT_VERIFY_ENTRIES, 0);
  hostSet<u64>(RT_VERIFY_OVERFLOWS, 0);
  hostSet<u64>(RT_VERIFY_SUM, 0);
  for (let i = first; i < end; i++) {
    const b = array + <usize>i * bucketSize(t);
    if (old && !evacuated(old + <usize>(i & (oldn - 1)) * bucketSize(t))) {
      // Nothing comes here before the old bucket moves.
      if (!isZero(b, bucketSize(t))) return broken(Invariant.Evacuated, b);
      continue;
    }
    const rule = verifyChain(map, t, h, b, i, array, B(h));
    if (rule) return rule;
  }
  const overflows = hostGet<u64>(RT_VERIFY_OVERFLOWS);
  if (whole) {
    if (B(h) < <u32>NOVERFLOW_EXACT_B && <u64>noverflow(h) != (overflows & 0xffff)) {
      return broken(Invariant.Noverflow, h);
    }
    if (lists && !listsWhatWasMet(h, MAPEXTRA_OVERFLOW)) return broken(Invariant.OverflowList, h);
  }
  if (old) {
    const mark = nevacuate(h);
    if (mark >= oldn) return broken(Invariant.Nevacuate, h);
    hostSet<u64>(RT_VERIFY_OVERFLOWS, 0);
    hostSet<u64>(RT_VERIFY_SUM, 0);
    for (let j = min<u64>(first, oldn); j < min<u64>(end, oldn); j++) {
      const b = old + <usize>j * bucketSize(t);
      const moved = evacuated(b);
      // The mark skips moved buckets, but not without end: it may stand on one in a large map.
      if (j < mark && !moved) return broken(Invariant.Nevacuate, b);
      if (j == mark && moved && oldn <= 1024) return broken(Invariant.Nevacuate, b);
      const rule = moved ? verifyMoved(t, h, b, old, oldB) : verifyChain(map, t, h, b, j, old, oldB);
      if (rule) return rule;
    }
    if (whole && lists && !listsWhatWasMet(h, MAPEXTRA_OLDOVERFLOW)) {
      return broken(Invariant.OverflowList, h);
    }
  }
  if (whole && hostGet<u64>(RT_VERIFY_ENTRIES) != count(h)) return broken(Invariant.Count, h);
  return Invariant.None;
}

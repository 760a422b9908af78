/**
 * Allocation in two phases, and what Go's collector would free.
 *
 * An operation first makes sure of everything it may need in the worst case
 * (`allocate`, `reserve`); if that fails nothing has been changed. Then it takes
 * what it needs by `take`, which cannot fail, and `settle` gives back the rest.
 *
 * There is no collector yet. An object is freed once nothing of its map refers
 * to it. While an iterator is live on a map, frees of that map are deferred: the
 * iterator may still walk an old array, or compare a key that was deleted. They
 * are marked in a second bitmap and carried out when no map has any iterator
 * that could see them. Old bucket arrays can hold many overflow buckets; they
 * wait in a ring and are taken apart a few at a time, as Go sweeps.
 */
import {
  BITMAP_BYTES, MAP_DEFERRING, MAP_ITERATORS, MAP_PINNED, MAP_SUSPECT, MAX_SMALL_SIZE, PAGE_DEFERRED,
  PAGE_DEFER_NEXT, PAGE_SHIFT, RESERVED_MAX, RESERVED_RECORD, RETIRED_ARRAY, RETIRED_BUCKETS,
  RETIRED_BUCKETSIZE, RETIRED_LIST, RETIRED_MAX, RETIRED_NEXT, RETIRED_RECORD, RT_DEFERRED_BITS,
  RT_DEFERRED_SPANS, RT_DEFERRING_MAPS, RT_FAIL_COUNTDOWN, RT_HEAP_END, RT_HEAP_FRESH, RT_HEAP_IN_USE,
  RT_RESERVED, RT_RESERVED_LIST, RT_RESERVING, RT_RETIRED_COUNT, RT_RETIRED_HEAD, RT_RETIRED_RING, RT_WANTED,
  RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { PTR_SIZE, SLICE_ARRAY, SLICE_LEN } from "../shared/golayout.ts";
import { get, hostGet, hostSet, recordGet, recordSet } from "./access.ts";
import { Outcome } from "../shared/codes.ts";
import { fail, failInternal, failMemory, failRecords } from "./outcome.ts";
import {
  allocateObject, allocateUnwiped, ensureRoom, freeObject, freeObjectAt, isAllocated, objectIndex,
  spanObjectSize, spanOf,
} from "./spans.ts";
import { pageOffset, pageRecord } from "./pages.ts";
import { roundUpSize } from "./sizeclass.ts";

/** Steps of taking old arrays apart that one allocation does. */
const RETIRE_STEPS = 64;

/** Bytes that are more than the few small objects of one operation can take, in spans of their own. */
const AMPLE: u64 = 4 << 20;

/* ---- phase one ---- */

/** Counts down to the allocation that a test wants to fail. */
function failsByRequest(): bool {
  const countdown = hostGet<u32>(RT_FAIL_COUNTDOWN);
  if (countdown == 0) return false;
  hostSet<u32>(RT_FAIL_COUNTDOWN, countdown - 1);
  return countdown == 1;
}

/** A zeroed object, or 0 if the heap has no room for it: to be called before the first byte changes. */
export function allocate(size: u64): usize {
  return allocateAny(size, true);
}

/** The same for a bucket array that is wiped as it is filled (`allocateUnwiped`). */
export function allocateArray(size: u64): usize {
  // The guarded twin follows what the bytes of an array say, wherever it comes to them from.
  return allocateAny(size, isDefined(GUARDED));
}

// @ts-ignore: decorator
@inline
function fetch(size: u32, wiped: bool): usize {
  return wiped ? allocateObject(size) : allocateUnwiped(size);
}

function allocateAny(size: u64, wiped: bool): usize {
  if (failsByRequest() || size > 0xffffffff - <u64>MAX_SMALL_SIZE) {
    wanting(size);
    return 0;
  }
  if (hostGet<u32>(RT_RETIRED_COUNT)) takeApart(RETIRE_STEPS);
  let object = fetch(<u32>size, wiped);
  if (!object && hostGet<u32>(RT_RETIRED_COUNT)) {
    takeApart(-1);
    object = fetch(<u32>size, wiped);
  }
  if (!object) wanting(size);
  return object;
}

/** Notes what there was no room for. */
function wanting(size: u64): bool {
  hostSet<u64>(RT_WANTED, size);
  return false;
}

/**
 * Whether so much of the heap is fresh that moving buckets cannot run out of it:
 * what a map makes anew in one operation is never more than what it has, and a
 * few objects beside. Then nothing need be counted or reserved ahead.
 */
// @ts-ignore: decorator
@inline
export function plenty(): bool {
  const fresh = <u64>hostGet<u32>(RT_HEAP_END) - (<u64>hostGet<u32>(RT_HEAP_FRESH) << PAGE_SHIFT);
  return fresh > 2 * <u64>hostGet<u32>(RT_HEAP_IN_USE) + AMPLE && hostGet<u32>(RT_FAIL_COUNTDOWN) == 0;
}

/** Sets `count` objects of `size` bytes aside for this operation; false if there is no room. */
export function reserve(size: u64, count: u32): bool {
  if (count == 0 || size == 0) return true;
  // An operation takes at most one large object for each call: what is asked for beyond it is slack.
  if (size > <u64>MAX_SMALL_SIZE) return reserveLarge(size);
  if (failsByRequest()) return wanting(size);
  if (!ensureRoom(<u32>size, count)) {
    takeApart(-1);
    if (!ensureRoom(<u32>size, count)) return wanting(size);
  }
  hostSet<u32>(RT_RESERVING, 1);
  return true;
}

function reserveLarge(size: u64): bool {
  const count = hostGet<u32>(RT_RESERVED);
  // Only a forged list needs so many.
  if (count == RESERVED_MAX) return wanting(size);
  const object = allocate(size);
  if (!object) return false;
  const record = RUNTIME_BASE + RT_RESERVED_LIST + count * RESERVED_RECORD;
  recordSet<u32>(record, 0, <u32>object);
  recordSet<u32>(record, 4, <u32>roundUpSize(size));
  hostSet<u32>(RT_RESERVED, count + 1);
  hostSet<u32>(RT_RESERVING, 1);
  return true;
}

/** Ends an operation that reserved: what it did not take goes back. */
export function settle(): void {
  if (!hostGet<u32>(RT_RESERVING)) return;
  const count = hostGet<u32>(RT_RESERVED);
  for (let i: u32 = 0; i < count; i++) {
    const object = recordGet<u32>(RUNTIME_BASE + RT_RESERVED_LIST + i * RESERVED_RECORD, 0);
    if (object) freeObject(object);
  }
  hostSet<u32>(RT_RESERVED, 0);
  hostSet<u32>(RT_RESERVING, 0);
}

/** Ends an operation for which there was no room: everything is as it was. */
export function outOfMemory(): void {
  settle();
  failMemory(hostGet<u64>(RT_WANTED));
}

/** Ends one for which there is no host record left. */
export function outOfRecords(): void {
  settle();
  failRecords();
}

/** Nothing is left although it was made sure of: a bug, or forged buckets that breed for ever. */
function exhausted(where: u32): void {
  if (isDefined(GUARDED)) fail(Outcome.EndlessLoop);
  failInternal(where);
}

/* ---- phase two ---- */

/** A zeroed object that phase one made sure of. */
export function take(size: u64): usize {
  if (size > <u64>MAX_SMALL_SIZE) return takeLarge(size);
  if (hostGet<u32>(RT_RETIRED_COUNT)) takeApart(RETIRE_STEPS);
  const object = allocateObject(<u32>size);
  if (!object) exhausted(2);
  return object;
}

function takeLarge(size: u64): usize {
  if (size > 0xffffffff) exhausted(3);
  const rounded = <u32>roundUpSize(size);
  const count = hostGet<u32>(RT_RESERVED);
  for (let i: u32 = 0; i < count; i++) {
    const record = RUNTIME_BASE + RT_RESERVED_LIST + i * RESERVED_RECORD;
    const object = recordGet<u32>(record, 0);
    if (object && recordGet<u32>(record, 4) == rounded) {
      recordSet<u32>(record, 0, 0);
      return object;
    }
  }
  // Not reserved by name, since there was plenty.
  const object = allocateObject(<u32>size);
  if (!object) exhausted(3);
  return object;
}

/* ---- freeing ---- */

/**
 * Frees an object that nothing of the map refers to any more: at once, or, while
 * iterators are live on the map or old buckets kept for them, later. An offset at which no object starts (a
 * bucket inside its array, a string of the program) is left alone. Without a
 * map (0) the object is freed at once.
 */
export function release(map: usize, object: usize): void {
  if (object == 0) return;
  if (map == 0) {
    freeObject(object);
    return;
  }
  if (recordGet<u32>(map, MAP_SUSPECT)) return;
  if (recordGet<u32>(map, MAP_ITERATORS) == 0 && recordGet<u32>(map, MAP_PINNED) == 0) {
    freeObject(object);
    return;
  }
  const page = spanOf(object);
  if (!page) return;
  const index = objectIndex(page, object);
  if (!isAllocated(page, index) || pageOffset(page) + index * spanObjectSize(page) != object) return;
  const word = hostGet<u32>(RT_DEFERRED_BITS) + page * BITMAP_BYTES + (index >> 6) * 8;
  recordSet<u64>(word, 0, recordGet<u64>(word, 0) | (<u64>1 << (index & 63)));
  const record = pageRecord(page);
  if (!recordGet<u8>(record, PAGE_DEFERRED)) {
    recordSet<u8>(record, PAGE_DEFERRED, 1);
    recordSet<u32>(record, PAGE_DEFER_NEXT, hostGet<u32>(RT_DEFERRED_SPANS));
    hostSet<u32>(RT_DEFERRED_SPANS, page);
  }
  if (!recordGet<u32>(map, MAP_DEFERRING)) {
    recordSet<u32>(map, MAP_DEFERRING, 1);
    hostSet<u32>(RT_DEFERRING_MAPS, hostGet<u32>(RT_DEFERRING_MAPS) + 1);
  }
}

/** To be called when a growth has ended, or was given up: nothing can point out of old buckets any more. */
export function unpin(map: usize): void {
  if (!recordGet<u32>(map, MAP_PINNED)) return;
  recordSet<u32>(map, MAP_PINNED, 0);
  if (recordGet<u32>(map, MAP_ITERATORS) == 0) endDeferring(map);
}

/** To be called when the last iterator of a map has ended. */
export function endDeferring(map: usize): void {
  if (!recordGet<u32>(map, MAP_DEFERRING)) return;
  recordSet<u32>(map, MAP_DEFERRING, 0);
  const maps = hostGet<u32>(RT_DEFERRING_MAPS) - 1;
  hostSet<u32>(RT_DEFERRING_MAPS, maps);
  // Which map a deferred object belongs to is not kept, so all wait for the last such map.
  if (maps == 0) freeDeferred();
}

function freeDeferred(): void {
  let page = hostGet<u32>(RT_DEFERRED_SPANS);
  hostSet<u32>(RT_DEFERRED_SPANS, 0);
  while (page) {
    const record = pageRecord(page);
    const next = recordGet<u32>(record, PAGE_DEFER_NEXT);
    recordSet<u8>(record, PAGE_DEFERRED, 0);
    const bits = hostGet<u32>(RT_DEFERRED_BITS) + page * BITMAP_BYTES;
    for (let i: u32 = 0; i < <u32>BITMAP_BYTES; i += 8) {
      let word = recordGet<u64>(bits, i);
      recordSet<u64>(bits, i, 0);
      while (word) {
        freeObjectAt(page, i * 8 + <u32>ctz(word));
        word &= word - 1;
      }
    }
    page = next;
  }
}

/* ---- old bucket arrays ---- */

// @ts-ignore: decorator
@inline
function retiredRecord(index: u32): usize {
  return RUNTIME_BASE + RT_RETIRED_RING + (index % RETIRED_MAX) * RETIRED_RECORD;
}

/**
 * Gives up a bucket array that nothing refers to any more, with its overflow
 * buckets: those of `list` (a slice of bucket pointers) if there is one, else
 * those that hang on the chains of its `buckets` buckets. (A spare bucket is
 * never where a walk starts: the link to it may be cut, and what it links to
 * freed, while its own link stands.)
 */
export function retire(map: usize, array: usize, buckets: u32, bucketsize: u32, list: usize): void {
  if (array == 0 || recordGet<u32>(map, MAP_SUSPECT)) return;
  if (recordGet<u32>(map, MAP_ITERATORS)) {
    const steps = retiredSteps(buckets, list);
    for (let i: u32 = 0; i < steps; i++) retireStep(map, array, buckets, bucketsize, list, i);
    retireEnd(map, array, list);
    return;
  }
  if (hostGet<u32>(RT_RETIRED_COUNT) == RETIRED_MAX) {
    // The ring is full: the oldest array is taken apart whole.
    const oldest = retiredRecord(hostGet<u32>(RT_RETIRED_HEAD));
    const list = <usize>recordGet<u32>(oldest, RETIRED_LIST);
    takeApart(retiredSteps(recordGet<u32>(oldest, RETIRED_BUCKETS), list) + 1);
  }
  const count = hostGet<u32>(RT_RETIRED_COUNT);
  const record = retiredRecord(hostGet<u32>(RT_RETIRED_HEAD) + count);
  recordSet<u32>(record, RETIRED_ARRAY, <u32>array);
  recordSet<u32>(record, RETIRED_BUCKETS, buckets);
  recordSet<u32>(record, RETIRED_BUCKETSIZE, bucketsize);
  recordSet<u32>(record, RETIRED_NEXT, 0);
  recordSet<u32>(record, RETIRED_LIST, <u32>list);
  hostSet<u32>(RT_RETIRED_COUNT, count + 1);
}

function retiredSteps(buckets: u32, list: usize): u32 {
  return list ? <u32>get<u64>(list, SLICE_LEN) : buckets;
}

/** Frees the i-th overflow bucket of the list or, without one, those behind the i-th bucket. */
function retireStep(map: usize, array: usize, buckets: u32, bucketsize: u32, list: usize, i: u32): void {
  if (list) {
    release(map, <usize>get<u64>(<usize>get<u64>(list, SLICE_ARRAY), <usize>i * PTR_SIZE));
    return;
  }
  const link = bucketsize - PTR_SIZE;
  let overflow = <usize>get<u64>(array + <usize>i * bucketsize, link);
  while (overflow) {
    const next = <usize>get<u64>(overflow, link);
    // A spare bucket lies inside the array: no object starts there, so it is left alone.
    release(map, overflow);
    overflow = next;
  }
}

function retireEnd(map: usize, array: usize, list: usize): void {
  if (list) {
    release(map, <usize>get<u64>(list, SLICE_ARRAY));
    release(map, list);
  }
  release(map, array);
}

/** Takes up to `steps` steps at the retired arrays, oldest first. */
export function takeApart(steps: u32): void {
  while (steps && hostGet<u32>(RT_RETIRED_COUNT)) {
    const record = retiredRecord(hostGet<u32>(RT_RETIRED_HEAD));
    const array = <usize>recordGet<u32>(record, RETIRED_ARRAY);
    const buckets = recordGet<u32>(record, RETIRED_BUCKETS);
    const bucketsize = recordGet<u32>(record, RETIRED_BUCKETSIZE);
    const list = <usize>recordGet<u32>(record, RETIRED_LIST);
    const end = retiredSteps(buckets, list);
    let i = recordGet<u32>(record, RETIRED_NEXT);
    while (i < end && steps) {
      retireStep(0, array, buckets, bucketsize, list, i++);
      steps--;
    }
    recordSet<u32>(record, RETIRED_NEXT, i);
    if (i < end) return;
    retireEnd(0, array, list);
    hostSet<u32>(RT_RETIRED_HEAD, (hostGet<u32>(RT_RETIRED_HEAD) + 1) % RETIRED_MAX);
    hostSet<u32>(RT_RETIRED_COUNT, hostGet<u32>(RT_RETIRED_COUNT) - 1);
    if (steps) steps--;
  }
}

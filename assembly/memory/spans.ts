/**
 * Objects of the Go heap: spans of one size class, and large objects by pages.
 *
 * As in Go, a span's free objects are told by a bitmap, so that freeing leaves
 * the object's bytes as they are until it is handed out again. An object that
 * was never handed out since its page was fresh is zero already and is not
 * cleared.
 */
import {
  BITMAP_BYTES, CLASS_PARTIAL, CLASS_ROOM, HEAP_START, MAX_SMALL_SIZE, NUM_SIZE_CLASSES, PAGE_CLASS,
  PAGE_CLEAN, PAGE_COUNT, PAGE_DEFERRED, PAGE_ELEMS, PAGE_FIRST, PAGE_HINT, PAGE_NEXT, PAGE_PREV, PAGE_SHIFT,
  PAGE_SIZE, PAGE_STATE, PAGE_STATE_INNER, PAGE_STATE_SPAN, PAGE_USED, RT_ALLOC_BITS, RT_HEAP_END,
  RT_HEAP_FRESH, RT_HEAP_IN_USE, RT_RESERVING, RT_UNWIPED,
} from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet, recordSet, zeroBytes, zeroWords } from "./access.ts";
import {
  FRESH_BIT, allocatePages, chunkSpan, freePages, pageOffset, pageRecord, pagesSize, touchFresh,
} from "./pages.ts";
import { classPages, classRecord, classSize, sizeClassOf } from "./sizeclass.ts";

// @ts-ignore: decorator
@inline
function allocBits(page: u32): usize {
  return hostGet<u32>(RT_ALLOC_BITS) + page * BITMAP_BYTES;
}

function linkPartial(sizeClass: u32, page: u32): void {
  const list = classRecord(sizeClass);
  const next = recordGet<u32>(list, CLASS_PARTIAL);
  const record = pageRecord(page);
  recordSet<u32>(record, PAGE_NEXT, next);
  recordSet<u32>(record, PAGE_PREV, 0);
  if (next) recordSet<u32>(pageRecord(next), PAGE_PREV, page);
  recordSet<u32>(list, CLASS_PARTIAL, page);
}

function unlinkPartial(sizeClass: u32, page: u32): void {
  const record = pageRecord(page);
  const next = recordGet<u32>(record, PAGE_NEXT);
  const prev = recordGet<u32>(record, PAGE_PREV);
  if (next) recordSet<u32>(pageRecord(next), PAGE_PREV, prev);
  if (prev) recordSet<u32>(pageRecord(prev), PAGE_NEXT, next);
  else recordSet<u32>(classRecord(sizeClass), CLASS_PARTIAL, next);
}

function addRoom(sizeClass: u32, objects: i32): void {
  const record = classRecord(sizeClass);
  recordSet<u32>(record, CLASS_ROOM, recordGet<u32>(record, CLASS_ROOM) + objects);
}

function addInUse(bytes: i32): void {
  hostSet<u32>(RT_HEAP_IN_USE, hostGet<u32>(RT_HEAP_IN_USE) + bytes);
}

/** Turns a run of pages into a span of `elems` objects; nothing in it is in use. */
function initSpan(page: u32, sizeClass: u32, elems: u32, fresh: bool): void {
  const record = pageRecord(page);
  recordSet<u8>(record, PAGE_CLASS, <u8>sizeClass);
  recordSet<u8>(record, PAGE_DEFERRED, 0);
  recordSet<u16>(record, PAGE_USED, 0);
  recordSet<u16>(record, PAGE_CLEAN, fresh ? 0 : <u16>elems);
  recordSet<u16>(record, PAGE_HINT, 0);
  recordSet<u16>(record, PAGE_ELEMS, <u16>elems);
  zeroBytes(allocBits(page), (elems + 63) / 64 * 8);
}

/** Adds a span to the class; false if there are no pages for it. */
function addSpan(sizeClass: u32): bool {
  const pages = classPages(sizeClass);
  let got = allocatePages(pages);
  if (!got) {
    if (!releaseEmptySpans(sizeClass)) return false;
    got = allocatePages(pages);
    if (!got) return false;
  }
  const page = got & ~FRESH_BIT;
  const elems = <u32>pagesSize(pages) / classSize(sizeClass);
  initSpan(page, sizeClass, elems, (got & FRESH_BIT) != 0);
  linkPartial(sizeClass, page);
  addRoom(sizeClass, elems);
  return true;
}

function releaseSpan(page: u32): void {
  const record = pageRecord(page);
  const sizeClass = <u32>recordGet<u8>(record, PAGE_CLASS);
  unlinkPartial(sizeClass, page);
  addRoom(sizeClass, -<i32>recordGet<u16>(record, PAGE_ELEMS));
  freePages(page);
}

/** Gives the pages of every span without objects back, but for one class; whether there were any. */
function releaseEmptySpans(except: u32): bool {
  // What was made sure of for the operation under way must not be given away.
  if (hostGet<u32>(RT_RESERVING)) return false;
  let released = false;
  for (let c: u32 = 1; c < <u32>NUM_SIZE_CLASSES; c++) {
    if (c == except) continue;
    let page = recordGet<u32>(classRecord(c), CLASS_PARTIAL);
    while (page) {
      const next = recordGet<u32>(pageRecord(page), PAGE_NEXT);
      if (recordGet<u16>(pageRecord(page), PAGE_USED) == 0) {
        releaseSpan(page);
        released = true;
      }
      page = next;
    }
  }
  return released;
}

/** Makes sure that `count` objects of `size` bytes (small) can be allocated without a new span. */
export function ensureRoom(size: u32, count: u32): bool {
  const sizeClass = sizeClassOf(size);
  while (recordGet<u32>(classRecord(sizeClass), CLASS_ROOM) < count) {
    if (!addSpan(sizeClass)) return false;
  }
  return true;
}

function allocateSmall(size: u32): usize {
  const sizeClass = sizeClassOf(size);
  const list = classRecord(sizeClass);
  let page = recordGet<u32>(list, CLASS_PARTIAL);
  if (!page) {
    if (!addSpan(sizeClass)) return 0;
    page = recordGet<u32>(list, CLASS_PARTIAL);
  }
  const record = pageRecord(page);
  const objectSize = classSize(sizeClass);
  const hint = <u32>recordGet<u16>(record, PAGE_HINT);
  let word = allocBits(page) + (hint >> 6) * 8;
  let free = ~recordGet<u64>(word, 0) & (<u64>-1 << (hint & 63));
  while (free == 0) {
    word += 8;
    free = ~recordGet<u64>(word, 0);
  }
  const index = <u32>(word - allocBits(page)) * 8 + <u32>ctz(free);
  recordSet<u64>(word, 0, recordGet<u64>(word, 0) | (<u64>1 << (index & 63)));
  recordSet<u16>(record, PAGE_HINT, <u16>(index + 1));
  const used = <u32>recordGet<u16>(record, PAGE_USED) + 1;
  recordSet<u16>(record, PAGE_USED, <u16>used);
  if (used == recordGet<u16>(record, PAGE_ELEMS)) unlinkPartial(sizeClass, page);
  addRoom(sizeClass, -1);
  addInUse(objectSize);
  const object = pageOffset(page) + index * objectSize;
  if (index < <u32>recordGet<u16>(record, PAGE_CLEAN)) zeroWords(object, objectSize);
  else recordSet<u16>(record, PAGE_CLEAN, <u16>(index + 1));
  return object;
}

function allocateLarge(size: u32, wiped: bool): usize {
  if (size > hostGet<u32>(RT_HEAP_END)) return 0;
  const pages = (size + (PAGE_SIZE - 1)) >> PAGE_SHIFT;
  let got = allocatePages(pages);
  if (!got) {
    if (!releaseEmptySpans(0)) return 0;
    got = allocatePages(pages);
    if (!got) return 0;
  }
  const page = got & ~FRESH_BIT;
  const fresh = (got & FRESH_BIT) != 0;
  initSpan(page, 0, 1, fresh);
  const record = pageRecord(page);
  recordSet<u16>(record, PAGE_USED, 1);
  recordSet<u64>(allocBits(page), 0, 1);
  addInUse(<i32>pagesSize(pages));
  const object = pageOffset(page);
  if (!fresh) {
    if (wiped) zeroBytes(object, pagesSize(pages));
    else hostSet<u32>(RT_UNWIPED, <u32>object);
  }
  return object;
}

/** A zeroed object of at least `size` bytes (size > 0): its offset, or 0 if the heap has no room. */
export function allocateObject(size: u32): usize {
  return size <= <u32>MAX_SMALL_SIZE ? allocateSmall(size) : allocateLarge(size, true);
}

/**
 * The same for who wipes the object himself: a large one on pages that are not fresh keeps its bytes, and
 * RT_UNWIPED names it.
 */
export function allocateUnwiped(size: u32): usize {
  hostSet<u32>(RT_UNWIPED, 0);
  return size <= <u32>MAX_SMALL_SIZE ? allocateSmall(size) : allocateLarge(size, false);
}

/** To be called well before a large object of `size` bytes is needed that is used at `middle` first. */
export function expectLarge(size: u64, middle: usize): void {
  if (size <= <u64>MAX_SMALL_SIZE || size > <u64>hostGet<u32>(RT_HEAP_END)) return;
  const page = touchFresh((<u32>size + (PAGE_SIZE - 1)) >> PAGE_SHIFT, middle);
  if (page) recordSet<u64>(allocBits(page), 0, 0);
}

/** The first page of the span around `offset`, or 0 if there is none. */
export function spanOf(offset: usize): u32 {
  if (offset < <usize>HEAP_START) return 0;
  const page = <u32>(offset >> PAGE_SHIFT);
  if (page >= hostGet<u32>(RT_HEAP_FRESH)) return 0;
  const whole = chunkSpan(page);
  if (whole) return whole;
  const state = recordGet<u8>(pageRecord(page), PAGE_STATE);
  if (state != PAGE_STATE_SPAN && state != PAGE_STATE_INNER) return 0;
  return recordGet<u32>(pageRecord(page), PAGE_FIRST);
}

/** Bytes of one object of the span. */
export function spanObjectSize(page: u32): u32 {
  const record = pageRecord(page);
  const sizeClass = recordGet<u8>(record, PAGE_CLASS);
  return sizeClass ? classSize(sizeClass) : <u32>pagesSize(recordGet<u32>(record, PAGE_COUNT));
}

/** The index of the object around `offset` in its span. */
export function objectIndex(page: u32, offset: usize): u32 {
  return <u32>(offset - pageOffset(page)) / spanObjectSize(page);
}

/** Whether the object with this index is in use. */
export function isAllocated(page: u32, index: u32): bool {
  if (index >= <u32>recordGet<u16>(pageRecord(page), PAGE_ELEMS)) return false;
  return (recordGet<u64>(allocBits(page) + (index >> 6) * 8, 0) >> (index & 63) & 1) != 0;
}

/** Start of the live object around `offset`, or 0 if there is none. */
export function objectBase(offset: usize): usize {
  const page = spanOf(offset);
  if (!page) return 0;
  const index = objectIndex(page, offset);
  return isAllocated(page, index) ? pageOffset(page) + index * spanObjectSize(page) : 0;
}

/** Bytes of the live object that starts at `offset`; 0 if none starts there. */
export function objectSize(offset: usize): u32 {
  return objectBase(offset) == offset && offset ? spanObjectSize(spanOf(offset)) : 0;
}

/** Frees object `index` of a span; its bytes stay as they are. */
export function freeObjectAt(page: u32, index: u32): void {
  const record = pageRecord(page);
  const sizeClass = <u32>recordGet<u8>(record, PAGE_CLASS);
  const word = allocBits(page) + (index >> 6) * 8;
  recordSet<u64>(word, 0, recordGet<u64>(word, 0) & ~(<u64>1 << (index & 63)));
  addInUse(-<i32>spanObjectSize(page));
  if (sizeClass == 0) {
    freePages(page);
    return;
  }
  const used = <u32>recordGet<u16>(record, PAGE_USED);
  const elems = <u32>recordGet<u16>(record, PAGE_ELEMS);
  recordSet<u16>(record, PAGE_USED, <u16>(used - 1));
  if (index < <u32>recordGet<u16>(record, PAGE_HINT)) recordSet<u16>(record, PAGE_HINT, <u16>index);
  addRoom(sizeClass, 1);
  if (used == elems) linkPartial(sizeClass, page);
  // The last span of a class is kept: one object freed and allocated in turn must not cost a span each time.
  const spare = recordGet<u32>(classRecord(sizeClass), CLASS_ROOM) > elems;
  if (used == 1 && spare && !hostGet<u32>(RT_RESERVING)) releaseSpan(page);
}

/** Frees the object that starts at `offset`; anything else is left alone. Whether it did. */
export function freeObject(offset: usize): bool {
  const page = spanOf(offset);
  if (!page) return false;
  const index = objectIndex(page, offset);
  if (!isAllocated(page, index) || pageOffset(page) + index * spanObjectSize(page) != offset) return false;
  freeObjectAt(page, index);
  return true;
}

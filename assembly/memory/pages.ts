/**
 * Runs of 8 KiB pages: the lower half of the Go heap's allocator.
 *
 * Pages are taken from free runs first, else from the fresh part of the heap,
 * which is known to be zero. Free runs lie in lists by the logarithm of their
 * length and are joined with their neighbours through the page table.
 */
import {
  ARENA_CHUNK, CHUNK_PAGES, CHUNK_SHIFT, FREE_RUN_LISTS, HEAP_START, PAGE_COUNT, PAGE_FIRST, PAGE_NEXT,
  PAGE_PREV, PAGE_RECORD, PAGE_SHIFT, PAGE_SIZE, PAGE_STATE, PAGE_STATE_FREE, PAGE_STATE_FRESH,
  PAGE_STATE_INNER, PAGE_STATE_SPAN, REGION_MAPPED, REGION_RECORD, RT_CHUNK_SPANS, RT_FREE_RUNS, RT_HEAP_END,
  RT_HEAP_FRESH, RT_PAGE_TABLE, RT_REGIONS, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { Region } from "../shared/codes.ts";
import { hostGet, hostSet, recordGet, recordSet } from "./access.ts";

/** How many runs of the list that may hold too short ones are looked at before a longer one is split. */
const FIT_TRIES = 32;

// @ts-ignore: decorator
@inline
export function pageRecord(page: u32): usize {
  return hostGet<u32>(RT_PAGE_TABLE) + page * PAGE_RECORD;
}

// @ts-ignore: decorator
@inline
export function pageOffset(page: u32): usize {
  return <usize>page << PAGE_SHIFT;
}

// @ts-ignore: decorator
@inline
function listOf(pages: u32): u32 {
  return 31 - clz(pages);
}

// @ts-ignore: decorator
@inline
function listHead(list: u32): usize {
  return RUNTIME_BASE + RT_FREE_RUNS + list * 4;
}

function unlinkRun(page: u32): void {
  const record = pageRecord(page);
  const next = recordGet<u32>(record, PAGE_NEXT);
  const prev = recordGet<u32>(record, PAGE_PREV);
  if (next) recordSet<u32>(pageRecord(next), PAGE_PREV, prev);
  if (prev) recordSet<u32>(pageRecord(prev), PAGE_NEXT, next);
  else recordSet<u32>(listHead(listOf(recordGet<u32>(record, PAGE_COUNT))), 0, next);
}

function linkRun(page: u32, count: u32): void {
  const record = pageRecord(page);
  const last = pageRecord(page + count - 1);
  recordSet<u8>(last, PAGE_STATE, <u8>PAGE_STATE_FREE);
  recordSet<u32>(last, PAGE_FIRST, page);
  recordSet<u8>(record, PAGE_STATE, <u8>PAGE_STATE_FREE);
  recordSet<u32>(record, PAGE_FIRST, page);
  recordSet<u32>(record, PAGE_COUNT, count);
  const head = listHead(listOf(count));
  const next = recordGet<u32>(head, 0);
  recordSet<u32>(record, PAGE_NEXT, next);
  recordSet<u32>(record, PAGE_PREV, 0);
  if (next) recordSet<u32>(pageRecord(next), PAGE_PREV, page);
  recordSet<u32>(head, 0, page);
}

/** Looks for a free run of at least `count` pages, at `tries` runs of the list that may hold it. */
function findRun(count: u32, tries: u32): u32 {
  let page = recordGet<u32>(listHead(listOf(count)), 0);
  while (page && tries--) {
    if (recordGet<u32>(pageRecord(page), PAGE_COUNT) >= count) return page;
    page = recordGet<u32>(pageRecord(page), PAGE_NEXT);
  }
  for (let list = listOf(count) + 1; list < <u32>FREE_RUN_LISTS; list++) {
    page = recordGet<u32>(listHead(list), 0);
    if (page) return page;
  }
  return 0;
}

function takeRun(page: u32, count: u32): void {
  const have = recordGet<u32>(pageRecord(page), PAGE_COUNT);
  unlinkRun(page);
  if (have > count) linkRun(page + count, have - count);
}

/** Pages that were never handed out. */
// @ts-ignore: decorator
@inline
function freshPages(): u32 {
  return (hostGet<u32>(RT_HEAP_END) >> PAGE_SHIFT) - hostGet<u32>(RT_HEAP_FRESH);
}

function takeFresh(count: u32): u32 {
  const page = hostGet<u32>(RT_HEAP_FRESH);
  hostSet<u32>(RT_HEAP_FRESH, page + count);
  // Go maps its arena in chunks: addresses behind the last chunk fault, those within it read zero.
  const region = RUNTIME_BASE + RT_REGIONS + Region.GoHeap * REGION_RECORD;
  const used = (page + count) << PAGE_SHIFT;
  if (used > recordGet<u32>(region, REGION_MAPPED)) {
    const chunks = (used - HEAP_START + (ARENA_CHUNK - 1)) / ARENA_CHUNK;
    const mapped = <u64>HEAP_START + <u64>chunks * ARENA_CHUNK;
    const end = <u64>hostGet<u32>(RT_HEAP_END);
    recordSet<u32>(region, REGION_MAPPED, <u32>min<u64>(mapped, end));
  }
  return page;
}

/** The free run that ends where the fresh pages begin, with as many of these as it lacks of `count`; or 0. */
function joinFresh(count: u32): u32 {
  const end = hostGet<u32>(RT_HEAP_FRESH);
  const last = pageRecord(end - 1);
  if ((end << PAGE_SHIFT) <= <u32>HEAP_START || recordGet<u8>(last, PAGE_STATE) != <u8>PAGE_STATE_FREE) {
    return 0;
  }
  const page = recordGet<u32>(last, PAGE_FIRST);
  const have = recordGet<u32>(pageRecord(page), PAGE_COUNT);
  if (have + freshPages() < count) return 0;
  unlinkRun(page);
  takeFresh(count - have);
  return page;
}

/** What `allocatePages` returns: a page number, with this bit set where the pages are known to be zero. */
export const FRESH_BIT: u32 = 0x80000000;

/** A run of `count` pages as a span: its first page, or 0 if there is none. */
export function allocatePages(count: u32): u32 {
  let page = findRun(count, FIT_TRIES);
  let fresh: u32 = 0;
  if (page) {
    takeRun(page, count);
  } else if (freshPages() >= count) {
    page = takeFresh(count);
    fresh = FRESH_BIT;
  } else {
    // The last resort before the heap is full: every run of the list.
    page = findRun(count, 0xffffffff);
    if (page) takeRun(page, count);
    else page = joinFresh(count);
    if (!page) return 0;
  }
  const record = pageRecord(page);
  recordSet<u8>(record, PAGE_STATE, <u8>PAGE_STATE_SPAN);
  recordSet<u32>(record, PAGE_COUNT, count);
  recordSet<u32>(record, PAGE_FIRST, page);
  const last = page + count - 1;
  for (let i = page + 1; i < last; i++) {
    if (startsWholeChunk(i, last)) {
      recordSet<u32>(chunkRecord(i >> CHUNK_SHIFT), 0, page);
      i += CHUNK_PAGES - 1;
    } else {
      setInner(i, page);
    }
  }
  // Who frees the pages behind looks at the record of this one.
  if (last != page) setInner(last, page);
  return page | fresh;
}

function setInner(page: u32, first: u32): void {
  const record = pageRecord(page);
  recordSet<u8>(record, PAGE_STATE, <u8>PAGE_STATE_INNER);
  recordSet<u32>(record, PAGE_FIRST, first);
}

// @ts-ignore: decorator
@inline
function chunkRecord(chunk: u32): usize {
  return hostGet<u32>(RT_CHUNK_SPANS) + chunk * 4;
}

/** Whether a chunk begins at `page` that ends at `last` or before. */
// @ts-ignore: decorator
@inline
function startsWholeChunk(page: u32, last: u32): bool {
  return (page & (CHUNK_PAGES - 1)) == 0 && page + CHUNK_PAGES - 1 <= last;
}

/** The first page of the span that takes all of the chunk around `page`, or 0. */
// @ts-ignore: decorator
@inline
export function chunkSpan(page: u32): u32 {
  return recordGet<u32>(chunkRecord(page >> CHUNK_SHIFT), 0);
}

/** Gives a span's pages back, joined with free neighbours. */
export function freePages(page: u32): void {
  let first = page;
  let count = recordGet<u32>(pageRecord(page), PAGE_COUNT);
  const last = page + count - 1;
  for (let i = (page + CHUNK_PAGES) & ~(CHUNK_PAGES - 1); startsWholeChunk(i, last); i += CHUNK_PAGES) {
    recordSet<u32>(chunkRecord(i >> CHUNK_SHIFT), 0, 0);
  }
  if ((page << PAGE_SHIFT) > <u32>HEAP_START) {
    const before = pageRecord(page - 1);
    if (recordGet<u8>(before, PAGE_STATE) == PAGE_STATE_FREE) {
      first = recordGet<u32>(before, PAGE_FIRST);
      unlinkRun(first);
      count += recordGet<u32>(pageRecord(first), PAGE_COUNT);
    }
  }
  const behind = first + count;
  if (behind < hostGet<u32>(RT_HEAP_FRESH)) {
    const record = pageRecord(behind);
    if (recordGet<u8>(record, PAGE_STATE) == PAGE_STATE_FREE) {
      unlinkRun(behind);
      count += recordGet<u32>(record, PAGE_COUNT);
    }
  }
  linkRun(first, count);
}

/**
 * Touches what a span of `count` pages is first written to, if it will come from fresh pages: its first page,
 * the one at `middle` bytes, its last, and the records that lie far from those of the span before. Where the
 * span will begin, or 0 if there are no pages for it.
 *
 * The system gives memory its pages when they are first written, which takes some microseconds for each: too
 * much for an insert that begins a growth, which has two random buckets more to pay for. (Half of the time of
 * such an insert into fresh memory.) Nothing changes: what is fresh is zero.
 */
export function touchFresh(count: u32, middle: usize): u32 {
  const run = findRun(count, FIT_TRIES);
  if (run || freshPages() < count) return run;
  const page = hostGet<u32>(RT_HEAP_FRESH);
  const last = page + count - 1;
  const first = pageOffset(page);
  recordSet<u64>(first, 0, 0);
  recordSet<u64>(first + middle, 0, 0);
  recordSet<u64>(pageOffset(last + 1) - 8, 0, 0);
  recordSet<u8>(pageRecord(last), PAGE_STATE, <u8>PAGE_STATE_FRESH);
  recordSet<u8>(pageRecord(max(page, last & ~(CHUNK_PAGES - 1))), PAGE_STATE, <u8>PAGE_STATE_FRESH);
  recordSet<u32>(chunkRecord(last >> CHUNK_SHIFT), 0, 0);
  return page;
}

/** Sets up the heap: `end` is a multiple of the page size. */
export function initPages(): void {
  hostSet<u32>(RT_HEAP_FRESH, HEAP_START >> PAGE_SHIFT);
  for (let i: u32 = 0; i < <u32>FREE_RUN_LISTS; i++) recordSet<u32>(listHead(i), 0, 0);
}

/** Bytes in `count` pages. */
// @ts-ignore: decorator
@inline
export function pagesSize(count: u32): usize {
  return <usize>count * PAGE_SIZE;
}

/**
 * Go's malloc size classes (`runtime/sizeclasses.go`, the same from Go 1.16 to 1.23).
 *
 * The module may hold no data segment, so the table is written by `initSizeClasses`
 * when a runtime is created; after that it is read from the host state.
 */
import {
  CLASS_PAGES, CLASS_RECORD, CLASS_SIZE, LARGE_SIZE_DIV, MAX_SMALL_SIZE, NUM_SIZE_CLASSES, PAGE_SIZE,
  RT_CLASSES, RT_SIZE_TO_CLASS128, RT_SIZE_TO_CLASS8, RUNTIME_BASE, SIZE_TO_CLASS128_LEN, SIZE_TO_CLASS8_LEN,
  SMALL_SIZE_DIV, SMALL_SIZE_MAX, RT_MALLOC_HEADERS,
} from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet, recordSet } from "./access.ts";

/** The most bytes that Go would try to allocate on a 64-bit target (`runtime/malloc.go` maxAlloc). */
export const MAX_ALLOC: u64 = (<u64>1) << 48;

// @ts-ignore: decorator
@inline
export function classRecord(sizeClass: u32): usize {
  return RUNTIME_BASE + RT_CLASSES + sizeClass * CLASS_RECORD;
}

/** Bytes of an object of the class. */
// @ts-ignore: decorator
@inline
export function classSize(sizeClass: u32): u32 {
  return recordGet<u32>(classRecord(sizeClass), CLASS_SIZE);
}

/** Pages of a span of the class. */
// @ts-ignore: decorator
@inline
export function classPages(sizeClass: u32): u32 {
  return recordGet<u32>(classRecord(sizeClass), CLASS_PAGES);
}

/** The class of objects of `size` bytes, 1 <= size <= MAX_SMALL_SIZE. */
// @ts-ignore: decorator
@inline
export function sizeClassOf(size: u32): u32 {
  if (size <= <u32>SMALL_SIZE_MAX - 8) {
    return hostGet<u8>(RT_SIZE_TO_CLASS8 + (size + SMALL_SIZE_DIV - 1) / SMALL_SIZE_DIV);
  }
  return hostGet<u8>(RT_SIZE_TO_CLASS128 + (size - SMALL_SIZE_MAX + LARGE_SIZE_DIV - 1) / LARGE_SIZE_DIV);
}

/** From Go 1.22 on, objects with pointers above this size have a header (`minSizeForMallocHeader`). */
const MIN_SIZE_FOR_HEADER: u64 = 512;
const MALLOC_HEADER: u64 = 8;

/**
 * How much of what malloc gives for `size` bytes the object can use (`runtime/msize.go` roundupsize):
 * arrays and slices are made as large as that. With pointers, some releases take a header off it.
 */
export function roundUpFor(size: u64, pointers: bool): u64 {
  const headed = hostGet<u32>(RT_MALLOC_HEADERS) != 0 && pointers && size > MIN_SIZE_FOR_HEADER;
  if (!headed || size > <u64>MAX_SMALL_SIZE - MALLOC_HEADER) return roundUpSize(size);
  return roundUpSize(size + MALLOC_HEADER) - MALLOC_HEADER;
}

/** The size that malloc really gives for `size` bytes. */
export function roundUpSize(size: u64): u64 {
  if (size == 0) return 0;
  if (size < <u64>MAX_SMALL_SIZE) return classSize(sizeClassOf(<u32>size));
  return (size + (PAGE_SIZE - 1)) & ~(<u64>PAGE_SIZE - 1);
}


/** Writes one class; a class takes the number behind the last one. */
function define(sizeClass: u32, size: u32, pages: u32): u32 {
  const record = classRecord(sizeClass);
  recordSet<u32>(record, CLASS_SIZE, size);
  recordSet<u32>(record, CLASS_PAGES, pages);
  return sizeClass + 1;
}

/** Fills the table of classes and the two tables from size to class. */
export function initSizeClasses(): void {
  let c: u32 = 1;
  c = define(c, 8, 1);
  c = define(c, 16, 1);
  c = define(c, 24, 1);
  c = define(c, 32, 1);
  c = define(c, 48, 1);
  c = define(c, 64, 1);
  c = define(c, 80, 1);
  c = define(c, 96, 1);
  c = define(c, 112, 1);
  c = define(c, 128, 1);
  c = define(c, 144, 1);
  c = define(c, 160, 1);
  c = define(c, 176, 1);
  c = define(c, 192, 1);
  c = define(c, 208, 1);
  c = define(c, 224, 1);
  c = define(c, 240, 1);
  c = define(c, 256, 1);
  c = define(c, 288, 1);
  c = define(c, 320, 1);
  c = define(c, 352, 1);
  c = define(c, 384, 1);
  c = define(c, 416, 1);
  c = define(c, 448, 1);
  c = define(c, 480, 1);
  c = define(c, 512, 1);
  c = define(c, 576, 1);
  c = define(c, 640, 1);
  c = define(c, 704, 1);
  c = define(c, 768, 1);
  c = define(c, 896, 1);
  c = define(c, 1024, 1);
  c = define(c, 1152, 1);
  c = define(c, 1280, 1);
  c = define(c, 1408, 2);
  c = define(c, 1536, 1);
  c = define(c, 1792, 2);
  c = define(c, 2048, 1);
  c = define(c, 2304, 2);
  c = define(c, 2688, 1);
  c = define(c, 3072, 3);
  c = define(c, 3200, 2);
  c = define(c, 3456, 3);
  c = define(c, 4096, 1);
  c = define(c, 4864, 3);
  c = define(c, 5376, 2);
  c = define(c, 6144, 3);
  c = define(c, 6528, 4);
  c = define(c, 6784, 5);
  c = define(c, 6912, 6);
  c = define(c, 8192, 1);
  c = define(c, 9472, 7);
  c = define(c, 9728, 6);
  c = define(c, 10240, 5);
  c = define(c, 10880, 4);
  c = define(c, 12288, 3);
  c = define(c, 13568, 5);
  c = define(c, 14336, 7);
  c = define(c, 16384, 2);
  c = define(c, 18432, 9);
  c = define(c, 19072, 7);
  c = define(c, 20480, 5);
  c = define(c, 21760, 8);
  c = define(c, 24576, 3);
  c = define(c, 27264, 10);
  c = define(c, 28672, 7);
  c = define(c, 32768, 4);

  // Each look-up table holds, for the largest size of its step, the least class that fits it.
  let sizeClass: u32 = 1;
  for (let i: u32 = 0; i < <u32>SIZE_TO_CLASS8_LEN; i++) {
    while (sizeClass < <u32>NUM_SIZE_CLASSES && classSize(sizeClass) < i * SMALL_SIZE_DIV) sizeClass++;
    hostSet<u8>(RT_SIZE_TO_CLASS8 + i, <u8>sizeClass);
  }
  for (let i: u32 = 0; i < <u32>SIZE_TO_CLASS128_LEN; i++) {
    const size = <u32>SMALL_SIZE_MAX + i * LARGE_SIZE_DIV;
    while (sizeClass < <u32>NUM_SIZE_CLASSES && classSize(sizeClass) < size) sizeClass++;
    hostSet<u8>(RT_SIZE_TO_CLASS128 + i, <u8>sizeClass);
  }
}

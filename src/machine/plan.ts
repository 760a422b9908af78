/** Where everything lies in linear memory: computed from the heap's limit. */
import {
  BITMAP_BYTES,
  CHUNK_PAGES,
  HEAP_START,
  PAGE_RECORD,
  PAGE_SHIFT,
  PAGE_SIZE,
} from '../../assembly/shared/hostlayout.ts';

/** A range of linear offsets. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The ranges of one memory, in bytes. */
export interface MemoryPlan {
  readonly goHeap: Range;
  /** Type descriptors: read-only to the emulated program. */
  readonly rodata: Range;
  readonly data: Range;
  readonly cHeap: Range;
  readonly systemStack: Range;
  readonly pageTable: Range;
  readonly chunkSpans: Range;
  readonly allocBits: Range;
  readonly deferredBits: Range;
  readonly pool: Range;
  readonly staging: Range;
  /** Columns of keys and elements: `src/machine/columnspace.ts`. */
  readonly columns: Range;
  /** Pages of 64 KiB of the whole memory. */
  readonly wasmPages: number;
}

const MIB = 2 ** 20;
const WASM_PAGE = 65536;
/** Sizes of what does not follow from the limit. Untouched pages cost nothing. */
const RODATA_SIZE = 16 * MIB;
const DATA_SIZE = MIB;
const C_HEAP_SIZE = 16 * MIB;
/** As Linux gives a main thread by default. */
const STACK_SIZE = 8 * MIB;
export const STAGING_SIZE = 2 * MIB;

/** The smallest and largest limit, in bytes; between them any number, rounded up to whole pages. */
export const MIN_LIMIT = 2 ** 16;
export const MAX_LIMIT = 3 * 2 ** 30;
export const DEFAULT_LIMIT = 2 ** 30;
/** The most that a wasm memory can have, in bytes. */
const WHOLE_MEMORY = 2 ** 32;
/** What columns may take where nothing is said: a quarter of the heap's limit, between these two. */
const MIN_COLUMNS = MIB;
const MAX_COLUMNS = 256 * MIB;

/**
 * Plans a memory whose Go heap takes `limit` bytes, and columns `columns`.
 * @throws RangeError for a number that is not whole or not in range
 */
export function planMemory(limit: number, columns?: number): MemoryPlan {
  if (!Number.isInteger(limit) || limit < MIN_LIMIT || limit > MAX_LIMIT) {
    throw new RangeError(
      `memory.limit takes a whole number of bytes from ${MIN_LIMIT} to ${MAX_LIMIT}, got ${String(limit)}`,
    );
  }
  let next = HEAP_START;
  const place = (size: number, align = WASM_PAGE): Range => {
    const start = Math.ceil(next / align) * align;
    next = start + size;
    return { start, end: next };
  };
  const goHeap = place(Math.ceil(limit / PAGE_SIZE) * PAGE_SIZE);
  const pages = goHeap.end / 2 ** PAGE_SHIFT;
  const rodata = place(RODATA_SIZE);
  const data = place(DATA_SIZE);
  const cHeap = place(C_HEAP_SIZE);
  const systemStack = place(STACK_SIZE);
  const pageTable = place(pages * PAGE_RECORD);
  const chunkSpans = place(Math.ceil(pages / CHUNK_PAGES) * 4);
  const allocBits = place(pages * BITMAP_BYTES);
  const deferredBits = place(pages * BITMAP_BYTES);
  const pool = place(MIB + Math.ceil(limit / 8 / WASM_PAGE) * WASM_PAGE);
  const staging = place(STAGING_SIZE);
  const most = WHOLE_MEMORY - next;
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= 0 && columns <= most)) {
    throw new RangeError(
      `memory.columns takes a whole number of bytes from 0 to ${most} (what memory.limit leaves), got ${String(columns)}`,
    );
  }
  const usual = Math.min(Math.max(limit / 4, MIN_COLUMNS), MAX_COLUMNS, most);
  const columnRange = place(Math.ceil((columns ?? usual) / WASM_PAGE) * WASM_PAGE);
  return {
    goHeap,
    rodata,
    data,
    cHeap,
    systemStack,
    pageTable,
    chunkSpans,
    allocBits,
    deferredBits,
    pool,
    staging,
    columns: columnRange,
    wasmPages: Math.ceil(next / WASM_PAGE),
  };
}

/**
 * The emulator's own state in linear memory: never reachable by an emulated pointer.
 *
 *   0      4096           65536                       heapEnd
 *   | nil  | host state   | Go heap ...               | program | C heap | stack | host tables |
 *
 * Offsets named RT_ are counted from RUNTIME_BASE. Everything whose size follows
 * from the heap's limit (page table, bitmaps, pool) lies behind the last region;
 * where, says the host state.
 */

/** Start of the host state. */
export const RUNTIME_BASE = 4096;
/** Start of the Go heap's region: emulated addresses 0xc000010000 and up. */
export const HEAP_START = 65536;
/** Offsets below this one are the nil page: never mapped. */
export const NIL_PAGE_END = 4096;

/** A page of the Go heap, in bytes (`runtime._PageSize`). */
export const PAGE_SHIFT = 13;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
/** Go maps its arena in chunks of this many bytes (`pallocChunkBytes`). */
export const ARENA_CHUNK = 512 * PAGE_SIZE;
/** Objects above this size are given whole pages (`_MaxSmallSize`). */
export const MAX_SMALL_SIZE = 32768;
export const NUM_SIZE_CLASSES = 68;
/** A page holds at most this many objects: one bit each in its bitmap. */
export const BITMAP_BYTES = PAGE_SIZE / 8 / 8;

/* The outcome record: what the last operation that trapped had to say. */
export const RT_OUTCOME = 0;
/** Which invariant, or a second number of the outcome. */
export const RT_OUTCOME_DETAIL = 4;
/** The address (SegmentationFault, InvariantBroken) of the outcome, u64. */
export const RT_OUTCOME_ADDRESS = 8;
/** The size in bytes (OutOfMemory) of the outcome, u64. */
export const RT_OUTCOME_SIZE = 16;

/** `runtime.hashkey`: four u64. */
export const RT_HASHKEY = 24;
/** What every hash begins with: u64. */
export const RT_HASH_SEED = 56;
/** State of the wyrand generator, u64. */
export const RT_RANDOM = 64;
/** 1 where draws come from the imported `random`. */
export const RT_RANDOM_INJECTED = 72;
/** Draws made since the runtime began. */
export const RT_DRAWS = 76;

/* The heap. Offsets are linear. */
export const RT_HEAP_END = 80;
/** First page that was never handed out. */
export const RT_HEAP_FRESH = 84;
/** High half of every address of the Go heap. */
export const RT_HEAP_HIGH = 88;
export const RT_PAGE_TABLE = 92;
export const RT_ALLOC_BITS = 96;
export const RT_DEFERRED_BITS = 100;
/** Bytes that the last allocation which failed was asked for, u64. */
export const RT_WANTED = 4264;
/** 1 from the first reservation of an operation to its end: spans that fall empty are kept. */
export const RT_RESERVING = 104;
/** Bytes of the Go heap in use, by whole objects. */
export const RT_HEAP_IN_USE = 108;
/** Head of the list of spans that hold deferred frees. */
export const RT_DEFERRED_SPANS = 112;
/** How many maps have both live iterators and deferred frees. */
export const RT_DEFERRING_MAPS = 116;
/** Test aid: the allocation with this number from now on fails; 0 = none. */
export const RT_FAIL_COUNTDOWN = 120;
/** Steps that a walk may still take (guarded twin). */
export const RT_FUEL = 124;

/* The regions: REGION_COUNT records of {high, start, end, mapped end}, u32 each. */
export const RT_REGIONS = 128;
export const REGION_COUNT = 4;
export const REGION_HIGH = 0;
export const REGION_START = 4;
export const REGION_END = 8;
/** Bytes from start up to here are mapped; the rest of the region faults. */
export const REGION_MAPPED = 12;
export const REGION_RECORD = 16;

/** Staging memory for keys, values and columns. */
export const RT_STAGING = 192;
export const RT_STAGING_SIZE = 196;
/** The pool of map records and iterator records. */
export const RT_POOL_NEXT = 200;
export const RT_POOL_END = 204;
export const RT_POOL_FREE = 208;
/** Head of the list of live map records. */
export const RT_MAPS = 212;
/** Objects set aside for the operation under way: a count, then records of {offset, size}. */
export const RT_RESERVED = 216;
export const RT_RESERVED_LIST = 224;
export const RESERVED_MAX = 64;
export const RESERVED_RECORD = 8;
/** Old bucket arrays that wait to be taken apart: a ring of records. */
export const RT_RETIRED_HEAD = 736;
export const RT_RETIRED_COUNT = 740;
export const RT_RETIRED_RING = 744;
export const RETIRED_MAX = 32;
export const RETIRED_ARRAY = 0;
export const RETIRED_BUCKETS = 4;
export const RETIRED_BUCKETSIZE = 8;
export const RETIRED_NEXT = 12;
/** The old overflow list (a slice header of the Go heap), or 0. */
export const RETIRED_LIST = 16;
export const RETIRED_RECORD = 20;

/* Size classes: one record a class, then Go's two look-up tables. */
export const RT_CLASSES = 1536;
export const CLASS_SIZE = 0;
export const CLASS_PAGES = 4;
/** Head of the list of spans with room (page numbers, 0 = none). */
export const CLASS_PARTIAL = 8;
/** Objects that can be allocated without a new span. */
export const CLASS_ROOM = 12;
export const CLASS_RECORD = 16;
export const RT_SIZE_TO_CLASS8 = RT_CLASSES + NUM_SIZE_CLASSES * CLASS_RECORD;
export const SMALL_SIZE_MAX = 1024;
export const SMALL_SIZE_DIV = 8;
export const LARGE_SIZE_DIV = 128;
export const SIZE_TO_CLASS8_LEN = SMALL_SIZE_MAX / SMALL_SIZE_DIV + 1;
export const SIZE_TO_CLASS128_LEN = (MAX_SMALL_SIZE - SMALL_SIZE_MAX) / LARGE_SIZE_DIV + 1;
export const RT_SIZE_TO_CLASS128 = RT_SIZE_TO_CLASS8 + SIZE_TO_CLASS8_LEN;
/** The numerator of the load factor at which a map grows: LOAD_FACTOR_DEN is the denominator. u64. */
export const RT_LOAD_FACTOR_NUM = 4096;
/** Where the read-only data with the type descriptors ends. It begins where the heap's region ends. */
export const RT_RODATA_END = 4240;
/** The entry of a batch that is under way, or at which it stopped. */
export const RT_BATCH_INDEX = 4244;
/* What the invariant checker counts on its way, and where its next window begins. */
export const RT_VERIFY_ENTRIES = 4224;
export const RT_VERIFY_OVERFLOWS = 4232;
export const RT_VERIFY_NEXT = 4248;
/** Sum over the addresses of the overflow buckets met, to be compared with that of their list. */
export const RT_VERIFY_SUM = 4256;
/*
 * What the release's profile says (`src/profile/releases.ts`), u32 each where nothing else is said;
 * written when the runtime is created, never changed.
 */
/** The numbers that the hash multiplies by, u64 each: constants of Go's, or words of the hash key. */
export const RT_HASH_M2 = 4272;
export const RT_HASH_M3 = 4280;
export const RT_HASH_M4 = 4288;
/** 1 where those numbers are words of the hash key. */
export const RT_KEYED_HASH = 4296;
/** Offset of hmap.extra; sizes of hmap and hiter; 1 where both have clearSeq. */
export const RT_HMAP_EXTRA = 4300;
export const RT_HMAP_SIZE = 4304;
export const RT_HITER_SIZE = 4308;
export const RT_CLEAR_SEQ = 4312;
/** 1 where clear marks every slot empty before it forgets the buckets. */
export const RT_CLEAR_MARKS = 4316;
/** 1 where malloc keeps a header of 8 bytes before larger objects with pointers. */
export const RT_MALLOC_HEADERS = 4320;
/* Widths of draws, in bits. */
export const RT_DRAW_HASH0 = 4324;
export const RT_DRAW_NOVERFLOW = 4328;
export const RT_DRAW_NAN = 4332;
export const RT_DRAW_ITERATION = 4336;
/** Above this B an iteration draws RT_DRAW_WIDE_ITERATION bits. */
export const RT_DRAW_WIDE_ABOVE = 4340;
export const RT_DRAW_WIDE_ITERATION = 4344;
/** 1 where a lookup in an empty map only checks that the key can be hashed, and draws nothing. */
export const RT_KEY_CHECKS = 4348;
/**
 * Heads of the lists of free page runs (page numbers, 0 = none): list i holds
 * the runs of 2^i up to 2^(i+1) - 1 pages.
 */
export const RT_FREE_RUNS = 4352;
export const FREE_RUN_LISTS = 20;
/**
 * Offset of a table with one u32 for each CHUNK_PAGES pages that begin at a multiple of it: the first page of
 * the span that takes all of them, or 0. The records of those pages say nothing, but for the span's first and
 * last, so that a large object costs no record a page.
 */
export const RT_CHUNK_SPANS = 4432;
export const CHUNK_SHIFT = 6;
export const CHUNK_PAGES = 1 << CHUNK_SHIFT;
/** The large object that was allocated last, if it was left unwiped on pages that are not fresh; else 0. */
export const RT_UNWIPED = 4436;
/** How many maps have an array that is not wholly wiped. */
export const RT_UNWIPED_MAPS = 4440;
/*
 * A block of a batch: what is worked out of its keys before the first of them is looked for
 * (`assembly/batch/block.ts`).
 */
/** Bucket arrays of more bytes than this are touched ahead of each block. */
export const RT_BLOCK_ABOVE = 16384;
/** Where the sums of what was touched end up: nobody reads them. */
export const RT_BLOCK_SUM = 16392;
/** The keys of a block, at most. */
export const BLOCK_MAX = 256;
/** Where each key is to be looked for: the offset of its bucket, then its tophash four times; u32 each. */
export const RT_BLOCK_AIMS = 16400;
export const AIM_PLACE = 0;
export const AIM_TOPS = 4;
export const AIM_RECORD = 8;
/** Whole hashes, u64 each, where more than the aim is needed. */
export const RT_BLOCK_HASHES = RT_BLOCK_AIMS + AIM_RECORD * BLOCK_MAX;
/* Scratch of a batch that grows ahead, in bytes for each key: first the keys' hashes, then a bitmap. */
export const AHEAD_HASH = 8;
export const AHEAD_BITMAP = 8;
/** Of a growing map: offsets of the buckets that move next, u32 each. */
export const RT_BLOCK_MOVING = RT_BLOCK_HASHES + 8 * BLOCK_MAX;
/** Numbers of the keys that a first look has left over, u32 each. */
export const RT_BLOCK_LEFT = RT_BLOCK_MOVING + 4 * BLOCK_MAX;
/**
 * For each set of slots, as eight bits, the numbers of its slots from the lowest on, a byte each, and behind
 * them numbers that no slot has. Written once.
 */
export const RT_SLOT_ORDERS = RT_BLOCK_LEFT + 4 * BLOCK_MAX;
export const SLOT_ORDER = 8;
/*
 * What does not change while a column is hashed, as vectors of 16 bytes: a loop that loads them is quicker
 * than one that builds them anew in every round, as V8 would have it.
 */
export const RT_LANES = RT_SLOT_ORDERS + 256 * SLOT_ORDER;
/** The second factor, as the halves of two words. */
export const LANES_FACTOR = 0;
/** The started seed, the same; and the high halves first. */
export const LANES_STARTED = 16;
export const LANES_STARTED_CROSSED = 32;
/** What the second product multiplies by, for keys of one size; and crossed. */
export const LANES_LAST = 48;
export const LANES_LAST_CROSSED = 64;
/** The same for keys of no bytes, twice as a word: their size goes into it by xor. */
export const LANES_LAST_WORDS = 80;
/** The low half of each word set. */
export const LANES_LOWS = 96;
/** Bucket mask, {bucket size, 0x01010101} and {bucket array, 0}, for aims. */
export const LANES_MASK = 112;
export const LANES_SCALE = 128;
export const LANES_BASE = 144;
/** The least tophash. */
export const LANES_LEAST = 160;
export const LANES_SIZE = 176;
/** What lies behind is not in use. */
export const RT_USED = RT_LANES + LANES_SIZE;
export const RT_SIZE = HEAP_START - RUNTIME_BASE;

/*
 * A page's record. Only the first page of a span or free run carries all of it;
 * the others carry the state and, in PAGE_FIRST, the way back (or the table of
 * chunks has it).
 *
 *   0     1     2        4     8     12   16   20   22    24        28   30    32
 *   |state|class|deferred|count|first|next|prev|used|clean|deferNext|hint|elems|
 */
export const PAGE_STATE = 0;
/** Size class; 0 is a large object of its own. */
export const PAGE_CLASS = 1;
/** 1 while the span is on the list of spans with deferred frees. */
export const PAGE_DEFERRED = 2;
/** Pages of the span or run. */
export const PAGE_COUNT = 4;
export const PAGE_FIRST = 8;
export const PAGE_NEXT = 12;
export const PAGE_PREV = 16;
/** Objects in use. */
export const PAGE_USED = 20;
/** Objects from this one on were never handed out since their pages were fresh: they are zero. */
export const PAGE_CLEAN = 22;
export const PAGE_DEFER_NEXT = 24;
/** No object below this index is free. */
export const PAGE_HINT = 28;
/** Objects that the span has room for. */
export const PAGE_ELEMS = 30;
export const PAGE_RECORD = 32;

export const PAGE_STATE_FRESH = 0;
export const PAGE_STATE_FREE = 1;
export const PAGE_STATE_SPAN = 2;
/** A later page of a span. */
export const PAGE_STATE_INNER = 3;

/*
 * What the emulator knows of a type descriptor or itab in the program's read-only data lies before it.
 *
 *   -16     -12     -8           -4      0
 *   | magic | owned | ownedCount | ...... | _type or itab
 *
 * The second half of the words `_type.equal` and `maptype.hasher`, whose first half is a code, is the
 * offset of the type's program, or 0: a number of records, then the records.
 */
export const TYPE_PREFIX = 16;
/** The descriptor's own offset, xor one of the two numbers below: no forged pointer passes for one. */
export const TYPE_MAGIC = -16;
/** The list of what a value owns (see MAP_KEY_OWNED), and its length. */
export const TYPE_OWNED = -12;
export const TYPE_OWNED_COUNT = -8;
export const TYPE_MAGIC_VALUE = 0x54595045;
export const ITAB_MAGIC_VALUE = 0x49544142;
/** A record of a program: an AlgOp, the part's offset in the value, and a number. */
export const PROGRAM_OP = 0;
export const PROGRAM_OFFSET = 4;
export const PROGRAM_ARG = 8;
export const PROGRAM_RECORD = 12;
/** Interfaces may be nested this deep in one another. */
export const MAX_INTERFACE_DEPTH = 1000;

/*
 * A map's record: what the emulator knows of a map beyond Go's own bytes. 64 bytes.
 */
export const MAP_HMAP = 0;
export const MAP_TYPE = 4;
export const MAP_ITERATORS = 8;
/** 1 while frees of this map are deferred for its iterators. */
export const MAP_DEFERRING = 12;
/**
 * What an element owns beyond its bytes: a list of u32 in the program region, and its length. Each is the
 * offset of a string or interface in the value, plus one of the OWNED_ numbers.
 */
export const MAP_ELEM_OWNED = 16;
export const MAP_ELEM_OWNED_COUNT = 20;
/** The same for keys. */
export const MAP_KEY_OWNED = 24;
export const MAP_KEY_OWNED_COUNT = 28;
export const OWNED_STRING = 0;
export const OWNED_EMPTY_INTERFACE = 1;
export const OWNED_INTERFACE = 2;
/** The bits of an entry that say what it is: offsets are multiples of 8. */
export const OWNED_KIND = 7;
export const MAP_NEXT = 32;
export const MAP_PREV = 36;
/** Bytes of the Go heap that belong to this map, for reports. */
export const MAP_BYTES = 40;
/** Head of the map's list of live iterator records. */
export const MAP_ITER_LIST = 44;
/** 1 once its bytes may have been written from outside: nothing is freed any more, nothing trusted. */
export const MAP_SUSPECT = 48;
/**
 * 1 while the map grows and its moved old buckets keep their bytes for iterators: what these still point to
 * is not freed, as Go's collector would not.
 */
export const MAP_PINNED = 52;
/**
 * While the map grows into an array that is wiped bucket by bucket (`classic/wipe.ts`): the first spare
 * bucket that is not wiped, and the last of all, which is. Else the first of the two is 0.
 */
export const MAP_SPARES_NEXT = 56;
export const MAP_SPARES_END = 60;
export const MAP_RECORD = 64;

/* An iterator's record, from the same pool. */
export const ITER_HITER = 0;
export const ITER_MAP = 4;
export const ITER_NEXT = 8;
export const ITER_PREV = 12;
/** 1 where the map was empty when the iteration began: it has ended before it began. */
export const ITER_EMPTY = 16;

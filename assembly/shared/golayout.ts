/**
 * The layouts of Go's classic map, as data that both compilers read.
 *
 * Everything here is for 64-bit targets (pointer size P = 8). A derived number
 * is computed from the one before it, so that a wrong one cannot hide.
 * Source: Go 1.19 `src/runtime/map.go`, `src/runtime/type.go`; the same up to
 * Go 1.23, but for what is said below of later ones.
 */

/** Size of a pointer on the emulated target, in bytes. */
export const PTR_SIZE = 8;

/*
 * hmap, the map's header: 8 + 5 P = 48 bytes.
 *
 *   0        8  9  10   12      16        24          32         40      48
 *   | count  |f |B |novf| hash0 | buckets | oldbuckets| nevacuate| extra |
 */
export const HMAP_COUNT = 0;
export const HMAP_FLAGS = 8;
export const HMAP_B = 9;
export const HMAP_NOVERFLOW = 10;
export const HMAP_HASH0 = 12;
export const HMAP_BUCKETS = 16;
export const HMAP_OLDBUCKETS = 24;
export const HMAP_NEVACUATE = 32;
export const HMAP_EXTRA = 40;
export const HMAP_SIZE = HMAP_EXTRA + PTR_SIZE;
/*
 * The same from Go 1.24 on, where GOEXPERIMENT=noswissmap keeps the classic map: a count of the
 * times that the map was cleared (uint64) lies before `extra`, and a copy of it ends the hiter.
 */
export const HMAP_CLEAR_SEQ = 40;
export const HMAP_SEQ_EXTRA = HMAP_CLEAR_SEQ + 8;
export const HMAP_SEQ_SIZE = HMAP_SEQ_EXTRA + PTR_SIZE;

/* hmap.flags */
/** There may be an iterator using buckets. */
export const FLAG_ITERATOR = 1;
/** There may be an iterator using oldbuckets. */
export const FLAG_OLD_ITERATOR = 2;
/** A goroutine is writing to the map. */
export const FLAG_HASH_WRITING = 4;
/** The current map growth is to a map of the same size. */
export const FLAG_SAME_SIZE_GROW = 8;

/*
 * mapextra: what not every map needs, 3 P = 24 bytes.
 *
 *   0          8             16             24
 *   | overflow | oldoverflow | nextOverflow |
 *
 * overflow and oldoverflow point to a slice of bucket pointers. They are used
 * only where the bucket type holds no pointers: Go's collector does not look
 * into such buckets, so the list keeps their overflow buckets alive.
 */
export const MAPEXTRA_OVERFLOW = 0;
export const MAPEXTRA_OLDOVERFLOW = 8;
export const MAPEXTRA_NEXT_OVERFLOW = 16;
export const MAPEXTRA_SIZE = MAPEXTRA_NEXT_OVERFLOW + PTR_SIZE;

/* A Go slice header, 3 P: array, len, cap. A Go string header, 2 P: str, len. */
export const SLICE_ARRAY = 0;
export const SLICE_LEN = 8;
export const SLICE_CAP = 16;
export const SLICE_SIZE = SLICE_CAP + PTR_SIZE;
export const STRING_STR = 0;
export const STRING_LEN = 8;
export const STRING_SIZE = STRING_LEN + PTR_SIZE;

/*
 * An interface value, 2 P: of one without methods the type, of one with methods an itab that has the
 * type; then the value itself where it is one pointer, else a pointer to it.
 */
export const IFACE_TYPE = 0;
export const IFACE_DATA = 8;
export const IFACE_SIZE = IFACE_DATA + PTR_SIZE;
/*
 * itab: 24 bytes and a word a method.
 *
 *   0       8      16     20        24
 *   | inter | type | hash | padding | fun ... |
 */
export const ITAB_INTER = 0;
export const ITAB_TYPE = 8;
export const ITAB_HASH = 16;
export const ITAB_FUN = 24;

/*
 * bmap, a bucket: 8 tophash bytes, 8 keys, 8 elements, the overflow word.
 *
 *   0         8          8+8k           8+8k+8e    bucketsize
 *   | tophash | keys ... | elements ... | overflow |
 */
export const BUCKET_CNT_BITS = 3;
export const BUCKET_CNT = 1 << BUCKET_CNT_BITS;
/** Where the keys begin: the tophash array, aligned for an int64. */
export const BUCKET_DATA = BUCKET_CNT;
/** A key or element larger than this is held by pointer. */
export const MAX_INLINE_KEY = 128;
export const MAX_INLINE_ELEM = 128;

/* Values of tophash below MIN_TOP_HASH mark the state of a slot. */
/** Empty, and so is every later slot of the chain. */
export const EMPTY_REST = 0;
/** Empty. */
export const EMPTY_ONE = 1;
/** Moved to the first half of the larger table. */
export const EVACUATED_X = 2;
/** Moved to the second half of the larger table. */
export const EVACUATED_Y = 3;
/** Empty, and its bucket is evacuated. */
export const EVACUATED_EMPTY = 4;
/** The least tophash of a filled slot. */
export const MIN_TOP_HASH = 5;

/* The load at which a map grows: LOAD_FACTOR_NUM / LOAD_FACTOR_DEN entries a bucket, but for Go 1.21. */
export const LOAD_FACTOR_NUM = 13;
export const LOAD_FACTOR_DEN = 2;
/** From this B on an array carries spare overflow buckets, 1 << (B - 4) of them before rounding. */
export const SPARE_MIN_B = 4;
/** How far the evacuation mark may skip in one step. */
export const EVACUATION_SKIP = 1024;
/** Below this B noverflow counts exactly; from it on it is sampled. */
export const NOVERFLOW_EXACT_B = 16;

/*
 * hiter, an iterator: 12 words = 96 bytes.
 *
 *   0   8    16  24  32        40    48        56           64           72
 *   |key|elem| t | h | buckets | bptr| overflow| oldoverflow| startBucket|
 *   72       73       74  75  76        80       88            96
 *   | offset | wrapped | B | i | padding | bucket | checkBucket |
 */
export const HITER_KEY = 0;
export const HITER_ELEM = 8;
export const HITER_T = 16;
export const HITER_H = 24;
export const HITER_BUCKETS = 32;
export const HITER_BPTR = 40;
export const HITER_OVERFLOW = 48;
export const HITER_OLDOVERFLOW = 56;
export const HITER_START_BUCKET = 64;
export const HITER_OFFSET = 72;
export const HITER_WRAPPED = 73;
export const HITER_B = 74;
export const HITER_I = 75;
export const HITER_BUCKET = 80;
export const HITER_CHECK_BUCKET = 88;
export const HITER_SIZE = HITER_CHECK_BUCKET + PTR_SIZE;
/** hmap.clearSeq when the iteration began, where hmap has it. */
export const HITER_CLEAR_SEQ = HITER_SIZE;
export const HITER_SEQ_SIZE = HITER_CLEAR_SEQ + 8;

/*
 * The type descriptor (`runtime._type`): 48 bytes.
 *
 *   0      8         16     20      21      22          23     24      32       40    44
 *   | size | ptrdata | hash | tflag | align | fieldAlign | kind | equal | gcdata | str | ptrToThis |
 */
export const TYPE_SIZE_ = 0;
export const TYPE_PTRDATA = 8;
export const TYPE_HASH = 16;
export const TYPE_TFLAG = 20;
export const TYPE_ALIGN = 21;
export const TYPE_FIELD_ALIGN = 22;
export const TYPE_KIND = 23;
export const TYPE_EQUAL = 24;
export const TYPE_GCDATA = 32;
export const TYPE_STR = 40;
export const TYPE_PTR_TO_THIS = 44;
export const TYPE_HEADER_SIZE = 48;
/** _type.kind: the value is one pointer, which an interface holds itself. */
export const KIND_DIRECT_IFACE = 1 << 5;

/*
 * maptype: a type header, then 40 bytes.
 *
 *   48    56     64       72       80        81         82           84      88
 *   | key | elem | bucket | hasher | keysize | elemsize | bucketsize | flags |
 *
 * keysize and elemsize are those of the slot: 8 where the slot holds a pointer.
 * Nothing of the emulated program calls `hasher`, so its word holds a HASHER_ number.
 */
export const MAPTYPE_KEY = TYPE_HEADER_SIZE;
export const MAPTYPE_ELEM = 56;
export const MAPTYPE_BUCKET = 64;
export const MAPTYPE_HASHER = 72;
export const MAPTYPE_KEYSIZE = 80;
export const MAPTYPE_ELEMSIZE = 81;
export const MAPTYPE_BUCKETSIZE = 82;
export const MAPTYPE_FLAGS = 84;
export const MAPTYPE_SIZE = 88;

/* maptype.flags */
export const MAPTYPE_INDIRECT_KEY = 1;
export const MAPTYPE_INDIRECT_ELEM = 2;
export const MAPTYPE_REFLEXIVE_KEY = 4;
export const MAPTYPE_NEED_KEY_UPDATE = 8;
export const MAPTYPE_HASH_MIGHT_PANIC = 16;

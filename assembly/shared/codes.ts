/** The closed sets of codes that cross the boundary between the core and TypeScript. */

/** How an operation ended that did not end well; 0 is an operation that did. */
export enum Outcome {
  Ok = 0,
  /** `panic: assignment to entry in nil map` */
  NilMapAssign = 1,
  /** `panic: runtime error: invalid memory address or nil pointer dereference` */
  NilDereference = 2,
  /** `fatal error: concurrent map read and map write` */
  ConcurrentReadWrite = 3,
  /** `fatal error: concurrent map writes` */
  ConcurrentWrites = 4,
  /** `fatal error: concurrent map iteration and map write` */
  ConcurrentIteration = 5,
  /** `fatal error: bad map state` */
  BadMapState = 6,
  /** `fatal error: oldoverflow is not nil` */
  OldOverflowNotNil = 7,
  /** An address that no region holds; the record's address says which. */
  SegmentationFault = 8,
  /** The heap's limit; the record's size says how much was asked for. */
  OutOfMemory = 9,
  /** A walk over corrupt bytes that would never end. */
  EndlessLoop = 10,
  /** An invariant of the map is broken (build `checked`); the record says which. */
  InvariantBroken = 11,
  /** The engine's own book-keeping is inconsistent: a bug of this library. */
  Internal = 12,
  /** A size that Go itself refuses: `panic: runtime: allocation size out of range` */
  SizeOutOfRange = 13,
  /** `panic: runtime error: hash of unhashable type T`; the record's address is that of T's descriptor. */
  UnhashableType = 14,
  /** The same of a comparison: `panic: runtime error: comparing uncomparable type T`. */
  UncomparableType = 15,
  /** `fatal error: stack overflow`: interfaces nested without end. */
  StackOverflow = 16,
}

/** The hasher of a map type, in the descriptor's `hasher` word. */
export enum Hasher {
  /** Go's memhash32: four bytes of plain memory. */
  Mem32 = 1,
  /** Go's memhash64: eight bytes of plain memory. */
  Mem64 = 2,
  /** Go's memhash over the key's size. */
  Mem = 3,
  /** Go's strhash: memhash over the string's bytes. */
  Str = 4,
  /** Go's f32hash. */
  Float32 = 5,
  /** Go's f64hash. */
  Float64 = 6,
  /** By the type's program: everything that is hashed part by part. */
  Program = 7,
  /** Injected: always 0. */
  Zero = 64,
  /** Injected: all bits set. */
  Ones = 65,
  /** Injected: only the two lowest bits of the real hash. */
  LowBits = 66,
}

/** How two keys are compared: the descriptor's `equal` word. */
export enum Equal {
  /** Byte by byte. */
  Memory = 1,
  /** As strings: length, then bytes. */
  String = 2,
  /** By value: the two zeros are equal, a NaN is not equal to itself. */
  Float32 = 3,
  Float64 = 4,
  /** By the type's program. */
  Program = 5,
}

/** What one step of a type's program hashes or compares. */
export enum AlgOp {
  /** Plain memory: `arg` bytes. */
  Memory = 1,
  String = 2,
  Float32 = 3,
  Float64 = 4,
  /** An interface without methods. */
  EmptyInterface = 5,
  /** An interface with methods. */
  Interface = 6,
  /** An array of `arg` elements; the next record says {-, bytes of an element, records of its program}. */
  Array = 7,
}

/** Which of Go's specialised paths a map type takes (`cmd/compile` `mapfast`). */
export enum MapPath {
  Slow = 0,
  Fast32 = 1,
  Fast64 = 2,
  Fast64Ptr = 3,
  FastStr = 4,
}

/** The regions of the emulated address space, in the order of the region table. */
export enum Region {
  Program = 0,
  GoHeap = 1,
  CHeap = 2,
  SystemStack = 3,
}

/** What `verify` found broken; 0 is nothing. The texts are in `src/machine/outcomes.ts`. */
export enum Invariant {
  None = 0,
  /** flags has an unknown bit, or hashWriting outside of a write. */
  Flags = 1,
  /** sameSizeGrow on a map that is not growing. */
  SameSizeWithoutGrowth = 2,
  /** buckets is not the start of a live array of the size that B asks for. */
  Buckets = 3,
  /** oldbuckets is not the start of a live array of the old size. */
  Oldbuckets = 4,
  /** nevacuate is past the end, on a moved bucket, or has an unmoved one below it. */
  Nevacuate = 5,
  /** extra is not a live mapextra. */
  Extra = 6,
  /** nextOverflow is not a spare bucket that is free, or the spares behind it are not. */
  NextOverflow = 7,
  /** An overflow list is not the list of the array's overflow buckets. */
  OverflowList = 8,
  /** noverflow differs from the overflow buckets in use, on a map that counts exactly. */
  Noverflow = 9,
  /** count differs from the entries. */
  Count = 10,
  /** A tophash that a slot of this array may not hold. */
  Tophash = 11,
  /** A filled slot behind an emptyRest. */
  EmptyRest = 12,
  /** An entry whose tophash is not that of its key. */
  KeyTophash = 13,
  /** An entry in a bucket that its key does not hash to. */
  KeyBucket = 14,
  /** Two entries with equal keys. */
  DuplicateKey = 15,
  /** An overflow link to something that is not a live bucket, or a ring of links. */
  OverflowLink = 16,
  /** An empty slot whose element, or whose pointers in the key, are not zero. */
  EmptySlot = 17,
  /** A string or indirect object that is not live storage. */
  Storage = 18,
  /** An evacuated bucket with a slot that is not marked as moved, or marked for the wrong half. */
  Evacuated = 19,
  /** hash0 or count of an empty map without buckets, or a map that has entries but no buckets. */
  Empty = 20,
}

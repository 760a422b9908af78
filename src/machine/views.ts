/**
 * The typed-array views over linear memory.
 *
 * The memory is reserved whole when a runtime is created and never grows, so a
 * view, once made, stays valid for the runtime's life. Every Go value lies at a
 * multiple of its alignment, so `i64[at >>> 3]` reads an int64 at byte `at`.
 * All indices are linear offsets (unsigned), not emulated addresses.
 */
export interface Views {
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

export function viewsOf(buffer: ArrayBuffer): Views {
  return {
    buffer,
    u8: new Uint8Array(buffer),
    i8: new Int8Array(buffer),
    u16: new Uint16Array(buffer),
    i16: new Int16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    u64: new BigUint64Array(buffer),
    i64: new BigInt64Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** The type descriptors of the emulated program. Types are those of `gotype`, which this module doesn't know. */
export interface TypeTable {
  /**
   * The first word of an interface that holds a value of type `dynamic`: the address of its descriptor, or
   * of the itab of the two.
   * @throws OutOfMemory if the program's read-only data is full
   */
  interfaceWord(inter: unknown, dynamic: unknown): bigint;
  /** The type that such a word leads to. @throws SegmentationFault for one that leads to none */
  dynamicType(word: bigint, empty: boolean): unknown;
  /** The list of what a value of a type owns, for the core. */
  owned(type: unknown): { readonly at: number; readonly count: number };
  /** The text of the type whose descriptor is at this address. */
  nameAt(address: bigint): string;
}

/** What a codec needs of the machine to read and write Go values. */
export interface ValueMemory extends Views {
  readonly types: TypeTable;
  /** Linear offset of what every value of no bytes may have for its address. */
  readonly zerobase: number;
  /** The high 32 bits of the address of an offset that `allocateString` gave. */
  highOf(offset: number): number;
  /**
   * Storage for the bytes of a new string, or for a value in an interface: a linear offset, 8-aligned, zeroed.
   * @throws OutOfMemory; nothing was changed
   */
  allocateString(length: number): number;
  /**
   * Where the bytes of the string whose 16-byte header lies at `header` are:
   * a linear offset. Checks that all of them lie in one region.
   * @throws SegmentationFault
   */
  stringBytes(header: number): number;
  /**
   * Where the object of `size` bytes is whose address lies at `word`: a linear offset.
   * @throws SegmentationFault
   */
  objectAt(word: number, size: number): number;
}

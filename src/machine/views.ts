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

/** What a codec needs of the machine to read and write Go values. */
export interface ValueMemory extends Views {
  /** The high 32 bits of every address of the Go heap. */
  readonly goHeapHigh: number;
  /**
   * Storage for the bytes of a new string on the Go heap: a linear offset, 8-aligned.
   * @throws OutOfMemory; nothing was changed
   */
  allocateString(length: number): number;
  /**
   * Where the bytes of the string whose 16-byte header lies at `header` are:
   * a linear offset. Checks that all of them lie in one region.
   * @throws SegmentationFault
   */
  stringBytes(header: number): number;
}

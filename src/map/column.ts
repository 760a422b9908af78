/** Columns in linear memory: what a batch takes without copying. */
import {
  type Codec,
  type ColumnArrayConstructor,
  codecFor,
  columnArray,
  countOwned,
  decodeString,
  encodedLength,
  encodeString,
  type GoType,
  type StringValue,
} from '../gotype/index.ts';
import { UseAfterFree } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';

/** Frees columns that JavaScript has forgotten: a backstop, no promise. */
const forgotten = new FinalizationRegistry<{ machine: Machine; at: number }>(({ machine, at }) => {
  machine.columns.free(at);
});

/** The typed array that a column of a Go type, given by its literal text, is seen through. */
export type ColumnArrayOf<S extends string> = S extends keyof ColumnArrays ? ColumnArrays[S] : Uint8Array;

interface ColumnArrays {
  int8: Int8Array;
  uint8: Uint8Array;
  byte: Uint8Array;
  bool: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  rune: Int32Array;
  uint32: Uint32Array;
  int: BigInt64Array;
  int64: BigInt64Array;
  uint: BigUint64Array;
  uint64: BigUint64Array;
  uintptr: BigUint64Array;
  'unsafe.Pointer': BigUint64Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** What all columns have in common: a block of linear memory, until it is freed. */
abstract class Block {
  // Private, and no property can be put before them, for batches believe them: who could change them could
  // have the core work beyond the column.
  readonly #machine: Machine;
  readonly #type: GoType;
  readonly #length: number;
  #place: number;

  protected constructor(machine: Machine, type: GoType, length: number, bytes: number) {
    this.#machine = machine;
    this.#type = type;
    this.#length = length;
    this.#place = machine.columns.allocate(bytes);
    forgotten.register(this, { machine, at: this.#place }, this);
  }

  /** The machine in whose memory the column lies. For the library's own use. */
  get machine(): Machine {
    return this.#machine;
  }

  get goType(): GoType {
    return this.#type;
  }

  /** Entries. */
  get length(): number {
    return this.#length;
  }

  /** Its linear offset, 0 once it is freed. For the library's own use. */
  get place(): number {
    return this.#place;
  }

  /** The Go type of its entries. */
  get type(): string {
    return this.#type.string;
  }

  /** Its linear offset. For the library's own use. @throws UseAfterFree */
  get at(): number {
    if (this.#place === 0) throw new UseAfterFree(`the column of ${this.type} was freed`);
    return this.#place;
  }

  /** Gives the memory back. Views of it that were taken before see whatever comes to lie there. */
  free(): void {
    if (this.#place === 0) return;
    forgotten.unregister(this);
    this.#machine.columns.free(this.#place);
    this.#place = 0;
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

/**
 * A column of entries of one fixed-size type: their bytes one behind the other,
 * zero at first. Batches work on it where it lies.
 */
export class Column<A extends ArrayBufferView = ArrayBufferView> extends Block {
  readonly #arrayType: ColumnArrayConstructor | undefined;
  #array: A | undefined;

  constructor(machine: Machine, type: GoType, length: number) {
    if (countOwned(type) > 0) {
      throw new TypeError(
        `a column holds bytes, and a ${type.string} owns storage beyond them: give an array of values`,
      );
    }
    super(machine, type, length, length * type.size);
    this.#arrayType = columnArray(type);
    Object.preventExtensions(this);
  }

  /** The typed array of the type's kind, where it has one. For the library's own use. */
  get arrayType(): ColumnArrayConstructor | undefined {
    return this.#arrayType;
  }

  /**
   * The entries, in place: a typed array of the type's kind; for a type that has none (an array, a struct, a
   * complex number) a Uint8Array, in which entry i begins at i times the type's size and lies as Go lays it out.
   * Part of it (`array.subarray(from, to)`) is a column too. Its `buffer` is the whole linear memory, the emulator's
   * own state included: write through the array only.
   * @throws UseAfterFree
   */
  get array(): A {
    const { at } = this;
    if (this.#array === undefined) {
      const Typed = this.#arrayType;
      this.#array = (Typed === undefined
        ? new Uint8Array(this.machine.buffer, at, this.length * this.goType.size)
        : new Typed(this.machine.buffer, at, this.length)) as unknown as A;
    }
    return this.#array;
  }
}

/** Bytes of the record that says where a string of a column is: offset and length. */
export const STRING_RECORD = 8;

/** A column of strings, encoded once: to be looked up, set or deleted by, as often as one likes. */
export class StringColumn extends Block {
  constructor(machine: Machine, type: GoType, strings: readonly StringValue[]) {
    const codec = codecFor(type) as Codec<StringValue>;
    const taken = Array.from(strings, (value, i) => {
      try {
        return codec.take(value);
      } catch (error) {
        if (error instanceof Error) error.message = `strings[${i}]: ${error.message}`;
        throw error;
      }
    });
    const lengths = taken.map(encodedLength);
    const records = taken.length * STRING_RECORD;
    super(
      machine,
      type,
      taken.length,
      lengths.reduce((sum, length) => sum + length, records),
    );
    let next = this.at + records;
    taken.forEach((value, i) => {
      const record = (this.at + i * STRING_RECORD) >>> 2;
      machine.u32[record] = next;
      machine.u32[record + 1] = encodeString(value, machine.u8, next);
      next += lengths[i] as number;
    });
    Object.preventExtensions(this);
  }

  /** The strings: a new array. @throws UseAfterFree */
  get array(): StringValue[] {
    const { at, machine } = this;
    return Array.from({ length: this.length }, (_, i) => {
      const record = (at + i * STRING_RECORD) >>> 2;
      return decodeString(machine.u8, machine.u32[record] as number, machine.u32[record + 1] as number);
    });
  }
}

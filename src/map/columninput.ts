/** What a batch is given as columns, looked at before anything happens. */
import { type Codec, columnArray, type GoType } from '../gotype/index.ts';
import { UseAfterFree } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { Column, StringColumn } from './column.ts';

// What a typed array is, asked of the engine: a property of its own can say something else.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = (name: string) =>
  (Object.getOwnPropertyDescriptor(typedArray, name) as PropertyDescriptor).get as () => unknown;
const lengthGetter = getter('length') as () => number;
const byteLengthGetter = getter('byteLength') as () => number;
const byteOffsetGetter = getter('byteOffset') as () => number;
const bufferGetter = getter('buffer') as () => ArrayBufferLike;

/** How many entries a typed array really has. */
export function lengthOf(typed: ArrayBufferView): number {
  return lengthGetter.call(typed);
}

/** A typed array of any kind. */
export type TypedArray = Exclude<ArrayBufferView, DataView> & {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  [index: number]: number | bigint;
  /** Of its own kind: no type says so. */
  set(from: never, at?: number): void;
  subarray(from: number, to: number): TypedArray;
  slice(from?: number, to?: number): TypedArray;
};

/**
 * Keys or values of a batch: a column, a typed array of the type's kind, an array, or an object that holds a typed
 * array or an array as `array`.
 */
export type ColumnInput<T> =
  | readonly T[]
  | ArrayBufferView
  | { readonly array: readonly T[] | ArrayBufferView }
  | StringColumn;

/**
 * A column that has been looked at: in linear memory, from `at` on; or its bytes as they are; or values that
 * `take` has passed.
 */
export interface Checked {
  readonly length: number;
  readonly at?: number;
  readonly typed?: TypedArray;
  readonly bytes?: Uint8Array;
  readonly values?: readonly unknown[];
}

/** What is meant by a column, told from what the type asks for: a `Column` only where it has no typed array. */
export function contents(
  column: unknown,
  type: GoType,
  what: string,
): TypedArray | readonly unknown[] | StringColumn | Column {
  if (column instanceof StringColumn) {
    if (type.kind === 'string') return column;
    throw new TypeError(`${what} of ${type.string} do not come as a column of ${column.type}`);
  }
  if (column instanceof Column && columnArray(type) === undefined) {
    if (column.type === type.string) return column;
    throw new TypeError(`${what} of ${type.string} do not come as a column of ${column.type}`);
  }
  const inner: unknown =
    typeof column === 'object' && column !== null && !Array.isArray(column) && !ArrayBuffer.isView(column)
      ? (column as { array?: unknown }).array
      : column;
  if (Array.isArray(inner)) return inner;
  const wanted = columnArray(type);
  if (ArrayBuffer.isView(inner)) {
    if (wanted !== undefined && inner instanceof wanted) return inner as TypedArray;
    throw new TypeError(
      `${what} of ${type.string} come as ${wanted === undefined ? 'an array' : `a ${wanted.name} or an array`}, ` +
        `got a ${inner.constructor.name}`,
    );
  }
  throw new TypeError(`${what} come as an array${wanted === undefined ? '' : ` or a ${wanted.name}`}`);
}

/** A column whose bytes have no meaning elsewhere. */
export function ofMachine(column: Column, machine: Machine): Column {
  if (column.machine === machine) return column;
  throw new TypeError(`the column of ${column.type} is another runtime's: copy its array`);
}

/** Where a typed array lies in linear memory, whose buffer is given; undefined for one of another memory. */
export function placeOf(memory: ArrayBufferLike, typed: TypedArray): number | undefined {
  return bufferGetter.call(typed) === memory ? byteOffsetGetter.call(typed) : undefined;
}

/** @throws UseAfterFree for a range of linear memory that is no column's (any more) */
export function checkOwned(machine: Machine, at: number, bytes: number, what: string): void {
  if (machine.columns.owns(at, bytes)) return;
  throw new UseAfterFree(`${what} lie in linear memory, but in no column: it was freed`);
}

export function check(machine: Machine, column: unknown, codec: Codec, what: string): Checked {
  const inner = contents(column, codec.type, what);
  if (inner instanceof StringColumn) {
    if (inner.machine !== machine) return { length: inner.length, values: inner.array };
    return { length: inner.length, at: inner.at };
  }
  if (inner instanceof Column) return { length: inner.length, at: ofMachine(inner, machine).at };
  if (!Array.isArray(inner)) {
    const typed = inner as TypedArray;
    const length = lengthOf(typed);
    // The bytes of a bool are not all values.
    if (codec.type.kind === 'bool') {
      const odd = bytesOf(typed, 0, length).find((b) => b !== 0 && b !== 1);
      if (odd !== undefined) throw new RangeError(`a column of bool holds 0 and 1, got ${odd}`);
    }
    const at = placeOf(machine.buffer, typed);
    return at === undefined ? { length, typed } : { length, at };
  }
  const values: unknown[] = [];
  for (let i = 0; i < inner.length; i++) {
    try {
      values.push(codec.take(inner[i]));
    } catch (error) {
      if (error instanceof Error) error.message = `${what}[${i}]: ${error.message}`;
      throw error;
    }
  }
  return { length: values.length, values };
}

/** The bytes of elements `from` to `from + n` of a typed array. */
export function bytesOf(array: ArrayBufferView, from: number, n: number): Uint8Array {
  const length = lengthOf(array);
  const each = length === 0 ? 0 : byteLengthGetter.call(array) / length;
  return new Uint8Array(bufferGetter.call(array), byteOffsetGetter.call(array) + from * each, n * each);
}

/** Whether two typed arrays have a byte in common. */
export function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (bufferGetter.call(a) !== bufferGetter.call(b)) return false;
  const [from, start] = [byteOffsetGetter.call(a), byteOffsetGetter.call(b)];
  return from < start + byteLengthGetter.call(b) && start < from + byteLengthGetter.call(a);
}

/**
 * Batches that the core works off as they come: columns of this machine, or typed arrays of the type's own kind,
 * which are copied once. One call of the core, and no object, closure or array is made for it.
 *
 * Each method says whether the batch was of that kind. Everything else, and whatever is wrong with a batch, is left
 * to `columns.ts`: up to there nothing has happened but that keys may have been copied to the staging area.
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import { RT_BATCH_INDEX } from '../../assembly/shared/hostlayout.ts';
import {
  type ColumnArrayConstructor,
  columnArray,
  type GoType,
  type MapShape,
  parseType,
} from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';
import type { Views } from '../machine/views.ts';
import { Column, StringColumn } from './column.ts';
import { lengthOf, placeOf, type TypedArray } from './columninput.ts';
import { assignedBy, setAhead } from './columns.ts';
import type { MapHandle } from './handle.ts';
import type { KeyPath } from './path.ts';
import { STRETCH, stagingHalf } from './staging.ts';

/** What typed arrays a batch may bring, and the view of linear memory that they are copied through. */
interface ArrayKind {
  /** By an operator on a constructor that the engine knows: asked of a variable, it is a search. */
  is(value: unknown): value is TypedArray;
  view(machine: Views): TypedArray;
}

const KINDS: ReadonlyMap<unknown, ArrayKind> = new Map<unknown, ArrayKind>([
  [Int8Array, { is: (value): value is TypedArray => value instanceof Int8Array, view: ({ i8 }) => i8 }],
  [Uint8Array, { is: (value): value is TypedArray => value instanceof Uint8Array, view: ({ u8 }) => u8 }],
  [Int16Array, { is: (value): value is TypedArray => value instanceof Int16Array, view: ({ i16 }) => i16 }],
  [Uint16Array, { is: (value): value is TypedArray => value instanceof Uint16Array, view: ({ u16 }) => u16 }],
  [Int32Array, { is: (value): value is TypedArray => value instanceof Int32Array, view: ({ i32 }) => i32 }],
  [Uint32Array, { is: (value): value is TypedArray => value instanceof Uint32Array, view: ({ u32 }) => u32 }],
  [
    BigInt64Array,
    { is: (value): value is TypedArray => value instanceof BigInt64Array, view: ({ i64 }) => i64 },
  ],
  [
    BigUint64Array,
    { is: (value): value is TypedArray => value instanceof BigUint64Array, view: ({ u64 }) => u64 },
  ],
  [
    Float32Array,
    { is: (value): value is TypedArray => value instanceof Float32Array, view: ({ f32 }) => f32 },
  ],
  [
    Float64Array,
    { is: (value): value is TypedArray => value instanceof Float64Array, view: ({ f64 }) => f64 },
  ],
]);

/** Stands for a place where a batch can't be taken from, or put: no column begins at 0. */
const NOWHERE = 0;

/** Keys, elements or answers of a batch: what they may come as, and where they are copied to. */
class Side {
  private readonly machine: Machine;
  /** The type's typed array; undefined for a type that has none, null where values are to be checked one by one. */
  private readonly array: ColumnArrayConstructor | undefined | null;
  private readonly text: string;
  private readonly kind: ArrayKind | undefined;
  private readonly view: TypedArray;
  private readonly buffer: ArrayBufferLike;
  /** Bytes of one entry. */
  readonly size: number;
  readonly staging: number;
  private readonly index: number;
  /** Entries of what was read last: asked once, for what a getter says the second time can be something else. */
  count = 0;
  /** The part of the staging area that was copied out last: batches are often of one size. */
  private window: TypedArray;

  constructor(
    machine: Machine,
    array: ColumnArrayConstructor | undefined | null,
    type: GoType,
    staging: number,
  ) {
    this.machine = machine;
    this.array = array;
    this.text = type.string;
    this.kind = KINDS.get(array);
    this.view = this.kind?.view(machine) ?? (machine.u8 as unknown as TypedArray);
    // Kept: to ask a view for it takes as long as to copy sixteen keys.
    this.buffer = machine.buffer;
    this.size = type.size;
    this.staging = staging;
    this.index = staging / this.view.BYTES_PER_ELEMENT;
    this.window = this.view;
  }

  /** Where a column's entries lie. */
  at(column: Column): number {
    if (column.machine !== this.machine) return NOWHERE;
    const taken = this.array === undefined ? column.type === this.text : column.arrayType === this.array;
    return taken ? column.place : NOWHERE;
  }

  /** Whether it is a typed array of the type's kind. */
  is(entries: unknown): entries is TypedArray {
    return this.kind !== undefined && ArrayBuffer.isView(entries) && this.kind.is(entries);
  }

  /** Where the first `n` entries of a typed array are worked on: in place, or in the staging area. */
  placeOf(entries: TypedArray, n: number): number {
    const bytes = n * this.size;
    const at = placeOf(this.buffer, entries);
    if (at === undefined) return bytes <= STRETCH ? this.staging : NOWHERE;
    return this.machine.columns.owns(at, bytes) ? at : NOWHERE;
  }

  /** Where entries are to be read, `count` of them: those of a typed array are copied if need be. */
  read(entries: unknown): number {
    if (entries instanceof Column) {
      this.count = entries.length;
      return this.at(entries);
    }
    if (!this.is(entries)) return NOWHERE;
    this.count = lengthOf(entries);
    const at = this.placeOf(entries, this.count);
    if (at === this.staging) this.view.set(entries as never, this.index);
    return at;
  }

  /** Where `n` answers are to be written. */
  write(entries: unknown, n: number): number {
    if (entries instanceof Column) return entries.length < n ? NOWHERE : this.at(entries);
    return this.is(entries) && lengthOf(entries) >= n ? this.placeOf(entries, n) : NOWHERE;
  }

  /** Copies answers out of the staging area, if they were written there. */
  finish(entries: unknown, at: number, n: number): void {
    if (at !== this.staging) return;
    if (this.window.length !== n) this.window = this.view.subarray(this.index, this.index + n);
    (entries as TypedArray).set(this.window as never);
  }
}

/** The batches of one map. */
export class DirectBatches {
  private readonly machine: Machine;
  private readonly path: KeyPath;
  /** Whether a column of strings is one of keys. */
  private readonly strings: boolean;
  private readonly keys: Side;
  /** Elements to be stored, whose bools are still to be looked at, and elements that were found. */
  private readonly values: Side;
  private readonly elems: Side;
  private readonly flags: Side;

  constructor(machine: Machine, shape: MapShape, path: KeyPath) {
    const { key, elem } = shape;
    const half = machine.staging + stagingHalf(machine);
    const checked = (type: GoType) => (type.kind === 'bool' ? null : columnArray(type));
    this.machine = machine;
    this.path = path;
    this.strings = shape.path === MapPath.FastStr && key.kind === 'string';
    this.keys = new Side(machine, checked(key), key, machine.staging);
    this.values = new Side(machine, checked(elem), elem, half);
    this.elems = new Side(machine, columnArray(elem), elem, half);
    this.flags = new Side(machine, Uint8Array, parseType('uint8'), half);
  }

  set(map: MapHandle, keys: unknown, values: unknown, ahead: boolean): boolean {
    const { machine, path } = this;
    const { freed } = machine.columns;
    const from = this.keysAt(keys);
    const n = this.keys.count;
    const elems = from === NOWHERE ? NOWHERE : this.values.read(values);
    if (elems === NOWHERE) return false;
    if (n === 0 || this.values.count !== n || this.isStale(map, freed)) return false;
    try {
      if (ahead) setAhead(machine, path, map.map, from, elems, n);
      else path.setMany(machine.core, map.map, from, elems, n);
    } catch (error) {
      throw machine.explain(error, assignedBy(machine, error, n));
    }
    return true;
  }

  get(map: MapHandle, keys: unknown, out: unknown): boolean {
    const { freed } = this.machine.columns;
    const from = this.keysAt(keys);
    if (from === NOWHERE) return false;
    const n = this.keys.count;
    const { elems } = this;
    const to = elems.write(out, n);
    if (n === 0 || to === NOWHERE || this.meet(from, to, n, elems.size) || this.isStale(map, freed))
      return false;
    this.look(map, from, to, 0, n);
    elems.finish(out, to, n);
    return true;
  }

  has(map: MapHandle, keys: unknown, out: unknown): boolean {
    const { freed } = this.machine.columns;
    const from = this.keysAt(keys);
    if (from === NOWHERE) return false;
    const n = this.keys.count;
    const { flags } = this;
    const to = flags.write(out, n);
    if (n === 0 || to === NOWHERE || this.meet(from, to, n, 1) || this.isStale(map, freed)) return false;
    this.look(map, from, 0, to, n);
    flags.finish(out, to, n);
    return true;
  }

  /** How many were deleted; -1 for a batch that is not taken here. */
  delete(map: MapHandle, keys: unknown): number {
    const from = this.keysAt(keys);
    const n = from === NOWHERE ? 0 : this.keys.count;
    if (n === 0 || map.map === 0) return -1;
    const { machine } = this;
    try {
      return this.path.deleteMany(machine.core, map.map, from, n) >>> 0;
    } catch (error) {
      throw machine.explain(error, machine.host(RT_BATCH_INDEX));
    }
  }

  private look(map: MapHandle, from: number, elems: number, found: number, n: number): void {
    const { machine } = this;
    try {
      this.path.getMany(machine.core, map.map, from, elems, found, n);
    } catch (error) {
      throw machine.explain(error, machine.host(RT_BATCH_INDEX));
    }
  }

  /** Whether code of the caller's (getters, a proxy's traps) has freed something since it was looked at. */
  private isStale(map: MapHandle, freed: number): boolean {
    return map.map === 0 || this.machine.columns.freed !== freed;
  }

  private keysAt(keys: unknown): number {
    if (!this.strings) return this.keys.read(keys);
    if (!(keys instanceof StringColumn) || keys.machine !== this.machine) return NOWHERE;
    this.keys.count = keys.length;
    return keys.place;
  }

  /** Whether writing answers to `to` would overwrite keys that are still to be read. */
  private meet(from: number, to: number, n: number, size: number): boolean {
    // No typed array leads to strings, and a column of them is a block of its own.
    return !this.strings && from < to + n * size && to < from + n * this.keys.size;
  }
}

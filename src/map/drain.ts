/** All entries of a map as two columns. */
import { Outcome } from '../../assembly/shared/codes.ts';
import { HITER_KEY } from '../../assembly/shared/golayout.ts';
import { type Codec, codecFor, columnArray, type GoType } from '../gotype/index.ts';
import { GoFatal } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { FATAL_TEXT } from '../machine/outcomes.ts';
import { Column, StringColumn } from './column.ts';
import {
  bytesOf,
  checkOwned,
  contents,
  lengthOf,
  ofMachine,
  overlap,
  placeOf,
  type TypedArray,
} from './columninput.ts';
import { checkAlive, type MapHandle } from './handle.ts';
import { stagingHalf } from './staging.ts';

/** What `drain` gives: typed arrays where the type has one, else arrays. */
export interface DrainedColumns<K, V> {
  readonly keys: K[] | ArrayBufferView;
  readonly values: V[] | ArrayBufferView;
}

/** Where `drain` may put entries: columns, or typed arrays of the types' kinds. */
export interface DrainInto {
  readonly keys: Column | ArrayBufferView;
  readonly values: Column | ArrayBufferView;
}

/** Takes all entries out of the map, as columns in the order of one iteration. */
export function drain<K, V>(map: Drained): DrainedColumns<K, V> {
  const columns = copyEntries<K, V>(map);
  map.clear();
  return columns;
}

function copyEntries<K, V>(map: Drained): DrainedColumns<K, V> {
  const { machine, shape } = map;
  // What the header's count says is only believed where nothing else can have written it.
  const expected = machine.guarded ? 0 : map.size;
  const keys = new Growing(codecFor(shape.key), shape.key, expected);
  const values = new Growing(codecFor(shape.elem), shape.elem, expected);
  copyTo(map, keys, values);
  return { keys: keys.result as K[], values: values.result as V[] };
}

/** The same into columns that are given. How many entries. */
export function drainInto(map: Drained, into: unknown): number {
  if (typeof into !== 'object' || into === null) {
    throw new TypeError('drain takes an object with the columns keys and values');
  }
  const { keys, values } = into as Partial<DrainInto>;
  const { machine, shape } = map;
  const ks = new Given(machine, keys, codecFor(shape.key), 'keys');
  const vs = new Given(machine, values, codecFor(shape.elem), 'values');
  // A getter of the caller's may have freed what was looked at before it.
  checkAlive(map);
  for (const { at, bytes, what } of [ks, vs]) {
    if (at !== undefined) checkOwned(machine, at, bytes.length, what);
  }
  if (overlap(ks.bytes, vs.bytes)) {
    throw new TypeError('drain takes two columns, not one for both keys and values');
  }
  const room = Math.min(ks.room, vs.room);
  if (room < map.size)
    throw new RangeError(`the columns have room for ${room} entries, the map has ${map.size}`);
  if (ks.at !== undefined && vs.at !== undefined) {
    const drained = drainAtOnce(map, ks.at, vs.at, room);
    if (drained >= 0) return drained;
  }
  const copied = copyTo(map, ks, vs);
  map.clear();
  return copied;
}

/** Copies and clears in one go. How many entries; negative where the map is none for it: then nothing was done. */
function drainAtOnce({ machine, map }: Drained, keys: number, values: number, room: number): number {
  try {
    return machine.core.drainMap(map, keys, values, room) | 0;
  } catch (error) {
    throw machine.explain(error);
  }
}

/** A map that is drained. */
type Drained = MapHandle & { readonly size: number; clear(): void };

/** What entries are copied to: a place in linear memory, or something that takes them from the staging area. */
interface Sink {
  /** Bytes of an entry. */
  readonly size: number;
  /** Where the next entries are to be written, if they may be. */
  readonly next: number | undefined;
  /** Entries for which there is room. */
  readonly room: number;
  take(machine: Machine, at: number, n: number): void;
}

function copyTo(map: MapHandle, keys: Sink, values: Sink): number {
  const { machine } = map;
  const half = stagingHalf(machine);
  let iter = 0;
  let total = 0;
  try {
    iter = machine.core.iterBegin(map.map) >>> 0;
    for (;;) {
      // Every entry has a tophash byte: more of them than bytes in use is a ring of forged buckets.
      if (total > machine.heapInUse) throw new GoFatal(FATAL_TEXT[Outcome.EndlessLoop] as string);
      const keysAt = keys.next ?? machine.staging;
      const valuesAt = values.next ?? machine.staging + half;
      const n = Math.min(fits(keys, half), fits(values, half));
      if (n === 0) {
        const full = Math.min(keys.room, values.room) === 0;
        // Only the iterator can tell whether a forged count has promised too little.
        if (full && machine.u64[((machine.u32[iter >>> 2] as number) + HITER_KEY) >>> 3] === 0n) return total;
        throw new RangeError(
          full
            ? 'the map has more entries than its count says, and than the columns have room for'
            : `entries of ${map.shape.type.string} are too large for columns: iterate instead`,
        );
      }
      const got = machine.core.copyEntries(map.map, iter, keysAt, valuesAt, n) >>> 0;
      keys.take(machine, keysAt, got);
      values.take(machine, valuesAt, got);
      total += got;
      if (got < n) return total;
    }
  } catch (error) {
    throw machine.explain(error);
  } finally {
    if (iter !== 0 && machine.ended === undefined) machine.core.iterEnd(iter);
  }
}

/** How many entries one call may copy. */
function fits({ size, next, room }: Sink, half: number): number {
  if (next !== undefined) return room;
  return Math.min(room, size === 0 ? 65536 : Math.floor(half / size));
}

/** A column that the caller has given. */
class Given implements Sink {
  readonly size: number;
  readonly what: string;
  /** Where it begins, if it lies in linear memory. */
  readonly at: number | undefined;
  /** All of it. */
  readonly bytes: Uint8Array;
  readonly #length: number;
  #filled = 0;

  constructor(machine: Machine, column: unknown, codec: Codec, what: string) {
    const inner = contents(column, codec.type, what);
    if (Array.isArray(inner) || inner instanceof StringColumn) {
      throw new TypeError(`drain puts ${what} into a column or a typed array: without them it makes arrays`);
    }
    this.size = codec.size;
    this.what = what;
    if (inner instanceof Column) {
      this.at = ofMachine(inner, machine).at;
      this.#length = inner.length;
      this.bytes = machine.u8.subarray(this.at, this.at + this.#length * this.size);
    } else {
      const typed = inner as TypedArray;
      this.at = placeOf(machine.buffer, typed);
      this.#length = lengthOf(typed);
      this.bytes = bytesOf(typed, 0, this.#length);
    }
  }

  get room(): number {
    return this.#length - this.#filled;
  }

  get next(): number | undefined {
    return this.at === undefined ? undefined : this.at + this.#filled * this.size;
  }

  take(machine: Machine, at: number, n: number): void {
    if (this.at === undefined) {
      this.bytes.set(machine.u8.subarray(at, at + n * this.size), this.#filled * this.size);
    }
    this.#filled += n;
  }
}

/** A column that is filled from memory: a typed array that grows, or an array. */
class Growing implements Sink {
  readonly next = undefined;
  readonly room = Number.POSITIVE_INFINITY;
  readonly #columnType: ReturnType<typeof columnArray>;
  readonly #codec: Codec;
  #values: unknown[] | TypedArray;
  #length = 0;

  constructor(codec: Codec, type: GoType, expected: number) {
    this.#columnType = type.kind === 'bool' ? undefined : columnArray(type);
    this.#values = this.#columnType === undefined ? [] : this.#typed(expected);
    this.#codec = codec;
  }

  get size(): number {
    return this.#codec.size;
  }

  #typed(length: number): TypedArray {
    const Typed = this.#columnType;
    if (Typed === undefined) throw new TypeError('a column of values that are no numbers');
    return new Typed(length) as unknown as TypedArray;
  }

  get result(): unknown[] | TypedArray {
    if (Array.isArray(this.#values) || this.#values.length === this.#length) return this.#values;
    return this.#values.slice(0, this.#length);
  }

  /** Adds `n` values that lie at `at`. */
  take(machine: Machine, at: number, n: number): void {
    const { size } = this.#codec;
    if (Array.isArray(this.#values)) {
      for (let i = 0; i < n; i++) this.#values.push(this.#codec.read(machine, at + i * size));
      return;
    }
    if (this.#length + n > this.#values.length) {
      const wider = this.#typed(Math.max(this.#length + n, 2 * this.#values.length));
      bytesOf(wider, 0, this.#length).set(bytesOf(this.#values, 0, this.#length));
      this.#values = wider;
    }
    bytesOf(this.#values, this.#length, n).set(machine.u8.subarray(at, at + n * size));
    this.#length += n;
  }
}

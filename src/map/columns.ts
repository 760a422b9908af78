/**
 * Operations on columns of keys and elements.
 *
 * A batch goes through the staging area in stretches: as many entries as fit
 * are written there, then one plain loop of the core works them off. Everything
 * that can be wrong with the caller's values is found before the first stretch.
 */

import { MapPath, Outcome } from '../../assembly/shared/codes.ts';
import { RT_BATCH_INDEX } from '../../assembly/shared/hostlayout.ts';
import {
  type Codec,
  codecFor,
  columnArray,
  countOwned,
  encodedBound,
  encodedLength,
  encodeString,
  type GoType,
  type MapShape,
  type StringValue,
} from '../gotype/index.ts';
import { GoFatal, OutOfMemory } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { FATAL_TEXT } from '../machine/outcomes.ts';
import { DrawFailed } from '../machine/random.ts';
import { checkAlive, type MapHandle } from './handle.ts';
import type { KeyPath } from './path.ts';
import { freeOwned, stagingHalf, stringOf } from './staging.ts';

type TypedArray = Exclude<ArrayBufferView, DataView> & {
  readonly length: number;
  [index: number]: number | bigint;
  slice(from?: number, to?: number): TypedArray;
};

/** Keys or values of a batch: a typed array of the type's kind, an array, or an object that holds either as `array`. */
export type ColumnInput<T> =
  | readonly T[]
  | ArrayBufferView
  | { readonly array: readonly T[] | ArrayBufferView };

/** What `drain` gives: typed arrays where the type has one, else arrays. */
export interface DrainedColumns<K, V> {
  readonly keys: K[] | ArrayBufferView;
  readonly values: V[] | ArrayBufferView;
}

/** A column that has been looked at: its bytes as they are, or values that `take` has passed. */
type Checked = { readonly length: number; readonly typed?: TypedArray; readonly values?: readonly unknown[] };

/** The typed array or array of a column, told from what the type asks for. */
function contents(column: unknown, type: GoType, what: string): TypedArray | readonly unknown[] {
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

function check(column: unknown, codec: Codec, what: string): Checked {
  const inner = contents(column, codec.type, what);
  if (!Array.isArray(inner)) {
    // The bytes of a bool are not all values: they are looked at like numbers.
    if (codec.type.kind !== 'bool') return { length: inner.length, typed: inner as TypedArray };
    const flags = Array.from(inner as TypedArray, (b) => {
      if (b !== 0 && b !== 1) throw new RangeError(`a column of bool holds 0 and 1, got ${b}`);
      return b === 1;
    });
    return { length: flags.length, values: flags };
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

export class ColumnOperations<K, V> {
  readonly #machine: Machine;
  readonly #shape: MapShape;
  readonly #path: KeyPath;
  readonly #keys: Codec<K>;
  readonly #elems: Codec<V>;

  constructor(machine: Machine, shape: MapShape, path: KeyPath) {
    this.#machine = machine;
    this.#shape = shape;
    this.#path = path;
    this.#keys = codecFor(shape.key) as Codec<K>;
    this.#elems = codecFor(shape.elem) as Codec<V>;
  }

  set(map: MapHandle, keys: unknown, values: unknown): void {
    const machine = this.#machine;
    const elems = check(values, this.#elems, 'values');
    const ks = check(keys, this.#keys, 'keys');
    // Getters of the caller's may have freed it.
    checkAlive(map);
    if (ks.length !== elems.length) {
      throw new RangeError(`setMany takes as many keys as values, got ${ks.length} and ${elems.length}`);
    }
    const owning = countOwned(this.#shape.elem) > 0;
    const elemsAt = machine.staging + stagingHalf(machine);
    for (let done = 0; done < ks.length; ) {
      const fits = Math.min(ks.length - done, this.#fits(this.#elems.size, stagingHalf(machine)));
      const stretch = this.#stageKeys(ks, done, fits);
      let { n, failure } = stretch;
      let assigned = 0;
      try {
        // A string that is not written yet must read as none, should a later one find no room.
        if (owning) machine.u8.fill(0, elemsAt, elemsAt + n * this.#elems.size);
        const ready = this.#write(elems, this.#elems, done, n, elemsAt);
        n = ready.n;
        failure = ready.failure ?? failure;
        machine.core[this.#path.setMany](map.map, stretch.at, elemsAt, n);
        assigned = n;
        stretch.pass(n);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) assigned = machine.host(RT_BATCH_INDEX);
        // The batch was carried out; only a draw of it failed.
        if (error instanceof DrawFailed) assigned = n;
        stretch.pass(assigned);
        throw machine.explain(error, done + assigned);
      } finally {
        for (let i = assigned; owning && i < stretch.n; i++) {
          freeOwned(machine, this.#shape.elem, elemsAt + i * this.#elems.size);
        }
        stretch.end();
      }
      done += n;
      if (failure !== undefined) throw failure.at(done);
    }
  }

  get(map: MapHandle, keys: unknown, out: unknown): void {
    const machine = this.#machine;
    const to = contents(out, this.#shape.elem, 'out');
    const typed = Array.isArray(to) ? undefined : (to as TypedArray);
    let ks = check(keys, this.#keys, 'keys');
    // Getters of the caller's may have freed it.
    checkAlive(map);
    // Where `out` is written over the keys, all of them are read before.
    if (typed !== undefined && ks.typed?.buffer === typed.buffer)
      ks = { length: ks.length, typed: ks.typed.slice() };
    const answers: unknown[] = [];
    if (typed !== undefined && typed.length < ks.length) {
      throw new RangeError(`out has room for ${typed.length} elements, there are ${ks.length} keys`);
    }
    const size = this.#elems.size;
    const elemsAt = machine.staging + stagingHalf(machine);
    for (let done = 0; done < ks.length; ) {
      // Behind the elements lies a byte for each key: found or not.
      const fits = Math.min(ks.length - done, this.#fits(size + 1, stagingHalf(machine) - 8));
      const stretch = this.#stageKeys(ks, done, fits);
      const foundAt = elemsAt + stretch.n * size;
      try {
        if (typed !== undefined) machine.u8.fill(0, elemsAt, foundAt);
        machine.core[this.#path.getMany](map.map, stretch.at, elemsAt, foundAt, stretch.n);
        if (typed !== undefined) {
          bytesOf(typed, done, stretch.n).set(machine.u8.subarray(elemsAt, foundAt));
        } else {
          for (let i = 0; i < stretch.n; i++) {
            const value =
              machine.u8[foundAt + i] === 0 ? undefined : this.#elems.read(machine, elemsAt + i * size);
            answers.push(value);
          }
        }
      } catch (error) {
        throw machine.explain(error, done);
      } finally {
        stretch.end();
      }
      done += stretch.n;
      if (stretch.failure !== undefined) throw stretch.failure.at(done);
    }
    // An array can be a proxy: it is written when the core is no longer needed.
    if (typed === undefined) for (let i = 0; i < answers.length; i++) (to as unknown[])[i] = answers[i];
  }

  has(map: MapHandle, keys: unknown, out: Uint8Array | undefined): boolean[] | Uint8Array {
    const machine = this.#machine;
    const ks = check(keys, this.#keys, 'keys');
    // Getters of the caller's may have freed it.
    checkAlive(map);
    if (out !== undefined) {
      if (!(out instanceof Uint8Array)) throw new TypeError('hasMany writes into a Uint8Array');
      if (out.length < ks.length)
        throw new RangeError(`out has room for ${out.length} answers, there are ${ks.length} keys`);
    }
    const answers: boolean[] = [];
    this.#eachStretch(ks, (stretch, done) => {
      const foundAt = machine.staging + stagingHalf(machine);
      machine.core[this.#path.getMany](map.map, stretch.at, 0, foundAt, stretch.n);
      if (out !== undefined) out.set(machine.u8.subarray(foundAt, foundAt + stretch.n), done);
      else for (let i = 0; i < stretch.n; i++) answers.push(machine.u8[foundAt + i] === 1);
    });
    return out ?? answers;
  }

  delete(map: MapHandle, keys: unknown): number {
    const machine = this.#machine;
    const ks = check(keys, this.#keys, 'keys');
    // Getters of the caller's may have freed it.
    checkAlive(map);
    let deleted = 0;
    this.#eachStretch(ks, (stretch) => {
      deleted += machine.core[this.#path.deleteMany](map.map, stretch.at, stretch.n) >>> 0;
    });
    return deleted;
  }

  /** All entries as columns, in the order of one iteration. */
  copy(map: MapHandle): DrainedColumns<K, V> {
    const machine = this.#machine;
    const keys = new OutColumn(this.#keys, this.#shape.key);
    const values = new OutColumn(this.#elems, this.#shape.elem);
    const half = stagingHalf(machine);
    const n = Math.min(this.#fits(this.#keys.size, half), this.#fits(this.#elems.size, half));
    if (n === 0)
      throw new RangeError(
        `entries of ${this.#shape.type.string} are too large for columns: iterate instead`,
      );
    let iter = 0;
    let total = 0;
    try {
      iter = machine.core.iterBegin(map.map) >>> 0;
      for (;;) {
        // Every entry has a tophash byte: more of them than bytes in use is a ring of forged buckets.
        if (total > machine.heapInUse) throw new GoFatal(FATAL_TEXT[Outcome.EndlessLoop] as string);
        const got = machine.core.copyEntries(map.map, iter, machine.staging, machine.staging + half, n) >>> 0;
        keys.take(machine, machine.staging, got);
        values.take(machine, machine.staging + half, got);
        if (got < n) break;
        total += got;
      }
    } catch (error) {
      throw machine.explain(error);
    } finally {
      if (iter !== 0 && machine.ended === undefined) machine.core.iterEnd(iter);
    }
    return { keys: keys.result as K[], values: values.result as V[] };
  }

  #fits(size: number, room: number): number {
    return size === 0 ? 65536 : Math.floor(room / size);
  }

  #eachStretch(keys: Checked, work: (stretch: Stretch, done: number) => void): void {
    const room = stagingHalf(this.#machine);
    for (let done = 0; done < keys.length; ) {
      const stretch = this.#stageKeys(keys, done, Math.min(keys.length - done, room));
      try {
        work(stretch, done);
      } catch (error) {
        throw this.#machine.explain(error, done + this.#machine.host(RT_BATCH_INDEX));
      } finally {
        stretch.end();
      }
      done += stretch.n;
      if (stretch.failure !== undefined) throw stretch.failure.at(done);
    }
  }

  /** Writes up to `most` keys from `from` on to the staging area, at least one. */
  #stageKeys(keys: Checked, from: number, most: number): Stretch {
    const machine = this.#machine;
    const half = stagingHalf(machine);
    if (this.#shape.path === MapPath.FastStr) return this.#stageStrings(keys, from, most);
    const { size } = this.#keys;
    const n = Math.min(Math.max(most, 1), this.#fits(size, half));
    if (n === 0 || most === 0) {
      throw new RangeError(
        `entries of ${this.#shape.type.string} are too large for columns: use set, get and delete`,
      );
    }
    if (countOwned(this.#shape.key) === 0) {
      this.#write(keys, this.#keys, from, n, machine.staging);
      return { at: machine.staging, n, pass: () => {}, end: () => {} };
    }
    // What is not written yet must read as nothing, should a later part find no room.
    machine.u8.fill(0, machine.staging, machine.staging + n * size);
    const ready = this.#write(keys, this.#keys, from, n, machine.staging);
    let passed = 0;
    return {
      at: machine.staging,
      ...ready,
      pass: (count) => {
        passed = count;
      },
      end: () => {
        for (let i = passed; i < n; i++) freeOwned(machine, this.#shape.key, machine.staging + i * size);
      },
    };
  }

  /** Strings on their own path: records of offset and length, and the bytes. */
  #stageStrings(keys: Checked, from: number, most: number): Stretch {
    const machine = this.#machine;
    const half = stagingHalf(machine);
    const record = 8;
    // A quarter of the half for the records, the rest for the bytes.
    const limit = Math.min(Math.max(most, 1), Math.floor(half / 4 / record));
    if (most === 0) {
      throw new RangeError(
        `entries of ${this.#shape.type.string} are too large for columns: use set, get and delete`,
      );
    }
    let next = machine.staging + Math.floor(half / 4);
    const end = machine.staging + half;
    let temporary = 0;
    let n = 0;
    for (; n < limit; n++) {
      const text = stringOf(this.#shape.key, keys.values?.[from + n]) as StringValue;
      let at = next;
      if (encodedBound(text) > end - next) {
        // The records can't go on behind a string that does not fit, unless it is the first.
        if (n > 0) break;
        at = machine.allocateString(encodedLength(text));
        temporary = at;
      }
      const length = encodeString(text, machine.u8, at);
      const to = machine.staging + n * record;
      machine.u32[to >>> 2] = at;
      machine.u32[(to + 4) >>> 2] = length;
      if (at === next) next += length;
    }
    return {
      at: machine.staging,
      n,
      pass: () => {},
      end: () => {
        if (temporary !== 0 && machine.ended === undefined) machine.core.freeObject(temporary);
      },
    };
  }

  /** Writes entries `from` to `from + n` of a column behind one another: fewer if a string finds no room. */
  #write(column: Checked, codec: Codec, from: number, n: number, at: number): Ready {
    const machine = this.#machine;
    if (column.typed !== undefined) {
      machine.u8.set(bytesOf(column.typed, from, n), at);
      return { n };
    }
    const values = column.values as readonly unknown[];
    for (let i = 0; i < n; i++) {
      try {
        codec.write(machine, at + i * codec.size, values[from + i]);
      } catch (error) {
        if (error instanceof OutOfMemory) return { n: i, failure: error };
        throw error;
      }
    }
    return { n };
  }
}

/** How many entries of a stretch are ready, and what kept the next one from it. */
interface Ready {
  readonly n: number;
  readonly failure?: OutOfMemory;
}

/** Keys in the staging area. */
interface Stretch extends Ready {
  readonly at: number;
  /** To be told how many of the keys were assigned. */
  pass(count: number): void;
  /** Frees what the keys took and the map did not. */
  end(): void;
}

/** The bytes of elements `from` to `from + n` of a typed array. */
function bytesOf(array: TypedArray, from: number, n: number): Uint8Array {
  const each = (array.constructor as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
  return new Uint8Array(array.buffer, array.byteOffset + from * each, n * each);
}

/** A column that is filled from memory: a typed array that grows, or an array. */
class OutColumn {
  readonly #columnType: ReturnType<typeof columnArray>;
  readonly #codec: Codec;
  #values: unknown[] | TypedArray;
  #length = 0;

  constructor(codec: Codec, type: GoType) {
    this.#columnType = type.kind === 'bool' ? undefined : columnArray(type);
    this.#values = this.#columnType === undefined ? [] : this.#typed(0);
    this.#codec = codec;
  }

  #typed(length: number): TypedArray {
    const Typed = this.#columnType;
    if (Typed === undefined) throw new TypeError('a column of values that are no numbers');
    return new Typed(length) as unknown as TypedArray;
  }

  get result(): unknown[] | TypedArray {
    return Array.isArray(this.#values) ? this.#values : this.#values.slice(0, this.#length);
  }

  /** Adds `n` values that lie at `at`. What the header's count says is not asked: it may be forged. */
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

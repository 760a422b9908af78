/**
 * Operations on columns of keys and elements.
 *
 * What lies in linear memory (a `Column`, or part of its array) is worked off
 * where it is, in one call of the core. Everything else is copied once: a batch
 * goes through the staging area in stretches, and each is one call. Everything
 * that can be wrong with the caller's values is found before the first call.
 */

import { MapPath } from '../../assembly/shared/codes.ts';
import { AHEAD_BITMAP, AHEAD_HASH, RT_BATCH_INDEX } from '../../assembly/shared/hostlayout.ts';
import {
  type Codec,
  codecFor,
  countOwned,
  encodedBound,
  encodedLength,
  encodeString,
  type MapShape,
  type StringValue,
} from '../gotype/index.ts';
import { OutOfMemory } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { DrawFailed } from '../machine/random.ts';
import { Column, STRING_RECORD, StringColumn } from './column.ts';
import {
  bytesOf,
  type Checked,
  check,
  checkOwned,
  contents,
  lengthOf,
  ofMachine,
  overlap,
  placeOf,
  type TypedArray,
} from './columninput.ts';
import { checkAlive, type MapHandle } from './handle.ts';
import type { KeyPath } from './path.ts';
import { freeOwned, STRETCH, stagingHalf, stringOf } from './staging.ts';

/** How `setMany` may grow the map. */
export interface SetManyOptions {
  /**
   * `exact`, if not given: as single calls would, growth step by growth step. `ahead`: at once to the size that
   * the batch will need, and whatever is left in old buckets is moved at once. The entries are the same, and
   * the table is never larger than single calls would make it; the history of its growth is another, so
   * entries may lie in other slots.
   */
  readonly growth?: 'exact' | 'ahead';
}

/** @throws TypeError for options that make no sense */
export function growsAhead(options: unknown): boolean {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('setMany takes an object of options');
  const { growth = 'exact' } = options as SetManyOptions;
  if (growth !== 'exact' && growth !== 'ahead') {
    throw new TypeError(`growth is 'exact' or 'ahead', got ${String(growth)}`);
  }
  return growth === 'ahead';
}

/** Sets keys with the table grown ahead. Distinct keys are counted, and hashes kept, in memory of the columns. */
export function setAhead(
  { columns, core }: Machine,
  path: KeyPath,
  map: number,
  keys: number,
  elems: number,
  n: number,
): void {
  const size = Math.min(n * (AHEAD_HASH + AHEAD_BITMAP), columns.largestFree);
  const scratch = columns.tryAllocate(size);
  try {
    path.setAhead(core, map, keys, elems, n, scratch ?? 0, scratch === undefined ? 0 : size);
  } finally {
    if (scratch !== undefined) columns.free(scratch);
  }
}

/** How many of the `n` keys of a call were set when it failed. */
export function assignedBy(machine: Machine, error: unknown, n: number): number {
  if (error instanceof WebAssembly.RuntimeError) return machine.host(RT_BATCH_INDEX);
  // The batch was carried out; only a draw of it failed.
  return error instanceof DrawFailed ? n : 0;
}

/** One side of a batch. Keys and elements can be of one type, and are something else even so. */
interface Side {
  readonly what: 'keys' | 'values';
  readonly codec: Codec;
  /** Bytes from one entry of a column in linear memory to the next. */
  readonly stride: number;
  /** Whether a column of strings is taken as it is. */
  readonly strings: boolean;
}

export class ColumnOperations<K, V> {
  private readonly machine: Machine;
  readonly #shape: MapShape;
  readonly #path: KeyPath;
  readonly #keys: Codec<K>;
  readonly #elems: Codec<V>;
  readonly #keySide: Side;
  readonly #valueSide: Side;
  /** Whether keys, or elements, are built in the Go heap before the core is called. */
  readonly #keysOwn: boolean;
  readonly #elemsOwn: boolean;

  constructor(machine: Machine, shape: MapShape, path: KeyPath) {
    this.machine = machine;
    this.#shape = shape;
    this.#path = path;
    this.#keys = codecFor(shape.key) as Codec<K>;
    this.#elems = codecFor(shape.elem) as Codec<V>;
    const strings = shape.path === MapPath.FastStr;
    const [keys, elems] = [this.#keys, this.#elems];
    this.#keySide = { what: 'keys', codec: keys, stride: strings ? STRING_RECORD : keys.size, strings };
    this.#valueSide = { what: 'values', codec: elems, stride: elems.size, strings: false };
    this.#keysOwn = !strings && countOwned(shape.key) > 0;
    this.#elemsOwn = countOwned(shape.elem) > 0;
  }

  set(map: MapHandle, keys: unknown, values: unknown, ahead: boolean): void {
    const elems = this.#check(values, this.#valueSide);
    const ks = this.#check(keys, this.#keySide);
    if (ks.length !== elems.length) {
      throw new RangeError(`setMany takes as many keys as values, got ${ks.length} and ${elems.length}`);
    }
    this.#recheck(map, [ks, this.#keySide], [elems, this.#valueSide]);
    const most = elems.at === undefined ? this.#fits(this.#elems.size, STRETCH) : ks.length;
    // What entries of a stretch own is built before the first of them is set, and may take the room that this one
    // needs: where memory fails, the batch goes on one by one, as single calls would.
    let several = most;
    // A failure that a test has asked for is what it wants to see.
    const owning = (this.#keysOwn || this.#elemsOwn) && !this.machine.failsByRequest;
    for (let done = 0; done < ks.length; ) {
      const n = Math.min(ks.length - done, several);
      try {
        done += this.#setStretch(map, ks, elems, done, n, ahead);
        several = Math.min(2 * several, most);
      } catch (error) {
        if (!owning || several === 1 || !(error instanceof OutOfMemory) || error.index === undefined)
          throw error;
        done = error.index;
        several = 1;
      }
    }
  }

  /**
   * Sets up to `most` entries from `done` on. How many.
   * @throws OutOfMemory with the index of the entry that could not be set; those before it stand
   */
  #setStretch(
    map: MapHandle,
    keys: Checked,
    elems: Checked,
    done: number,
    most: number,
    ahead: boolean,
  ): number {
    const { machine } = this;
    const owning = this.#elemsOwn;
    const stretch = this.#stageKeys(keys, done, most, 'assign');
    let { n, failure } = stretch;
    let assigned = 0;
    let elemsAt = machine.staging + stagingHalf(machine);
    try {
      if (elems.at !== undefined) {
        elemsAt = elems.at + done * this.#elems.size;
      } else {
        // A string that is not written yet must read as none, should a later one find no room.
        if (owning) machine.u8.fill(0, elemsAt, elemsAt + n * this.#elems.size);
        const ready = this.#write(elems, this.#elems, done, n, elemsAt);
        n = ready.n;
        failure = ready.failure ?? failure;
      }
      if (ahead) setAhead(machine, this.#path, map.map, stretch.at, elemsAt, n);
      else this.#path.setMany(machine.core, map.map, stretch.at, elemsAt, n);
      assigned = n;
      stretch.pass(n);
    } catch (error) {
      assigned = assignedBy(machine, error, n);
      stretch.pass(assigned);
      throw machine.explain(error, done + assigned);
    } finally {
      for (let i = assigned; owning && i < stretch.n; i++) {
        freeOwned(machine, this.#shape.elem, elemsAt + i * this.#elems.size);
      }
      stretch.end();
    }
    if (failure !== undefined) throw failure.at(done + n);
    return n;
  }

  get(map: MapHandle, keys: unknown, out: unknown): void {
    const { machine } = this;
    const to = contents(out, this.#shape.elem, 'out');
    if (to instanceof StringColumn) throw new TypeError('getMany writes strings into an array');
    let ks = this.#check(keys, this.#keySide);
    const size = this.#elems.size;
    const list = Array.isArray(to) ? (to as unknown[]) : undefined;
    const typed = list === undefined && !(to instanceof Column) ? (to as TypedArray) : undefined;
    const room = typed === undefined ? to.length : lengthOf(typed);
    if (list === undefined && room < ks.length) {
      throw new RangeError(`out has room for ${room} elements, there are ${ks.length} keys`);
    }
    let outAt: number | undefined;
    if (to instanceof Column) outAt = ofMachine(to, machine).at;
    else if (typed !== undefined) outAt = placeOf(machine.buffer, typed);
    this.#recheck(map, [ks, this.#keySide]);
    if (outAt !== undefined) checkOwned(machine, outAt, ks.length * size, 'out');
    // Where `out` is written over the keys, all of them are read before.
    ks = this.#apart(ks, typed, outAt, ks.length * size);
    const answers: unknown[] = [];
    const half = machine.staging + stagingHalf(machine);
    // Behind the elements that go to an array lies a byte for each key: found or not.
    const most = outAt === undefined ? this.#fits(size + 1, STRETCH - 8) : ks.length;
    this.#eachStretch(ks, most, ({ at, n }, done) => {
      const elemsAt = outAt === undefined ? half : outAt + done * size;
      const foundAt = list === undefined ? 0 : half + n * size;
      this.#path.getMany(machine.core, map.map, at, elemsAt, foundAt, n);
      if (list !== undefined) {
        for (let i = 0; i < n; i++) {
          const found = machine.u8[foundAt + i] !== 0;
          answers.push(found ? this.#elems.read(machine, elemsAt + i * size) : undefined);
        }
      } else if (outAt === undefined) {
        bytesOf(typed as TypedArray, done, n).set(machine.u8.subarray(elemsAt, elemsAt + n * size));
      }
    });
    // An array can be a proxy: it is written when the core is no longer needed.
    if (list !== undefined) for (let i = 0; i < answers.length; i++) list[i] = answers[i];
  }

  has(map: MapHandle, keys: unknown, out: unknown): boolean[] | Uint8Array | undefined {
    const { machine } = this;
    let ks = this.#check(keys, this.#keySide);
    const to = out instanceof Column ? out.array : out;
    if (to !== undefined) {
      if (!(to instanceof Uint8Array)) throw new TypeError('hasMany writes into a Uint8Array');
      if (lengthOf(to) < ks.length)
        throw new RangeError(`out has room for ${lengthOf(to)} answers, there are ${ks.length} keys`);
    }
    this.#recheck(map, [ks, this.#keySide]);
    const outAt = to === undefined ? undefined : placeOf(machine.buffer, to);
    if (outAt !== undefined) checkOwned(machine, outAt, ks.length, 'out');
    ks = this.#apart(ks, to, outAt, ks.length);
    const answers: boolean[] = [];
    const staged = machine.staging + stagingHalf(machine);
    this.#eachStretch(ks, outAt === undefined ? stagingHalf(machine) : ks.length, (stretch, done) => {
      const foundAt = outAt === undefined ? staged : outAt + done;
      this.#path.getMany(machine.core, map.map, stretch.at, 0, foundAt, stretch.n);
      if (outAt !== undefined) return;
      if (to !== undefined)
        bytesOf(to, done, stretch.n).set(machine.u8.subarray(foundAt, foundAt + stretch.n));
      else for (let i = 0; i < stretch.n; i++) answers.push(machine.u8[foundAt + i] === 1);
    });
    return to ?? answers;
  }

  delete(map: MapHandle, keys: unknown): number {
    const { machine } = this;
    const ks = this.#check(keys, this.#keySide);
    this.#recheck(map, [ks, this.#keySide]);
    let deleted = 0;
    this.#eachStretch(ks, ks.length, (stretch) => {
      deleted += this.#path.deleteMany(machine.core, map.map, stretch.at, stretch.n) >>> 0;
    });
    return deleted;
  }

  /** What a column is. Strings that are not taken as such become values. */
  #check(column: unknown, { codec, what, strings }: Side): Checked {
    if (column instanceof StringColumn && codec.type.kind === 'string' && !strings)
      return check(this.machine, column.array, codec, what);
    return check(this.machine, column, codec, what);
  }

  /** Getters of the caller's may have freed what was looked at before them: the map, or a column. */
  #recheck(map: MapHandle, ...columns: (readonly [Checked, Side])[]): void {
    checkAlive(map);
    for (const [{ at, length }, { stride, what }] of columns) {
      if (at !== undefined) checkOwned(this.machine, at, length * stride, what);
    }
  }

  /** The keys, copied if writing answers to `out` would overwrite them. */
  #apart(keys: Checked, out: ArrayBufferView | undefined, outAt: number | undefined, bytes: number): Checked {
    const { length, at, typed } = keys;
    // Not by their own `slice`: of a Node Buffer that is no copy.
    if (typed !== undefined && out !== undefined && overlap(typed, out)) {
      return { length, bytes: bytesOf(typed, 0, length).slice() };
    }
    if (at === undefined || outAt === undefined) return keys;
    const end = at + length * this.#keys.size;
    // No typed array leads to strings.
    if (this.#shape.path === MapPath.FastStr || at >= outAt + bytes || outAt >= end) return keys;
    return { length, bytes: this.machine.u8.slice(at, end) };
  }

  #tooLarge(): RangeError {
    return new RangeError(
      `entries of ${this.#shape.type.string} are too large for columns: use set, get and delete`,
    );
  }

  #fits(size: number, room: number): number {
    return size === 0 ? 65536 : Math.floor(room / size);
  }

  /** Works keys off that are looked for or deleted, at most so many in one call. */
  #eachStretch(keys: Checked, most: number, work: (stretch: Stretch, done: number) => void): void {
    for (let done = 0; done < keys.length; ) {
      const stretch = this.#stageKeys(keys, done, Math.min(keys.length - done, most), 'look');
      const { n, failure } = stretch;
      try {
        work(stretch, done);
      } catch (error) {
        throw this.machine.explain(error, done + this.machine.host(RT_BATCH_INDEX));
      } finally {
        stretch.end();
      }
      // Where memory failed behind the first key, the others have been freed by now.
      if (failure !== undefined && n === 0) throw failure.at(done);
      done += n;
    }
  }

  /**
   * Writes up to `most` keys from `from` on to the staging area, at least one.
   * @throws OutOfMemory with the index of the first if that finds no room
   */
  #stageKeys(keys: Checked, from: number, most: number, use: 'assign' | 'look'): Stretch {
    const machine = this.machine;
    if (most === 0) throw this.#tooLarge();
    if (keys.at !== undefined) {
      return { at: keys.at + from * this.#keySide.stride, n: most, pass: () => {}, end: () => {} };
    }
    const half = Math.min(
      stagingHalf(machine),
      keys.values === undefined ? STRETCH : Number.POSITIVE_INFINITY,
    );
    if (this.#shape.path === MapPath.FastStr) return this.#stageStrings(keys, from, most);
    const { size } = this.#keys;
    const n = Math.min(most, this.#fits(size, half));
    if (n === 0) throw this.#tooLarge();
    if (!this.#keysOwn) {
      this.#write(keys, this.#keys, from, n, machine.staging);
      return { at: machine.staging, n, pass: () => {}, end: () => {} };
    }
    // What is not written yet must read as nothing, should a later part find no room.
    machine.u8.fill(0, machine.staging, machine.staging + n * size);
    let ready: Ready = { n };
    const write = () => {
      ready = this.#write(keys, this.#keys, from, n, machine.staging);
    };
    if (use === 'look') {
      const objects = machine.lend(write);
      return {
        at: machine.staging,
        ...ready,
        pass: () => {},
        end: () => {
          if (machine.ended !== undefined) return;
          for (const object of objects) machine.core.freeObject(object);
        },
      };
    }
    write();
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
    const machine = this.machine;
    const half = stagingHalf(machine);
    const record = 8;
    // A quarter of the half for the records, the rest for the bytes.
    const limit = Math.min(most, Math.floor(half / 4 / record));
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
        try {
          at = machine.allocateString(encodedLength(text));
        } catch (error) {
          throw error instanceof OutOfMemory ? error.at(from) : error;
        }
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
    const machine = this.machine;
    const { typed, bytes } = column;
    if (typed !== undefined || bytes !== undefined) {
      const part = bytes?.subarray(from * codec.size, (from + n) * codec.size);
      machine.u8.set(part ?? bytesOf(typed as TypedArray, from, n), at);
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

/**
 * A Go map, with the surface of the ES `Map`.
 *
 * This class serves every key type by way of its codec and the staging area.
 * `fastkeys.ts` has the forms for keys that cross to the core in registers.
 */
import type { MapPath } from '../../assembly/shared/codes.ts';
import { HMAP_COUNT, HMAP_HASH0 } from '../../assembly/shared/golayout.ts';
import { MAP_HMAP } from '../../assembly/shared/hostlayout.ts';
import { type Codec, codecFor, countOwned, isReflexive, type MapShape } from '../gotype/index.ts';
import { InvariantViolation } from '../machine/errors.ts';
import { brokenInvariant } from '../machine/explain.ts';
import type { Machine } from '../machine/machine.ts';
import { DrawFailed } from '../machine/random.ts';
import { type Buckets, bucketsOf } from './buckets.ts';
import type { Column } from './column.ts';
import type { ColumnInput } from './columninput.ts';
import { ColumnOperations, growsAhead, type SetManyOptions } from './columns.ts';
import { DirectBatches } from './direct.ts';
import { type DrainedColumns, type DrainInto, drain, drainInto } from './drain.ts';
import { type ElemForm, elemForm } from './elements.ts';
import { checkAlive } from './handle.ts';
import { HeaderView } from './header.ts';
import { MapIterator } from './iterator.ts';
import { KEY_PATHS, type KeyPath } from './path.ts';
import { rangeDelete } from './rangedelete.ts';
import { RawMap } from './raw.ts';
import { stageElem, stageKey, unstage, zeroOf } from './staging.ts';

/** Go's comma-ok: the element, or the zero value and `ok` false. */
export interface Lookup<V> {
  readonly value: V;
  readonly ok: boolean;
}

/** Node's protocol for printing an object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
/** The options of a `setMany` that is given none. */
const EXACT: SetManyOptions = {};
/** About how many entries are printed of a large map. */
const SHOWN = 100;

/** Frees maps that JavaScript has forgotten: a backstop, no promise. */
const forgotten = new FinalizationRegistry<{ machine: Machine; map: number }>(({ machine, map }) => {
  if (!machine.mapNames.delete(map) || machine.ended !== undefined) return;
  try {
    machine.core.freeMap(map);
  } catch (error) {
    // Nobody is there to be told; whatever it was, `explain` has drawn the consequences.
    machine.explain(error);
  }
});

/**
 * `K` and `V` are what keys and elements come out as, `KI` and `VI` what is
 * taken for them. Misuse is a TypeError or RangeError and changes nothing.
 */
export class GoMap<K = unknown, V = unknown, KI = K, VI = V> {
  /** The map's type: its slots, bucket and flags. */
  readonly shape: MapShape;
  /** The machine in whose memory the map lies. For the library's own use. */
  readonly machine: Machine;
  /** The map's record; 0 once it is freed. For the library's own use. */
  map: number;
  /** Offset of the header; 0 for a nil map. */
  protected readonly h: number;
  protected readonly keys_: Codec<K>;
  protected readonly elems_: Codec<V>;
  protected readonly elemForm: ElemForm;
  /** Whether an element owns storage: of strings, or of values in interfaces. */
  protected readonly owns: boolean;
  readonly #path: KeyPath;
  readonly #columns: ColumnOperations<K, V>;
  #direct: DirectBatches | undefined;
  #header: HeaderView | undefined;
  #raw: RawMap | undefined;

  constructor(machine: Machine, map: number, shape: MapShape) {
    this.machine = machine;
    this.map = map;
    this.shape = shape;
    this.h = machine.u32[(map + MAP_HMAP) >>> 2] as number;
    this.keys_ = codecFor(shape.key) as Codec<K>;
    this.elems_ = codecFor(shape.elem) as Codec<V>;
    this.elemForm = elemForm(shape.elem);
    this.owns = countOwned(shape.elem) > 0;
    this.#path = KEY_PATHS[shape.path as MapPath];
    this.#columns = new ColumnOperations<K, V>(machine, shape, this.#path);
    machine.mapNames.set(map, shape.type.string);
    forgotten.register(this, { machine, map }, this);
  }

  /** The map's Go type, as Go prints it. */
  get type(): string {
    return this.shape.type.string;
  }

  /** Whether this is a nil map: it reads as empty and can't be written. */
  get isNil(): boolean {
    return this.h === 0;
  }

  /** len(m). */
  get size(): number {
    this.alive();
    if (this.h === 0) return 0;
    const at = (this.h + HMAP_COUNT) >>> 2;
    return (this.machine.u32[at] as number) + (this.machine.u32[at + 1] as number) * 2 ** 32;
  }

  /**
   * The element for `key`, or undefined.
   * @throws GoFatal `concurrent map read and map write` if the header's hashWriting flag is set
   */
  get(key: KI): V | undefined {
    const slot = this.find(key);
    return slot === 0 ? undefined : this.elems_.read(this.machine, slot);
  }

  /** m[key] with comma-ok. */
  lookup(key: KI): Lookup<V> {
    const slot = this.find(key);
    return slot === 0
      ? { value: this.zero(), ok: false }
      : { value: this.elems_.read(this.machine, slot), ok: true };
  }

  /** Whether the map has `key`. */
  has(key: KI): boolean {
    return this.find(key) !== 0;
  }

  /**
   * m[key] = value.
   * @throws GoPanic `assignment to entry in nil map`
   * @throws OutOfMemory; nothing was changed
   */
  set(key: KI, value: VI): this {
    const taken = this.elems_.take(value);
    const k = this.keys_.take(key);
    if (this.owns) {
      this.setOwning(k, taken);
      return this;
    }
    this.alive();
    const { machine } = this;
    const staged = stageKey(machine, this.shape, this.keys_, k, 'assign');
    try {
      const slot = this.#path.assign(machine, this.map, staged.at, staged.length);
      staged.owned = false;
      this.elems_.write(machine, slot, taken);
    } catch (error) {
      if (error instanceof DrawFailed) staged.owned = false;
      throw machine.explain(error);
    } finally {
      unstage(machine, this.shape, staged);
    }
    return this;
  }

  /** delete(m, key); whether it was there. */
  delete(key: KI): boolean {
    const k = this.keys_.take(key);
    this.alive();
    const { machine } = this;
    const staged = stageKey(machine, this.shape, this.keys_, k, 'look');
    try {
      return this.#path.remove(machine, this.map, staged.at, staged.length);
    } catch (error) {
      throw machine.explain(error);
    } finally {
      unstage(machine, this.shape, staged);
    }
  }

  /** clear(m): the entries go, the bucket array stays. */
  clear(): void {
    this.alive();
    try {
      this.machine.core.mapClear(this.map);
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  /**
   * The loop `for k := range m { delete(m, k) }`, as the compiler makes it: a clear where every key is equal to
   * itself; else the loop, which leaves NaN keys where they are.
   */
  rangeDelete(): void {
    if (isReflexive(this.shape.key)) {
      this.clear();
      return;
    }
    this.alive();
    rangeDelete(this);
  }

  /** Sets an element that owns storage: it is built in the staging area, storage and all, and then moved. */
  protected setOwning(key: K, value: V): void {
    this.alive();
    const { machine } = this;
    const staged = stageKey(machine, this.shape, this.keys_, key, 'assign');
    try {
      const elem = stageElem(machine, this.elems_, this.shape.elem, value);
      try {
        const slot = this.#path.assign(machine, this.map, staged.at, staged.length);
        staged.owned = false;
        machine.core.mapStore(this.map, slot, elem.at);
        elem.keep();
      } finally {
        elem.end();
      }
    } catch (error) {
      if (error instanceof DrawFailed) staged.owned = false;
      throw machine.explain(error);
    } finally {
      unstage(machine, this.shape, staged);
    }
  }

  /** Offset of the element for `key`, or 0. */
  protected find(key: KI): number {
    const k = this.keys_.take(key);
    this.alive();
    const { machine } = this;
    const staged = stageKey(machine, this.shape, this.keys_, k, 'look');
    try {
      return this.#path.find(machine, this.map, staged.at, staged.length);
    } catch (error) {
      throw machine.explain(error);
    } finally {
      unstage(machine, this.shape, staged);
    }
  }

  /** The zero value of the element type. */
  protected zero(): V {
    return zeroOf(this.machine, this.elems_);
  }

  /** @throws UseAfterFree, ProcessEnded */
  protected alive(): void {
    checkAlive(this);
  }

  /* ---- iteration ---- */

  /** Entries in Go's order: from a random start, tolerant of changes on the way. */
  entries(): MapIterator<[K, V]> {
    const { machine, keys_, elems_ } = this;
    return this.#iterate((key, elem) => [keys_.read(machine, key), elems_.read(machine, elem)]);
  }

  keys(): MapIterator<K> {
    const { machine, keys_ } = this;
    return this.#iterate((key) => keys_.read(machine, key));
  }

  values(): MapIterator<V> {
    const { machine, elems_ } = this;
    return this.#iterate((_key, elem) => elems_.read(machine, elem));
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: this) => void, thisArg?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('forEach takes a function');
    for (const [key, value] of this) callback.call(thisArg, value, key, this);
  }

  #iterate<T>(read: (key: number, elem: number) => T): MapIterator<T> {
    this.alive();
    return new MapIterator<T>(this, read);
  }

  /* ---- columns ---- */

  /**
   * Sets keys[i] to values[i], in order: byte for byte what the same single calls come to, unless `growth` says
   * otherwise. Columns are worked off in one call of the core, other inputs in one for each stretch that is
   * copied.
   * @throws OutOfMemory with the index at which it stopped; the entries before it stand
   */
  setMany(keys: ColumnInput<KI>, values: ColumnInput<VI>, options: SetManyOptions = EXACT): this {
    this.alive();
    const ahead = options !== EXACT && growsAhead(options);
    if (!this.#batches().set(this, keys, values, ahead)) this.#columns.set(this, keys, values, ahead);
    return this;
  }

  /**
   * The elements for `keys`: into `out` (a column or a typed array of the element's kind, in which an absent key
   * gives the zero value, or an array), else into a new array, where an absent key gives undefined.
   */
  getMany(keys: ColumnInput<KI>): (V | undefined)[];
  getMany<O extends ColumnInput<V | undefined>>(keys: ColumnInput<KI>, out: O): O;
  getMany(keys: ColumnInput<KI>, out: ColumnInput<V | undefined> = []): ColumnInput<V | undefined> {
    this.alive();
    if (!this.#batches().get(this, keys, out)) this.#columns.get(this, keys, out);
    return out;
  }

  /** Whether the map has each of `keys`: an array of booleans, or 1 and 0 into `out`, a column of uint8 or bool. */
  hasMany(keys: ColumnInput<KI>): boolean[];
  hasMany<O extends Uint8Array | Column<Uint8Array>>(keys: ColumnInput<KI>, out: O): O;
  hasMany(keys: ColumnInput<KI>, out?: Uint8Array | Column<Uint8Array>) {
    this.alive();
    if (out !== undefined && this.#batches().has(this, keys, out)) return out;
    const answers = this.#columns.has(this, keys, out);
    return out ?? answers;
  }

  /** Deletes `keys`, in order; how many were there. */
  deleteMany(keys: ColumnInput<KI>): number {
    this.alive();
    const deleted = this.#batches().delete(this, keys);
    return deleted === -1 ? this.#columns.delete(this, keys) : deleted;
  }

  #batches(): DirectBatches {
    this.#direct ??= new DirectBatches(this.machine, this.shape, this.#path);
    return this.#direct;
  }

  /**
   * All entries as two columns in Go's order: typed arrays where the type has one. The map is empty afterwards.
   * Into columns or typed arrays that are given, which must have room; then how many entries there were.
   */
  drain(): DrainedColumns<K, V>;
  drain(into: DrainInto): number;
  drain(into?: DrainInto): DrainedColumns<K, V> | number {
    this.alive();
    return into === undefined ? drain<K, V>(this) : drainInto(this, into);
  }

  /* ---- what lies in memory ---- */

  /** The header: its address, its 48 bytes, its fields. */
  get header(): HeaderView {
    this.alive();
    if (this.#header === undefined) {
      // Whoever knows the address may have written it elsewhere: the map is no longer freed with its object.
      forgotten.unregister(this);
      this.#header = new HeaderView(this);
    }
    return this.#header;
  }

  /** The buckets of the current array. */
  get buckets(): Buckets<K, V> {
    this.alive();
    return bucketsOf(this, 'buckets');
  }

  /** The buckets of the old array while the map grows; none otherwise. */
  get oldbuckets(): Buckets<K, V> {
    this.alive();
    return bucketsOf(this, 'oldbuckets');
  }

  /** Entries as canonical bytes: the raw bytes of a fixed-size value, the content of a string. */
  get raw(): RawMap {
    this.alive();
    this.#raw ??= new RawMap(this, this.#path);
    return this.#raw;
  }

  /**
   * The hash that the map's hasher gives a key, with the map's hash0. A NaN draws.
   * @throws GoPanic `hash of unhashable type` for an interface that holds such a value
   */
  hash(key: KI): bigint {
    const k = this.keys_.take(key);
    this.alive();
    const { machine } = this;
    const staged = stageKey(machine, this.shape, this.keys_, k, 'hash');
    try {
      const seed = BigInt(this.h === 0 ? 0 : (machine.u32[(this.h + HMAP_HASH0) >>> 2] as number));
      return BigInt.asUintN(64, machine.core.mapHash(this.map, staged.at, seed));
    } catch (error) {
      throw machine.explain(error);
    } finally {
      unstage(machine, this.shape, staged);
    }
  }

  /**
   * Checks everything that must hold of the map between two operations.
   * @throws InvariantViolation for the first thing that does not
   */
  verify(): void {
    this.alive();
    const broken = brokenInvariant(this.machine, this.map);
    if (broken !== undefined) throw new InvariantViolation(broken.rule, broken.text, broken.address);
  }

  /** Gives the map's memory back. Iterators and views of it end; further operations are a UseAfterFree. */
  free(): void {
    if (this.map === 0) return;
    try {
      if (this.machine.ended === undefined) this.machine.core.freeMap(this.map);
    } catch (error) {
      throw this.machine.explain(error);
    }
    forgotten.unregister(this);
    this.machine.mapNames.delete(this.map);
    this.map = 0;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** What Node prints for `console.log(map)`: read from the buckets, so that looking changes no byte. */
  [INSPECT](_depth: number, options: object, inspect?: (value: unknown, options: object) => string): string {
    if (this.map === 0) return `${this.type} (freed)`;
    const shown = new Map<unknown, unknown>();
    for (const array of [this.buckets, this.oldbuckets]) {
      for (const bucket of array) {
        for (const link of bucket.chain()) {
          for (const slot of link.slots) if (slot.filled) shown.set(slot.key, slot.elem);
        }
        if (shown.size > SHOWN) break;
      }
    }
    const entries = inspect === undefined ? '' : inspect(shown, options).replace(/^Map\(\d+\) /, '');
    return `${this.type} (${this.size}) ${entries}`.trimEnd();
  }

  get [Symbol.toStringTag](): string {
    return 'GoMap';
  }
}

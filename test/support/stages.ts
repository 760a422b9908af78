/**
 * Maps at every stage of growth, each with a model beside it that knows one entry from another.
 *
 * Each assignment writes an element that no other one writes: the element met tells which assignment it is
 * from, even where the key is a NaN.
 */
import type { GoMap, MapIterator, Runtime } from 'hmap-wasm';
import { FLAG_SAME_SIZE_GROW } from '../../assembly/shared/golayout.ts';
import { GOLDEN_HASH0, type WyRand } from './builds.ts';
import { canonical } from './values.ts';

/** A map type: keys and elements by number, and elements back to their numbers. */
export interface MapKind {
  readonly type: string;
  readonly key: (n: number) => unknown;
  readonly elem: (serial: number) => unknown;
  readonly serial: (elem: unknown) => number;
  /** A key that is not equal to itself, where the type has one. */
  readonly nan?: unknown;
}

const integers = { elem: BigInt, serial: Number };
const texts = {
  elem: (serial: number) => `element ${serial}`,
  serial: (elem: unknown) => Number(String(elem).slice(8)),
};
const wide = (size: number, n: number) => {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(size - 4, n);
  return bytes;
};

/** Fast, string and general keys, in buckets with pointers and without. */
export const MAP_KINDS: readonly MapKind[] = [
  { type: 'map[int64]int64', key: (n) => BigInt(n) * 0x9e3779b9n, ...integers },
  { type: 'map[uint32]string', key: (n) => Math.imul(n, 0x9e3779b1) >>> 0, ...texts },
  { type: 'map[string]int64', key: (n) => `key ${n}`, ...integers },
  { type: 'map[float64]int64', key: (n) => n * 0.75, nan: Number.NaN, ...integers },
  { type: 'map[float64]string', key: (n) => n * 0.75, nan: Number.NaN, ...texts },
  {
    type: 'map[any]int64',
    key: (n) => (n % 2 === 0 ? { type: 'string', value: `${n}` } : { type: 'int', value: BigInt(n) }),
    nan: { type: 'float64', value: Number.NaN },
    ...integers,
  },
  {
    type: 'map[[136]byte][200]byte',
    key: (n) => wide(136, n),
    elem: (serial) => wide(200, serial),
    serial: (elem) => new DataView((elem as Uint8Array).buffer).getUint32(196),
  },
];

/** One entry from its insertion to its deletion. */
export interface Entry {
  /** The key's number; undefined for a NaN. */
  readonly n: number | undefined;
  /** The number of its present element. */
  serial: number;
}

/** Which way a map is led to growth. */
export type Way = 'doubling' | 'same size';

/** A moment on a way: so many operations were done. */
export interface Stage {
  readonly way: Way;
  readonly operations: number;
  /** Whether the map is growing then. */
  readonly growing: boolean;
  /** Old buckets that have moved; -1 where the map is not growing. */
  readonly moved: number;
}

/** Entries with which a map has 8 buckets and is far from 16. */
const BASE = 30;
const NANS = 4;

/** A map on its way, and the model of it. */
export class Trip {
  readonly map: GoMap;
  readonly kind: MapKind;
  readonly way: Way;
  readonly live = new Set<Entry>();
  /** Entries by the number of any element that they have had. */
  readonly #serials = new Map<number, Entry>();
  readonly #numbers = new Map<number, Entry>();
  #next = 1;
  #done = 0;
  #newest = 0;
  /** On the way to the same size: the bucket that is to get an overflow bucket, and the entries set for that. */
  #bucket = 0;
  readonly #crowd: number[] = [];

  constructor(rt: Runtime, kind: MapKind, way: Way) {
    this.map = rt.makeMap(kind.type, { hash0: GOLDEN_HASH0 }) as GoMap;
    this.kind = kind;
    this.way = way;
  }

  /** The next operation of the way. */
  step(): void {
    const i = this.#done++;
    const nan = this.kind.nan !== undefined;
    if (this.way === 'doubling') {
      if (nan && i % 8 === 3) this.setNan();
      else this.set(this.#newest++);
    } else if (nan && i < NANS) this.setNan();
    else if (i < BASE) this.set(this.#newest++);
    else this.#crowdBuckets();
  }

  /** One bucket after the other gets an overflow bucket, and is emptied again; then entries come and go. */
  #crowdBuckets(): void {
    const { map, kind } = this;
    const bucket = this.#bucket < 8 ? map.buckets.at(this.#bucket) : undefined;
    if (bucket !== undefined && bucket.overflowAddress === 0n) {
      const mask = 7n;
      while ((map.hash(kind.key(this.#newest) as never) & mask) !== BigInt(this.#bucket)) this.#newest++;
      this.#crowd.push(this.#newest);
      this.set(this.#newest++);
    } else if (this.#crowd.length > 0) {
      this.delete(this.#crowd.pop() as number);
      if (this.#crowd.length === 0) this.#bucket++;
    } else if (bucket !== undefined) {
      this.#bucket++;
      this.#crowdBuckets();
    } else {
      const [first] = this.#numbers.keys();
      if (this.live.size > BASE + 4) this.delete(first as number);
      else this.set(this.#newest++);
    }
  }

  advance(operations: number): this {
    for (let i = 0; i < operations; i++) this.step();
    return this;
  }

  set(n: number): Entry {
    const serial = this.#next++;
    this.map.set(this.kind.key(n), this.kind.elem(serial));
    let entry = this.#numbers.get(n);
    if (entry === undefined) {
      entry = { n, serial };
      this.#numbers.set(n, entry);
      this.live.add(entry);
    }
    entry.serial = serial;
    this.#serials.set(serial, entry);
    return entry;
  }

  setNan(): void {
    const entry: Entry = { n: undefined, serial: this.#next++ };
    this.map.set(this.kind.nan, this.kind.elem(entry.serial));
    this.live.add(entry);
    this.#serials.set(entry.serial, entry);
  }

  delete(n: number): void {
    const entry = this.#numbers.get(n);
    if (this.map.delete(this.kind.key(n)) !== (entry !== undefined)) throw new Error(`delete(${n}) is wrong`);
    if (entry === undefined) return;
    this.#numbers.delete(n);
    this.live.delete(entry);
  }

  clear(): void {
    this.map.clear();
    this.#numbers.clear();
    this.live.clear();
  }

  /** The entry that an iterator gives, which may be one that is gone; undefined at its end. */
  next(iterator: MapIterator<[unknown, unknown]>): Met | undefined {
    const { done, value } = iterator.next();
    if (done) return undefined;
    const [key, elem] = value;
    const serial = this.kind.serial(elem);
    const entry = this.#serials.get(serial);
    if (entry === undefined) throw new Error(`an element that was never set: ${canonical(elem)}`);
    const wanted = entry.n === undefined ? this.kind.nan : this.kind.key(entry.n);
    if (canonical(key) !== canonical(wanted))
      throw new Error(`${canonical(key)} beside another key's element`);
    return { entry, serial, live: this.live.has(entry), present: entry.serial === serial };
  }

  /** All that an iterator still gives; `during` runs after each. */
  rest(iterator: MapIterator<[unknown, unknown]>, during: (met: number) => void = () => {}): Met[] {
    const all: Met[] = [];
    for (let met = this.next(iterator); met !== undefined; met = this.next(iterator)) {
      all.push(met);
      if (all.length > 2000) throw new Error('an iteration that does not end');
      during(all.length);
    }
    return all;
  }
}

/** What an iterator has given. */
export interface Met {
  readonly entry: Entry;
  readonly serial: number;
  /** Whether the entry was there when it was given, and its element the present one. */
  readonly live: boolean;
  readonly present: boolean;
}

/** Every stage of a map's growth: before, each step while it grows, and after. */
export function stagesOf(rt: Runtime, draws: WyRand, kind: MapKind, way: Way): Stage[] {
  draws.reset(1n);
  const trip = new Trip(rt, kind, way);
  const all: Stage[] = [];
  const look = (operations: number): Stage => {
    const { header, oldbuckets } = trip.map;
    const same = (header.flags & FLAG_SAME_SIZE_GROW) !== 0;
    const growing = oldbuckets.length > 0 && same === (way === 'same size');
    const moved = growing ? [...oldbuckets].filter((bucket) => bucket.evacuated).length : -1;
    return { way, operations, growing, moved };
  };
  for (let i = 1; i <= 1000; i++) {
    trip.step();
    all.push(look(i));
    // The last doubling is that from 8 buckets to 16.
    const over = way === 'doubling' ? trip.map.header.B === 4 : all.some(({ growing }) => growing);
    if (over && trip.map.oldbuckets.length === 0) break;
  }
  trip.map.free();
  return all.filter(({ operations, growing }, i) => {
    const near = growing || all[i - 1]?.growing || all[i + 1]?.growing;
    return near || operations === 3;
  });
}

/** A map brought to a stage; the draws that follow begin with `start`. */
export function reach(rt: Runtime, draws: WyRand, kind: MapKind, stage: Stage, start: bigint): Trip {
  draws.reset(1n);
  const trip = new Trip(rt, kind, stage.way).advance(stage.operations);
  draws.reset(start);
  return trip;
}

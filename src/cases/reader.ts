/**
 * A reader of Go maps as a C program has it: with the right struct, the right
 * hash and nothing else. It gets the 48 bytes of a header and reads memory; it
 * never asks the map, so that it is right or wrong by the bytes alone.
 */
import { type AddressSpace, type MapShape, SegmentationFault, slotState } from '../index.ts';
import { headerField, littleEndian, SLOTS } from './structs.ts';

/** Maps with 64-bit integers for keys and elements: as much as this reader reads. */
export interface Entry {
  readonly key: bigint;
  readonly elem: bigint;
}

export interface Reader {
  /** What the header says that the map holds. */
  readonly count: bigint;
  /** The element under a key; undefined where the walk ends without it. @throws SegmentationFault */
  find(key: bigint): bigint | undefined;
  /** Every entry. @throws SegmentationFault */
  walk(): Entry[];
}

/** A hash of a key under a seed: the one function that the C program shares with Go. */
export type Hash = (key: bigint) => bigint;

/** Makes a reader of the map whose header these bytes are. */
export type OpenReader = (memory: AddressSpace, header: Uint8Array, shape: MapShape, hash: Hash) => Reader;

/** Go's own constants, as a C program copies them. */
const SAME_SIZE_GROW = 8n;
const MIN_TOP_HASH = 5;
/** A chain in garbage need not end. */
const MAX_CHAIN = 1024;

/** The mark of a hash in its slot: the top byte, kept clear of the values that mean something else. */
function topOf(hash: bigint): number {
  const top = Number(hash >> 56n);
  return top < MIN_TOP_HASH ? top + MIN_TOP_HASH : top;
}

/** Reads as Go does: obeys the marks, and takes the old array while a growth goes on. */
class CarefulReader implements Reader {
  readonly count: bigint;
  readonly #memory: AddressSpace;
  readonly #header: Uint8Array;
  readonly #shape: MapShape;
  readonly #hash: Hash;

  constructor(memory: AddressSpace, header: Uint8Array, shape: MapShape, hash: Hash) {
    this.#memory = memory;
    this.#header = header.slice();
    this.#shape = shape;
    this.#hash = hash;
    this.count = headerField(header, 'count');
  }

  find(key: bigint): bigint | undefined {
    const hash = this.#hash(key);
    const top = topOf(hash);
    for (const bucket of this.#chain(this.#bucketFor(hash))) {
      for (const slot of SLOTS) {
        if (bucket[slot] === top && this.#key(bucket, slot) === key) return this.#elem(bucket, slot);
      }
    }
    return undefined;
  }

  walk(): Entry[] {
    const entries: Entry[] = [];
    const collect = (first: bigint): void => {
      for (const bucket of this.#chain(first)) {
        for (const slot of SLOTS.filter((i) => slotState(bucket[i] as number) === 'filled')) {
          entries.push({ key: this.#key(bucket, slot), elem: this.#elem(bucket, slot) });
        }
      }
    };
    const old = this.#field('oldbuckets');
    // An entry is in its old bucket until that has moved, and then in the new array.
    for (let i = 0n; old !== 0n && i <= this.#oldMask; i++) {
      const bucket = this.#at(old, i);
      if (!this.#moved(bucket)) collect(bucket);
    }
    for (let i = 0n; i <= this.#mask; i++) collect(this.#at(this.#field('buckets'), i));
    return entries;
  }

  /** The old bucket of a hash as long as it has not moved, else the new one. */
  #bucketFor(hash: bigint): bigint {
    const old = this.#field('oldbuckets');
    if (old !== 0n) {
      const bucket = this.#at(old, hash & this.#oldMask);
      if (!this.#moved(bucket)) return bucket;
    }
    return this.#at(this.#field('buckets'), hash & this.#mask);
  }

  get #mask(): bigint {
    return (1n << this.#field('B')) - 1n;
  }

  get #oldMask(): bigint {
    return (this.#field('flags') & SAME_SIZE_GROW) === 0n ? this.#mask >> 1n : this.#mask;
  }

  #field(name: string): bigint {
    return headerField(this.#header, name);
  }

  #at(array: bigint, index: bigint): bigint {
    return array + index * BigInt(this.#shape.bucketSize);
  }

  #moved(bucket: bigint): boolean {
    const [first = 0] = this.#memory.read(bucket, 1);
    return isMoved(first);
  }

  /** The bytes of a bucket and of those behind it. */
  *#chain(first: bigint): Generator<Uint8Array> {
    let at = first;
    for (let hops = 0; at !== 0n && hops < MAX_CHAIN; hops++) {
      const bucket = this.#memory.read(at, this.#shape.bucketSize);
      yield bucket;
      at = littleEndian(bucket, this.#shape.overflowOffset, 8);
    }
  }

  #key(bucket: Uint8Array, slot: number): bigint {
    return keyAt(bucket, this.#shape, slot);
  }

  #elem(bucket: Uint8Array, slot: number): bigint {
    return elemAt(bucket, this.#shape, slot);
  }
}

export const openReader: OpenReader = (memory, header, shape, hash) =>
  new CarefulReader(memory, header, shape, hash);

/** Whether a mark says that its entry has moved to another array. */
export function isMoved(tophash: number): boolean {
  const state = slotState(tophash);
  return state !== 'filled' && state !== 'emptyRest' && state !== 'emptyOne';
}

export function keyAt(bucket: Uint8Array, shape: MapShape, slot: number): bigint {
  return BigInt.asIntN(64, littleEndian(bucket, shape.keyOffset + slot * shape.keySize, shape.keySize));
}

export function elemAt(bucket: Uint8Array, shape: MapShape, slot: number): bigint {
  return BigInt.asIntN(64, littleEndian(bucket, shape.elemOffset + slot * shape.elemSize, shape.elemSize));
}

/**
 * What a reader sees that takes any mark but an empty one for an entry, as readers do that know only of 0
 * and 1: the cells of an array that have moved, with what they held then.
 */
export function movedCells(memory: AddressSpace, array: bigint, buckets: number, shape: MapShape): Entry[] {
  const cells: Entry[] = [];
  for (let i = 0; i < buckets; i++) {
    let at = array + BigInt(i * shape.bucketSize);
    for (let hops = 0; at !== 0n && hops < MAX_CHAIN; hops++) {
      const bucket = memory.read(at, shape.bucketSize);
      for (const slot of SLOTS) {
        const state = slotState(bucket[slot] as number);
        if (state === 'evacuatedX' || state === 'evacuatedY') {
          cells.push({ key: keyAt(bucket, shape, slot), elem: elemAt(bucket, shape, slot) });
        }
      }
      at = littleEndian(bucket, shape.overflowOffset, 8);
    }
  }
  return cells;
}

/** What a reader gave for a map whose true entries are known. */
export interface Reading {
  readonly count: number;
  /** Keys of the map that it finds with their elements. */
  readonly found: number;
  readonly missed: readonly bigint[];
  /** Keys that it finds with an element that the map does not have there. */
  readonly wrong: readonly bigint[];
  /** Entries that its walk gives. */
  readonly walked: number;
  /** Entries of the walk that the map does not have. */
  readonly foreign: number;
  /** Reads that ended in a segmentation fault. */
  readonly faults: number;
}

/** Looks every key of the truth up, and walks. */
export function takeReading(reader: Reader, truth: ReadonlyMap<bigint, bigint>): Reading {
  let faults = 0;
  const guarded = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SegmentationFault)) throw error;
      faults++;
      return otherwise;
    }
  };
  const missed: bigint[] = [];
  const wrong: bigint[] = [];
  for (const [key, elem] of truth) {
    const got = guarded(() => reader.find(key), undefined);
    if (got === undefined) missed.push(key);
    else if (got !== elem) wrong.push(key);
  }
  const walked = guarded(() => reader.walk(), []);
  return {
    count: Number(reader.count),
    found: truth.size - missed.length - wrong.length,
    missed,
    wrong,
    walked: walked.length,
    foreign: walked.filter(({ key, elem }) => truth.get(key) !== elem).length,
    faults,
  };
}

/** The detector: what is wrong with a reading, a sentence each; nothing of a right one. */
export function complaintsAbout(reading: Reading, truth: ReadonlyMap<bigint, bigint>): string[] {
  const { count, missed, wrong, walked, foreign, faults } = reading;
  const complaints: string[] = [];
  if (count !== truth.size) complaints.push(`count says ${count}, the map holds ${truth.size}`);
  if (missed.length > 0) complaints.push(`${some(missed.length, 'key')} missed: ${ranges(missed)}`);
  if (wrong.length > 0)
    complaints.push(`${some(wrong.length, 'key')} with a wrong element: ${ranges(wrong)}`);
  if (walked !== truth.size)
    complaints.push(`a walk gives ${some(walked, 'entry')}, the map holds ${truth.size}`);
  if (foreign > 0) complaints.push(`in the walk, not in the map: ${some(foreign, 'entry')}`);
  if (faults > 0) complaints.push(`a segmentation fault in ${some(faults, 'read')}`);
  return complaints;
}

const PLURALS = { key: 'keys', entry: 'entries', read: 'reads' };

const some = (n: number, what: keyof typeof PLURALS): string => `${n} ${n === 1 ? what : PLURALS[what]}`;

/** Whole numbers as ranges: 1-3, 7. Of many, the first few. */
export function ranges(numbers: readonly bigint[], most = 12): string {
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const parts: [bigint, bigint][] = [];
  for (const n of sorted) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] + 1n === n) last[1] = n;
    else parts.push([n, n]);
  }
  const shown = parts.slice(0, most).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return shown.join(', ') + (parts.length > most ? ', ...' : '');
}

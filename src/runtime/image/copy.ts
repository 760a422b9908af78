/**
 * Copies one map from one memory to another, with every pointer in it. Both ways of an image are this: out of
 * the emulated heap, and back into it.
 *
 * The copy is the map as Go leaves it when nobody iterates over it: what has moved out of old buckets with
 * pointers is wiped, and what only an iterator would still see is left behind.
 */
import {
  BUCKET_CNT,
  BUCKET_DATA,
  FLAG_ITERATOR,
  FLAG_OLD_ITERATOR,
  HMAP_BUCKETS,
  HMAP_FLAGS,
  HMAP_OLDBUCKETS,
  MAPEXTRA_NEXT_OVERFLOW,
  MAPEXTRA_OLDOVERFLOW,
  MAPEXTRA_OVERFLOW,
  MAPEXTRA_SIZE,
  MIN_TOP_HASH,
  PTR_SIZE,
  SLICE_ARRAY,
  SLICE_CAP,
  SLICE_LEN,
  SLICE_SIZE,
} from '../../../assembly/shared/golayout.ts';
import { OWNED_KIND } from '../../../assembly/shared/hostlayout.ts';
import { type GoType, ownedParts } from '../../gotype/index.ts';
import { hex } from '../../machine/errors.ts';
import { ImageError } from './format.ts';
import type { BucketArray, Layout, MapWalk, MetBucket } from './walk.ts';

/** Memory into which a map is copied. */
export interface Room {
  /** As they are now: an allocation may exchange them. */
  readonly bytes: Uint8Array;
  /** Offset of `size` zeroed bytes, a multiple of 8. */
  allocate(size: number): number;
  addressOf(offset: number): bigint;
  /** The capacity of a list of at least so many pointers. */
  listCapacity(wanted: number): number;
}

/**
 * What becomes of the lists by which Go keeps the overflow buckets of maps without pointers alive: `none` are
 * copied; they are copied, and made where they are `needed` and missing; or the current array has one `always`.
 */
export type Lists = 'none' | 'needed' | 'always';

/** Copies the map of a walk. The offset of the new header. @throws ImageError for bytes that are no map */
export function copyMap(walk: MapWalk, layout: Layout, to: Room, lists: Lists): number {
  return new MapCopy(walk, layout, to, lists).copy();
}

class MapCopy {
  readonly #walk: MapWalk;
  readonly #layout: Layout;
  readonly #to: Room;
  readonly #lists: Lists;
  /** Where overflow buckets came to lie, by the address that they have in the walk. */
  readonly #placed = new Map<bigint, number>();
  /** Offsets of the copied overflow buckets, in the order of the walk. */
  readonly #overflows: Record<BucketArray['name'], number[]> = { buckets: [], oldbuckets: [] };
  readonly #keyParts: readonly number[];
  readonly #elemParts: readonly number[];

  constructor(walk: MapWalk, layout: Layout, to: Room, lists: Lists) {
    this.#walk = walk;
    this.#layout = layout;
    this.#to = to;
    this.#lists = walk.shape.bucketHasPointers ? 'none' : lists;
    this.#keyParts = ownedParts(walk.shape.key);
    this.#elemParts = ownedParts(walk.shape.elem);
  }

  copy(): number {
    const walk = this.#walk;
    const h = this.#duplicate(walk.hmap, this.#layout.hmap.size);
    const buckets = this.#copyArray(walk.buckets);
    const oldbuckets = this.#copyArray(walk.oldbuckets);
    const bases = { buckets, oldbuckets };
    this.#copyChains(bases);
    this.#mendSpares(walk.buckets, buckets);
    this.#mendSpares(walk.oldbuckets, oldbuckets);
    this.#to.bytes[h + HMAP_FLAGS] = walk.flags & ~(FLAG_ITERATOR | FLAG_OLD_ITERATOR);
    this.#point(h + HMAP_BUCKETS, buckets);
    this.#point(h + HMAP_OLDBUCKETS, oldbuckets);
    this.#point(h + this.#layout.hmap.extra, this.#copyExtra(buckets));
    return h;
  }

  #copyArray(array: BucketArray | undefined): number {
    return array === undefined ? 0 : this.#duplicate(array.at, array.length * this.#walk.shape.bucketSize);
  }

  #copyChains(bases: Record<BucketArray['name'], number>): void {
    const walk = this.#walk;
    const { bucketSize, overflowOffset, bucketHasPointers } = walk.shape;
    let previous = 0;
    for (const bucket of walk.met()) {
      const at = this.#place(bucket, bases[bucket.array.name]);
      if (!bucket.first) {
        this.#point(previous + overflowOffset, at);
        this.#overflows[bucket.array.name].push(at);
        this.#placed.set(bucket.address, at);
      }
      previous = at;
      if (bucket.evacuated && bucketHasPointers) {
        this.#to.bytes.fill(0, at + BUCKET_DATA, at + bucketSize);
      } else if (bucketHasPointers) {
        for (let i = 0; i < BUCKET_CNT; i++) this.#copySlot(bucket, at, i);
      }
    }
  }

  /** Where the copy of a bucket lies: within the copy of its array, or by itself. */
  #place(bucket: MetBucket, base: number): number {
    const { bucketSize } = this.#walk.shape;
    const offset = bucket.at - bucket.array.at;
    if (offset >= 0 && offset < bucket.array.length * bucketSize) return base + offset;
    return this.#duplicate(bucket.at, bucketSize);
  }

  /** What the pointers of slot `i` lead to; of one without an entry, they lead nowhere. */
  #copySlot(bucket: MetBucket, to: number, i: number): void {
    const { keyOffset, keySize, keyIndirect, key, elemOffset, elemSize, elemIndirect, elem } =
      this.#walk.shape;
    const filled = (this.#walk.space.bytes[bucket.at + i] as number) >= MIN_TOP_HASH;
    const k = keyOffset + i * keySize;
    const e = elemOffset + i * elemSize;
    this.#copyPointers(filled, bucket.at + k, to + k, key, keyIndirect, this.#keyParts);
    this.#copyPointers(filled, bucket.at + e, to + e, elem, elemIndirect, this.#elemParts);
  }

  #copyPointers(
    filled: boolean,
    from: number,
    to: number,
    type: GoType,
    indirect: boolean,
    parts: readonly number[],
  ): void {
    let value = from;
    let copied = to;
    if (indirect) {
      if (!filled) {
        this.#point(to, 0);
        return;
      }
      value = this.#walk.find(this.#walk.word(from), type.size, 'a value that is held by pointer');
      copied = this.#duplicate(value, type.size);
      this.#point(to, copied);
    }
    for (const part of parts) {
      const at = part & ~OWNED_KIND;
      this.#point(copied + at, filled ? this.#copyString(value + at) : 0);
    }
  }

  #copyString(header: number): number {
    const text = this.#walk.string(header);
    if (text.length === 0) return 0;
    const at = this.#to.allocate(text.length);
    this.#to.bytes.set(text, at);
    return at;
  }

  /**
   * Spare buckets that no chain leads to are zero but for the mark that leads from the last one to the array.
   * In old arrays they may have been left behind with what was in them.
   */
  #mendSpares(array: BucketArray | undefined, base: number): void {
    if (array === undefined) return;
    const walk = this.#walk;
    const { bucketSize, overflowOffset } = walk.shape;
    for (let i = array.normal; i < array.length; i++) {
      if (this.#placed.has(array.address + BigInt(i * bucketSize))) continue;
      const to = base + i * bucketSize;
      const link = walk.word(array.at + i * bucketSize + overflowOffset);
      if (array.name === 'oldbuckets') this.#to.bytes.fill(0, to, to + bucketSize);
      if (link === array.address) this.#point(to + overflowOffset, base);
      else if (array.name === 'buckets' && link !== 0n) {
        throw new ImageError(`spare bucket ${i - array.normal}, which is not in use, links to ${hex(link)}`);
      }
    }
  }

  /** The mapextra, which a map may have got only for its lists; 0 where there is none. */
  #copyExtra(base: number): number {
    const walk = this.#walk;
    const from = walk.extra === 0n ? undefined : walk.find(walk.extra, MAPEXTRA_SIZE, 'hmap.extra');
    const overflow = this.#copyList(from, MAPEXTRA_OVERFLOW, this.#overflows.buckets);
    const oldoverflow = this.#copyList(from, MAPEXTRA_OLDOVERFLOW, this.#overflows.oldbuckets);
    if (from === undefined && overflow === 0 && oldoverflow === 0) return 0;
    const to = this.#to.allocate(MAPEXTRA_SIZE);
    this.#point(to + MAPEXTRA_OVERFLOW, overflow);
    this.#point(to + MAPEXTRA_OLDOVERFLOW, oldoverflow);
    const next = from === undefined ? 0n : walk.word(from + MAPEXTRA_NEXT_OVERFLOW);
    if (next === 0n) return to;
    const index = walk.spareIndex(walk.buckets, next);
    if (index < 0) throw new ImageError(`nextOverflow leads to ${hex(next)}, which is no spare bucket`);
    this.#point(to + MAPEXTRA_NEXT_OVERFLOW, base + index * walk.shape.bucketSize);
    return to;
  }

  /** One of the lists, of which the overflow buckets that were met are all there should be. */
  #copyList(extra: number | undefined, field: number, met: readonly number[]): number {
    if (this.#lists === 'none') return 0;
    const walk = this.#walk;
    const address = extra === undefined ? 0n : walk.word(extra + field);
    if (address === 0n) {
      const wanted = met.length > 0 || (this.#lists === 'always' && field === MAPEXTRA_OVERFLOW);
      return wanted ? this.#listOf(met, met.length) : 0;
    }
    const header = walk.find(address, SLICE_SIZE, 'an overflow list');
    const [length, capacity] = [walk.word(header + SLICE_LEN), walk.word(header + SLICE_CAP)];
    if (length > capacity || capacity > BigInt(Math.floor(walk.space.bytes.length / PTR_SIZE))) {
      throw new ImageError(`an overflow list has ${length} of ${capacity} entries`);
    }
    const room = Number(capacity);
    const array =
      room === 0 ? 0 : walk.find(walk.word(header + SLICE_ARRAY), room * PTR_SIZE, 'an overflow list');
    const listed: number[] = [];
    for (let i = 0; i < Number(length); i++) {
      const bucket = walk.word(array + i * PTR_SIZE);
      const placed = this.#placed.get(bucket);
      if (placed === undefined)
        throw new ImageError(`an overflow list has ${hex(bucket)}, to which no chain leads`);
      listed.push(placed);
    }
    return this.#listOf(listed, room);
  }

  #listOf(entries: readonly number[], capacity: number): number {
    const header = this.#to.allocate(SLICE_SIZE);
    const room = capacity === 0 ? 0 : this.#to.listCapacity(capacity);
    const array = room === 0 ? 0 : this.#to.allocate(room * PTR_SIZE);
    entries.forEach((bucket, i) => {
      this.#point(array + i * PTR_SIZE, bucket);
    });
    this.#point(header + SLICE_ARRAY, array);
    this.#word(header + SLICE_LEN, BigInt(entries.length));
    this.#word(header + SLICE_CAP, BigInt(room));
    return header;
  }

  /** A copy of some bytes of the map. */
  #duplicate(from: number, size: number): number {
    const at = this.#to.allocate(size);
    this.#to.bytes.set(this.#walk.space.bytes.subarray(from, from + size), at);
    return at;
  }

  /** Makes the word at `at` lead to `target`; 0 is nil. */
  #point(at: number, target: number): void {
    this.#word(at, target === 0 ? 0n : this.#to.addressOf(target));
  }

  #word(at: number, value: bigint): void {
    const { bytes } = this.#to;
    new DataView(bytes.buffer, bytes.byteOffset + at, PTR_SIZE).setBigUint64(0, value, true);
  }
}

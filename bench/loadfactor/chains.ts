/** The chains of a map as a debugger would walk them: in a copy of the Go heap's bytes, from the header on. */
import type { GoMap, Runtime } from 'hmap-wasm';
import { BUCKET_CNT, EMPTY_REST, MIN_TOP_HASH } from '../../assembly/shared/golayout.ts';

export class Chains {
  /** Buckets of the array, overflow buckets not counted. */
  readonly buckets: number;
  readonly #map: GoMap<bigint, bigint>;
  readonly #heapStart: bigint;
  readonly #u8: Uint8Array;
  readonly #u64: BigUint64Array;
  /** Offset of the bucket array in the copy. */
  readonly #array: number;
  readonly #mask: bigint;
  /** Buckets that the copy has room for. */
  readonly #most: number;
  // What is read again and again, kept at hand.
  readonly #bucketSize: number;
  readonly #keyOffset: number;
  readonly #overflowOffset: number;

  /** @throws Error if the map is growing: entries lie in two arrays then */
  constructor(rt: Runtime, map: GoMap<bigint, bigint>) {
    const { header, shape } = map;
    if (header.oldbuckets !== 0n) throw new Error('chains are read of maps that are not growing');
    const heap = rt.memory.regions().find((region) => region.name === 'Go heap');
    if (heap === undefined) throw new Error('the address space has no Go heap');
    this.#map = map;
    this.#heapStart = heap.start;
    // One copy of everything is much faster than one of each overflow bucket.
    this.#u8 = rt.memory.read(heap.start, Number(heap.mappedEnd - heap.start));
    this.#u64 = new BigUint64Array(this.#u8.buffer, 0, this.#u8.length >>> 3);
    this.buckets = 2 ** header.B;
    this.#array = Number(header.buckets - heap.start);
    this.#mask = BigInt(this.buckets - 1);
    this.#most = this.#u8.length / shape.bucketSize;
    this.#bucketSize = shape.bucketSize;
    this.#keyOffset = shape.keyOffset;
    this.#overflowOffset = shape.overflowOffset;
  }

  /**
   * How many buckets have an overflow bucket, how many buckets of both kinds there are, and how many entries.
   * Spare overflow buckets are in no chain, and so not counted.
   * @throws Error for a chain that has no end
   */
  census(): { overflowing: number; links: number; entries: number } {
    let overflowing = 0;
    let links = 0;
    let entries = 0;
    for (let bucket = 0; bucket < this.buckets; bucket++) {
      const first = this.#first(bucket);
      if (this.#next(first) !== 0) overflowing++;
      for (let at = first; at !== 0; at = this.#next(at)) {
        // Any more would not find room.
        if (++links > this.#most) throw new Error(`the chain of bucket ${bucket} has no end`);
        for (let slot = 0; slot < BUCKET_CNT; slot++) {
          if ((this.#u8[at + slot] as number) >= MIN_TOP_HASH) entries++;
        }
      }
    }
    return { overflowing, links, entries };
  }

  /**
   * Looks for a key as a lookup does: through the chain of the bucket that its hash selects, up to the key or to
   * where nothing follows. How many entries were looked at, and whether the key was found.
   */
  probe(key: bigint): { examined: number; found: boolean } {
    let examined = 0;
    const bucket = Number(this.#map.hash(key) & this.#mask);
    for (let at = this.#first(bucket); at !== 0; at = this.#next(at)) {
      for (let slot = 0; slot < BUCKET_CNT; slot++) {
        const top = this.#u8[at + slot] as number;
        if (top === EMPTY_REST) return { examined, found: false };
        if (top < MIN_TOP_HASH) continue;
        examined++;
        if (this.#u64[((at + this.#keyOffset) >>> 3) + slot] === key) return { examined, found: true };
      }
    }
    return { examined, found: false };
  }

  #first(bucket: number): number {
    return this.#array + bucket * this.#bucketSize;
  }

  /** Offset of the overflow bucket behind a bucket, or 0. */
  #next(at: number): number {
    const overflow = this.#u64[(at + this.#overflowOffset) >>> 3] as bigint;
    return overflow === 0n ? 0 : Number(overflow - this.#heapStart);
  }
}

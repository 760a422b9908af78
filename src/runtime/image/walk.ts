/**
 * A walk over the bytes of one map, wherever they lie: in the emulated heap, or in an image that nobody vouches
 * for. Every address is looked up before it is followed, and every bucket is met once at most, so the walk ends.
 */
import {
  EVACUATED_EMPTY,
  EVACUATED_X,
  FLAG_SAME_SIZE_GROW,
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_COUNT,
  HMAP_FLAGS,
  HMAP_HASH0,
  HMAP_OLDBUCKETS,
  PTR_SIZE,
} from '../../../assembly/shared/golayout.ts';
import type { MapShape } from '../../gotype/index.ts';
import { hex } from '../../machine/errors.ts';
import { ImageError } from './format.ts';

/** Memory in which a map lies: addresses lead to offsets in `bytes`. */
export interface Space {
  readonly bytes: Uint8Array;
  /** Where `size` bytes at `address` lie, or undefined if they are not all there. */
  find(address: bigint, size: number): number | undefined;
}

/** What differs between releases, and what the allocator of one makes of a bucket array. */
export interface Layout {
  readonly hmap: { readonly size: number; readonly extra: number };
  /** Buckets of an array for 2^b of them, the spare overflow buckets behind it included. */
  arrayLength(b: number): number;
}

/** A bucket array as it lies in a space. */
export interface BucketArray {
  readonly name: 'buckets' | 'oldbuckets';
  readonly address: bigint;
  /** Offset of its bytes. */
  readonly at: number;
  /** Buckets without the spare ones, and with them. */
  readonly normal: number;
  readonly length: number;
}

/** A bucket that a chain leads to. */
export interface MetBucket {
  readonly array: BucketArray;
  /** Offset of its bytes. */
  readonly at: number;
  readonly address: bigint;
  /** Whether it is the first of its chain. */
  readonly first: boolean;
  /** Whether the entries of its chain have moved. */
  readonly evacuated: boolean;
  /** The next bucket's address, or nil. */
  readonly overflow: bigint;
}

/** The largest B of an array that linear memory could hold. */
const MAX_B = 31;

export class MapWalk {
  readonly space: Space;
  readonly shape: MapShape;
  /** Offset of the header. */
  readonly hmap: number;
  readonly buckets: BucketArray | undefined;
  readonly oldbuckets: BucketArray | undefined;
  readonly #view: DataView;
  readonly #layout: Layout;

  /** @throws ImageError for a header that leads nowhere */
  constructor(space: Space, shape: MapShape, layout: Layout, address: bigint) {
    this.space = space;
    this.shape = shape;
    this.#layout = layout;
    this.#view = new DataView(space.bytes.buffer, space.bytes.byteOffset, space.bytes.byteLength);
    this.hmap = this.find(address, layout.hmap.size, 'hmap');
    const { B, sameSize } = this;
    if (B > MAX_B) throw new ImageError(`hmap.B is ${B}; no map has more than 2^${MAX_B} buckets here`);
    this.buckets = this.#array('buckets', this.word(this.hmap + HMAP_BUCKETS), B);
    const old = this.word(this.hmap + HMAP_OLDBUCKETS);
    if (old !== 0n && B === 0 && !sameSize)
      throw new ImageError('hmap.oldbuckets is set on a map of one bucket');
    this.oldbuckets = this.#array('oldbuckets', old, sameSize ? B : B - 1);
  }

  get count(): bigint {
    return this.word(this.hmap + HMAP_COUNT);
  }

  get flags(): number {
    return this.#view.getUint8(this.hmap + HMAP_FLAGS);
  }

  get B(): number {
    return this.#view.getUint8(this.hmap + HMAP_B);
  }

  get hash0(): number {
    return this.#view.getUint32(this.hmap + HMAP_HASH0, true);
  }

  /** Whether the map grows, if it does, to an array of the same size. */
  get sameSize(): boolean {
    return (this.flags & FLAG_SAME_SIZE_GROW) !== 0;
  }

  /** Address of the mapextra, or nil. */
  get extra(): bigint {
    return this.word(this.hmap + this.#layout.hmap.extra);
  }

  /** The 64-bit word at an offset. */
  word(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  /** Offset of what an address leads to. @throws ImageError if it leads nowhere */
  find(address: bigint, size: number, what: string): number {
    const at = address % BigInt(PTR_SIZE) === 0n ? this.space.find(address, size) : undefined;
    if (at === undefined) {
      throw new ImageError(`${what} leads to ${hex(address)}, where there are no ${size} bytes of the map`);
    }
    return at;
  }

  /** The bytes of a string whose header lies at an offset. Its storage may begin at any address. */
  string(header: number): Uint8Array {
    const { space } = this;
    const length = this.word(header + PTR_SIZE);
    if (length === 0n) return space.bytes.subarray(0, 0);
    const address = this.word(header);
    const at =
      length > BigInt(space.bytes.length) || address === 0n ? undefined : space.find(address, Number(length));
    if (at === undefined) {
      throw new ImageError(
        `a string leads to ${hex(address)}, where there are no ${length} bytes of the map`,
      );
    }
    return space.bytes.subarray(at, at + Number(length));
  }

  /** The index in its array that an address has, or -1 if it is that of no spare bucket of it. */
  spareIndex(array: BucketArray | undefined, address: bigint): number {
    if (array === undefined || address < array.address) return -1;
    const size = BigInt(this.shape.bucketSize);
    const index = Number((address - array.address) / size);
    const inside = index >= array.normal && index < array.length;
    return inside && (address - array.address) % size === 0n ? index : -1;
  }

  /**
   * Every bucket that a chain leads to, the old array's first. Of a chain whose entries have moved only the
   * first bucket is met where buckets hold pointers: Go cuts it there (`evacuate`), unless an iterator looks on.
   * @throws ImageError for a link that leads nowhere, or to a bucket that was met
   */
  *met(): Generator<MetBucket> {
    const loose = new Set<bigint>();
    for (const array of [this.oldbuckets, this.buckets]) {
      if (array === undefined) continue;
      const spares = new Uint8Array(array.length - array.normal);
      for (let i = 0; i < array.normal; i++) {
        let at = array.at + i * this.shape.bucketSize;
        let address = array.address + BigInt(i * this.shape.bucketSize);
        const evacuated = array.name === 'oldbuckets' && this.#isEvacuated(at);
        const cut = evacuated && this.shape.bucketHasPointers;
        for (let first = true; ; first = false) {
          const overflow = cut ? 0n : this.word(at + this.shape.overflowOffset);
          yield { array, at, address, first, evacuated, overflow };
          if (overflow === 0n) break;
          const spare = this.spareIndex(array, overflow);
          const known = spare >= 0 ? spares[spare - array.normal] !== 0 : loose.has(overflow);
          if (known) throw new ImageError(`two overflow links lead to the bucket at ${hex(overflow)}`);
          if (spare >= 0) {
            spares[spare - array.normal] = 1;
            at = array.at + spare * this.shape.bucketSize;
          } else {
            loose.add(overflow);
            at = this.find(overflow, this.shape.bucketSize, 'an overflow link');
          }
          address = overflow;
        }
      }
    }
  }

  #isEvacuated(at: number): boolean {
    const top = this.space.bytes[at] as number;
    return top >= EVACUATED_X && top <= EVACUATED_EMPTY;
  }

  #array(name: BucketArray['name'], address: bigint, b: number): BucketArray | undefined {
    if (address === 0n) return undefined;
    const length = this.#layout.arrayLength(b);
    const at = this.find(address, length * this.shape.bucketSize, `hmap.${name}`);
    return { name, address, at, normal: 2 ** b, length };
  }
}

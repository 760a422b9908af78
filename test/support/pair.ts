/** Two maps under the same operations, compared down to the bytes of their buckets. */
import type { Buckets, BucketView, GoMap, MakeMapOptions, MapIterator, Runtime } from 'hmap-wasm';
import { toHex, type WyRand } from './builds.ts';

/** A map in a process of its own, so that its random draws are its own too. */
export class Side {
  readonly map: GoMap;
  readonly rt: Runtime;
  readonly draws: WyRand;
  readonly iterators: MapIterator<[Uint8Array, Uint8Array]>[] = [];

  constructor(rt: Runtime, draws: WyRand, type: string, state: bigint, options: MakeMapOptions) {
    draws.reset(state);
    this.rt = rt;
    this.draws = draws;
    this.map = rt.makeMap(type, options);
  }

  /** The header, pointers as whether they are nil; extra is left out, which maps without pointers have more often. */
  get header() {
    const { count, flags, B, noverflow, hash0, nevacuate, buckets, oldbuckets } = this.map.header;
    return { count, flags, B, noverflow, hash0, nevacuate, array: buckets !== 0n, old: oldbuckets !== 0n };
  }

  /** Steps an iterator: the key, and where the iterator stands. */
  next(which: number): [key: string, position: string] | undefined {
    const iterator = this.iterators[which % Math.max(this.iterators.length, 1)];
    if (iterator === undefined) return undefined;
    const { done, value } = iterator.next();
    if (done) {
      this.iterators.splice(this.iterators.indexOf(iterator), 1);
      return undefined;
    }
    // From startBucket on the hiter holds no pointers.
    return [toHex(value[0]), toHex(this.rt.memory.read(iterator.address + 64n, 32))];
  }

  begin(): void {
    if (this.iterators.length === 3) this.iterators.shift()?.return();
    this.iterators.push(this.map.raw[Symbol.iterator]());
  }

  /** Every bucket of the current array. */
  get buckets(): Cell[][] {
    return this.#chains(this.map.buckets);
  }

  /** Every bucket of the old array. */
  get oldbuckets(): Cell[][] {
    return this.#chains(this.map.oldbuckets);
  }

  free(): void {
    this.map.free();
    this.iterators.length = 0;
  }

  #chains(array: Buckets<unknown, unknown>): Cell[][] {
    const { bucketSize } = this.map.shape;
    const object = this.rt.machine.core.objectSize(Number(array.address & 0xffffffffn)) >>> 0;
    return [...array].map((first) =>
      [...first.chain()].map((bucket) => {
        const offset = Number(bucket.address - array.address);
        return {
          place: offset >= 0 && offset < object ? offset / bucketSize : 'own',
          tophash: toHex(bucket.tophash),
          keys: this.#keys(bucket),
        };
      }),
    );
  }

  /** The key slots. A string is whether it has storage, and its length. */
  #keys(bucket: BucketView<unknown, unknown>): string[] {
    const { key, keySize } = this.map.shape;
    const { bytes } = bucket;
    return bucket.slots.map(({ index }) => {
      const at = 8 + index * keySize;
      const slot = bytes.slice(at, at + keySize);
      if (key.kind !== 'string') return toHex(slot);
      const words = new DataView(slot.buffer);
      return `${words.getBigUint64(0, true) === 0n ? 'nil' : 'str'} ${words.getBigUint64(8, true)}`;
    });
  }
}

/** One bucket as it is compared. */
export interface Cell {
  /** Its number in the array, spare ones behind the others; of a bucket of its own there is none to compare. */
  readonly place: number | 'own';
  readonly tophash: string;
  readonly keys: readonly string[];
}

/**
 * Deleted string keys without their length: the fast path clears only the pointer, the general path all of it.
 * A string that is there and empty has no storage either, but a tophash.
 */
export function withoutLengths(chains: Cell[][]): Cell[][] {
  return chains.map((chain) =>
    chain.map((cell) => ({
      ...cell,
      keys: cell.keys.map((key, i) => {
        const top = Number.parseInt(cell.tophash.slice(2 * i, 2 * i + 2), 16);
        return key.startsWith('nil') && (top < 2 || top === 4) ? 'nil' : key;
      }),
    })),
  );
}

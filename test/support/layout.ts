/** What lies in a map's memory, in forms that tests compare. */
import type { Buckets, BucketView, GoMap, Runtime } from 'hmap-wasm';
import { toHex } from './builds.ts';

/** One bucket: its tophash bytes as digits, and every slot's key and element, stale ones included. */
export type Cells<K, V> = readonly [tophash: string, keys: K[], elems: V[]];

/** A bucket's cells. Only for types without pointers, whose stale slots can be read. */
export function cells<K, V>(bucket: BucketView<K, V>): Cells<K, V> {
  const { slots } = bucket;
  return [toHex(bucket.tophash), slots.map((slot) => slot.key), slots.map((slot) => slot.elem)];
}

/** The cells of every chain of an array. */
export function chains<K, V>(buckets: Buckets<K, V>): Cells<K, V>[][] {
  return [...buckets].map((bucket) => [...bucket.chain()].map(cells));
}

/** A bucket of eight slots, given the filled ones from the front; the rest is zero. */
export function cellsOf(tophash: string, keys: readonly number[], each: bigint): Cells<bigint, bigint> {
  const all = Array.from({ length: 8 }, (_, i) => BigInt(keys[i] ?? 0));
  return [tophash.padEnd(16, '0'), all, all.map((key) => key * each)];
}

/** A word of emulated memory. */
export function word(rt: Runtime, address: bigint): bigint {
  const bytes = rt.memory.read(address, 8);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

/** mapextra's words; undefined where the map has none. */
export function mapextra(rt: Runtime, map: AnyMap): Extra | undefined {
  const { extra } = map.header;
  if (extra === 0n) return undefined;
  return {
    overflow: sliceOf(rt, word(rt, extra)),
    oldoverflow: sliceOf(rt, word(rt, extra + 8n)),
    nextOverflow: word(rt, extra + 16n),
  };
}

export interface Extra {
  readonly overflow: Slice | undefined;
  readonly oldoverflow: Slice | undefined;
  readonly nextOverflow: bigint;
}

/** A slice of bucket pointers. */
export interface Slice {
  readonly cap: number;
  readonly list: readonly bigint[];
}

/** Any map, for helpers that only look at its memory. */
export type AnyMap = Pick<GoMap, 'header' | 'shape'>;

function sliceOf(rt: Runtime, address: bigint): Slice | undefined {
  if (address === 0n) return undefined;
  const array = word(rt, address);
  const length = Number(word(rt, address + 8n));
  const list = Array.from({ length }, (_, i) => word(rt, array + BigInt(8 * i)));
  return { cap: Number(word(rt, address + 16n)), list };
}

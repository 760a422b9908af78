/**
 * Sizes and offsets in which releases differ, and the arithmetic of the runtime that the oracle repeats.
 * Everything else here asks this file.
 */
import type { MapShape, Runtime } from 'hmap-wasm';
import { HITER_START_BUCKET } from '../../../assembly/shared/golayout.ts';
import { MAX_SMALL_SIZE } from '../../../assembly/shared/hostlayout.ts';

/** Offsets are in bytes. */
export interface Layout {
  readonly headerSize: number;
  /** Of `hmap.extra`. */
  readonly extra: number;
  /** What follows `hiter`'s pointers. */
  readonly positionStart: number;
  readonly positionEnd: number;
}

/** The layouts of the release that a runtime emulates. */
export function layoutOf(rt: Runtime): Layout {
  const { hmap, hiterSize } = rt.release;
  return {
    headerSize: hmap.size,
    extra: hmap.extra,
    positionStart: HITER_START_BUCKET,
    positionEnd: hiterSize,
  };
}

/** `minSizeForMallocHeader` and the header's size. */
const HEADED_ABOVE = 512;
const MALLOC_HEADER = 8;

/** How many overflow buckets a bucket array carries at its end (`makeBucketArray`). */
export function sparesOf(rt: Runtime, shape: MapShape, B: number): number {
  if (B < 4) return 0;
  const wanted = shape.bucketSize * (2 ** B + 2 ** (B - 4));
  const headed =
    rt.release.mallocHeaders &&
    shape.bucketHasPointers &&
    wanted > HEADED_ABOVE &&
    wanted <= MAX_SMALL_SIZE - MALLOC_HEADER;
  const header = headed ? MALLOC_HEADER : 0;
  const given = Number(rt.machine.core.roundUpSize(BigInt(wanted + header))) - header;
  return Math.floor(given / shape.bucketSize) - 2 ** B;
}

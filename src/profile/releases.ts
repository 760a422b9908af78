/**
 * Go releases as data: what differs between one release's map runtime and another's.
 *
 * Code asks a profile for a named field; it never compares version strings.
 */
import { Unsupported } from '../machine/errors.ts';

/** How wide the random draws of the map runtime are, in bits. Source: Go 1.19 `runtime/map.go`, `alg.go`. */
export interface DrawWidths {
  /** A new `hmap.hash0`, when a map is made and when its last entry goes. */
  readonly hash0: 32 | 64;
  /** The start of an iteration over a map whose B is at most `wideIterationAbove`. */
  readonly iteration: 32 | 64;
  /** The start of an iteration over a larger map. */
  readonly wideIteration: 64;
  /** The largest B whose iteration start is drawn with `iteration` bits. */
  readonly wideIterationAbove: number;
  /** One sample of `incrnoverflow`, where the overflow count is kept by chance. */
  readonly noverflow: 32 | 64;
  /** One run of the hasher on a NaN. */
  readonly nan: 32 | 64;
}

/** One Go release. */
export interface Release {
  /** The release's name without a patch number: `1.19`. */
  readonly name: string;
  /** The map implementation. `classic`: buckets of eight, up to Go 1.23. */
  readonly engine: 'classic';
  /**
   * The hash function. `wyhash-fallback`: the portable one of `runtime/hash64.go`, which Go takes where
   * the processor has no AES instructions, with fixed odd constants beside the process's hash key.
   */
  readonly hash: 'wyhash-fallback';
  readonly drawWidths: DrawWidths;
  /** `mapclear` empties the tophash bytes too, so that live iterators end (Go 1.21 on). */
  readonly clearEndsIterators: boolean;
}

const GO_1_19: Release = {
  name: '1.19',
  engine: 'classic',
  hash: 'wyhash-fallback',
  drawWidths: {
    hash0: 32,
    iteration: 32,
    wideIteration: 64,
    // mapiterinit: `h.B > 31-bucketCntBits`.
    wideIterationAbove: 28,
    noverflow: 32,
    nan: 32,
  },
  clearEndsIterators: false,
};

/** Every release that this version emulates, oldest first. */
export const RELEASES: readonly Release[] = [GO_1_19];

/** The release taken where none is named. */
export const DEFAULT_RELEASE = '1.19';

/**
 * The profile of a release: `1.19`, `1.19.8` and `go1.19.8` all name Go 1.19 (patch releases do not
 * change the map runtime).
 * @throws Unsupported for a release that is not emulated
 */
export function release(name: string = DEFAULT_RELEASE): Release {
  const match = /^(?:go)?(\d{1,3}\.\d{1,3})(?:\.(?:\d{1,3}|x))?$/.exec(name);
  const found = match === null ? undefined : RELEASES.find((one) => one.name === match[1]);
  if (found !== undefined) return found;
  const known = RELEASES.map((one) => `'${one.name}'`).join(', ');
  throw new Unsupported(`Go release '${clip(name)}' is not emulated; take one of ${known}`);
}

/** A name fit for a message: user input may be of any length. */
export function clip(name: string): string {
  const text = String(name);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/**
 * Go releases as data: what differs between one release's map runtime and another's.
 *
 * Code asks a profile for a named field; it never compares version strings.
 */
import {
  HITER_SEQ_SIZE,
  HITER_SIZE,
  HMAP_CLEAR_SEQ,
  HMAP_EXTRA,
  HMAP_SEQ_EXTRA,
  HMAP_SEQ_SIZE,
  HMAP_SIZE,
  LOAD_FACTOR_NUM,
} from '../../assembly/shared/golayout.ts';
import { Unsupported } from '../machine/errors.ts';

/** How wide the random draws of the map runtime are, in bits. Source: `runtime/map.go`, `alg.go`. */
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

/** Where the fields of `hmap` lie that are not in the same place in every release: offsets in bytes. */
export interface HmapLayout {
  readonly size: number;
  readonly extra: number;
  /** `hmap.clearSeq`, which counts how often the map was cleared; undefined where there is none. */
  readonly clearSeq: number | undefined;
}

/** One Go release. */
export interface Release {
  /** The release's name without a patch number: `1.19`. */
  readonly name: string;
  /** What `runtime.Version()` says in the patch release that its recordings come from. */
  readonly version: string;
  /** The map implementation. `classic`: buckets of eight, up to Go 1.23. */
  readonly engine: 'classic';
  /**
   * The hash function. `wyhash-fallback`: the portable one of `runtime/hash64.go`, which Go takes where
   * the processor has no AES instructions.
   */
  readonly hash: 'wyhash-fallback';
  /** What that hash multiplies by: constants of its own, or words of the process's hash key. */
  readonly hashMultipliers: 'fixed' | 'hashkey';
  readonly hmap: HmapLayout;
  /** Bytes of an `hiter`. */
  readonly hiterSize: number;
  readonly drawWidths: DrawWidths;
  /** `mapclear` empties the tophash bytes of all buckets first, so that live iterators end. */
  readonly clearMarksSlots: boolean;
  /**
   * What a lookup or deletion in an empty map does with a key that may be unhashable: `hash` runs the hasher,
   * which draws for a NaN; `check` only looks.
   */
  readonly emptyLookups: 'hash' | 'check';
  /** How a panic begins that such a look at a key ends with; the type follows. */
  readonly checkedKeyPanic: string;
  /**
   * A map grows when it holds more than this many entries for two buckets: 13, the 6.5 a bucket that Go's
   * sources speak of. Go 1.21 rounds it down to 12 (`runtime/map.go`, loadFactorNum).
   */
  readonly loadFactorNum: number;
  /**
   * What `gcdata` of a type with more than 16,384 words of pointer data leads to, which has no bitmap: a program,
   * or from Go 1.24 on (`TFlagGCMaskOnDemand`) the place of a bitmap that the runtime makes when it needs it.
   */
  readonly largeMasks: 'program' | 'onDemand';
  /** malloc keeps a header of 8 bytes for objects with pointers of more than 512 bytes, which makes arrays smaller. */
  readonly mallocHeaders: boolean;
}

const PLAIN_HMAP: HmapLayout = { size: HMAP_SIZE, extra: HMAP_EXTRA, clearSeq: undefined };

const GO_1_19: Release = {
  name: '1.19',
  version: 'go1.19.8',
  engine: 'classic',
  hash: 'wyhash-fallback',
  hashMultipliers: 'fixed',
  hmap: PLAIN_HMAP,
  hiterSize: HITER_SIZE,
  drawWidths: {
    hash0: 32,
    iteration: 32,
    wideIteration: 64,
    // mapiterinit: `h.B > 31-bucketCntBits`.
    wideIterationAbove: 28,
    noverflow: 32,
    nan: 32,
  },
  clearMarksSlots: false,
  emptyLookups: 'hash',
  checkedKeyPanic: 'runtime error: hash of unhashable type',
  loadFactorNum: LOAD_FACTOR_NUM,
  largeMasks: 'program',
  mallocHeaders: false,
};

const GO_1_20: Release = { ...GO_1_19, name: '1.20', version: 'go1.20.14' };

// Go issue 59411: an iterator went on over what a clear had left in old buckets.
const GO_1_21: Release = {
  ...GO_1_20,
  name: '1.21',
  version: 'go1.21.13',
  clearMarksSlots: true,
  loadFactorNum: 12,
};

const GO_1_22: Release = {
  ...GO_1_21,
  name: '1.22',
  version: 'go1.22.12',
  loadFactorNum: LOAD_FACTOR_NUM,
  // `rand` gives 64 bits, of which 32 are used where 32 were drawn before.
  drawWidths: {
    hash0: 64,
    iteration: 64,
    wideIteration: 64,
    wideIterationAbove: 28,
    noverflow: 64,
    nan: 64,
  },
  emptyLookups: 'check',
  mallocHeaders: true,
};

const GO_1_23: Release = { ...GO_1_22, name: '1.23', version: 'go1.23.12', hashMultipliers: 'hashkey' };

/** The classic map as GOEXPERIMENT=noswissmap keeps it where the Swiss map is the default. */
const GO_1_24_NOSWISSMAP: Release = {
  ...GO_1_23,
  name: '1.24-noswissmap',
  version: 'go1.24.11 X:noswissmap',
  hmap: { size: HMAP_SEQ_SIZE, extra: HMAP_SEQ_EXTRA, clearSeq: HMAP_CLEAR_SEQ },
  hiterSize: HITER_SEQ_SIZE,
  clearMarksSlots: false,
  largeMasks: 'onDemand',
};

const GO_1_25_NOSWISSMAP: Release = {
  ...GO_1_24_NOSWISSMAP,
  name: '1.25-noswissmap',
  version: 'go1.25.5 X:noswissmap',
  // internal/runtime/maps, MapKeyError.
  checkedKeyPanic: 'hash of unhashable type:',
};

/** Every release that this version emulates, oldest first. */
export const RELEASES: readonly Release[] = [
  GO_1_19,
  GO_1_20,
  GO_1_21,
  GO_1_22,
  GO_1_23,
  GO_1_24_NOSWISSMAP,
  GO_1_25_NOSWISSMAP,
];

/** The release taken where none is named: the newest whose default map is emulated. */
export const DEFAULT_RELEASE = '1.23';

/**
 * The profile of a release: `1.19`, `1.19.8` and `go1.19.8` all name Go 1.19 (patch releases do not
 * change the map runtime); `1.24-noswissmap` is Go 1.24 built with that experiment, as is the
 * `go1.24.11 X:noswissmap` that `go version` says of it.
 * @throws Unsupported for a release that is not emulated
 */
export function release(name: string = DEFAULT_RELEASE): Release {
  const match = /^(?:go)?(\d{1,3}\.\d{1,3})(?:\.(?:\d{1,3}|x))?((?:-| X:)noswissmap)?$/.exec(name);
  const wanted = match === null ? '' : `${match[1]}${match[2] === undefined ? '' : '-noswissmap'}`;
  const found = RELEASES.find((one) => one.name === wanted);
  if (found !== undefined) return found;
  const classic = RELEASES.find((one) => one.name === `${wanted}-noswissmap`);
  if (classic !== undefined) {
    throw new Unsupported(
      `Go ${wanted} has the Swiss map, which is not emulated; its classic map is '${classic.name}'`,
    );
  }
  const known = RELEASES.map((one) => `'${one.name}'`).join(', ');
  throw new Unsupported(`Go release '${clip(name)}' is not emulated; take one of ${known}`);
}

/** A name fit for a message: user input may be of any length. */
export function clip(name: string): string {
  const text = String(name);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

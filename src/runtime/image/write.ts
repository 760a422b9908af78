/** Writes one map of the emulated heap as an image. */
import { MAPTYPE_HASHER } from '../../../assembly/shared/golayout.ts';
import { MAP_TYPE, RT_HASHKEY, RUNTIME_BASE } from '../../../assembly/shared/hostlayout.ts';
import { hasherOf, isReflexive } from '../../gotype/index.ts';
import { Unsupported } from '../../machine/errors.ts';
import type { Machine } from '../../machine/machine.ts';
import type { GoMap } from '../../map/index.ts';
import type { Release, Target } from '../../profile/index.ts';
import { copyMap, type Lists, type Room } from './copy.ts';
import { checkPortable, entriesOf, fromHex, toHex } from './entries.ts';
import { checkBase, formatHeader, type HashCheck, IMAGE_PAGE, type ImageHeader } from './format.ts';
import { type Layout, MapWalk, type Space } from './walk.ts';

/** One map as another process can map and open it. */
export class MapImage {
  /** What the first page says. */
  readonly header: ImageHeader;
  /** The file: to be mapped at `header.base`, from its first byte on. */
  readonly bytes: Uint8Array;
  readonly #walk: MapWalk;

  constructor(header: ImageHeader, bytes: Uint8Array, walk: MapWalk) {
    this.header = header;
    this.bytes = bytes;
    this.#walk = walk;
  }

  /**
   * The entries as the file beside the image lists them: a line `key element` for each, canonical bytes in hex
   * (of a string its content), in no particular order.
   */
  *lines(): Generator<string> {
    for (const [key, elem] of entriesOf(this.#walk)) yield `${toHex(key)} ${toHex(elem)}\n`;
  }

  /** All lines as one text. */
  get entries(): string {
    return [...this.lines()].join('');
  }
}

/** The layout of maps of a type as a machine's core knows it. `type` is the offset of the descriptor. */
export function layoutOf(machine: Machine, type: number): Layout {
  return {
    hmap: machine.profile.hmap,
    arrayLength: (b) => Number(BigInt.asUintN(64, machine.core.arrayBuckets(type, b))),
  };
}

/**
 * One map as an image to be mapped at `base`. The map stays as it is: iterators of it live on, but not in the image.
 * @throws Unsupported for a map that no other process could use; RangeError for a base that is no place for it
 * @throws InvariantViolation for a map whose bytes are not in order
 */
export function writeImage(map: GoMap, base: bigint, lists: Lists, go: Release, target: Target): MapImage {
  const { machine, shape } = map;
  checkBase(base);
  checkPortable(shape);
  map.verify();
  if (map.isNil) throw new Unsupported('a nil map has no bytes: make the map that the image is to hold');
  const type = machine.u32[(map.map + MAP_TYPE) >>> 2] as number;
  if (machine.u32[(type + MAPTYPE_HASHER) >>> 2] !== hasherOf(shape.key)) {
    throw new Unsupported('a map with an injected hasher is of no use to a Go process: make it without one');
  }
  const heap: Space = {
    bytes: machine.u8,
    find: (address, size) => machine.findMapped(address, BigInt(size)),
  };
  const layout = layoutOf(machine, type);
  const walk = new MapWalk(heap, shape, layout, map.header.address);
  const room = new ImageRoom(base);
  const hmap = base + BigInt(copyMap(walk, layout, room, lists));
  const bytes = room.finish();
  checkBase(base, bytes.length);
  const header: ImageHeader = {
    go: go.version,
    arch: target.arch,
    type: shape.type.string,
    base,
    size: bytes.length,
    hmap,
    hashkey: [0, 1, 2, 3].map((i) => machine.u64[((RUNTIME_BASE + RT_HASHKEY) >>> 3) + i]) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ],
    hash0: walk.hash0,
    count: Number(walk.count),
    keysize: shape.keySize,
    elemsize: shape.elemSize,
    bucketsize: shape.bucketSize,
    flags: shape.flags,
    check: hashChecks(map, walk),
  };
  bytes.set(formatHeader(header));
  const space = imageSpace(bytes, base);
  return new MapImage(header, bytes, new MapWalk(space, shape, layout, hmap));
}

/** An image as memory: what lies in it is where its base says. */
export function imageSpace(bytes: Uint8Array, base: bigint): Space {
  return {
    bytes,
    find: (address, size) => {
      const at = address - base;
      return at >= 0n && at + BigInt(size) <= BigInt(bytes.length) ? Number(at) : undefined;
    },
  };
}

/** Hash checks come from so many of the map's own keys. */
const CHECKED_KEYS = 3;
/** The seeds beside the map's own: the words that a hash begins from at their least and greatest. */
const CHECK_SEEDS = [0n, 0xffffffffn];

/**
 * Hashes of a few keys. Of types with keys that are not equal to themselves only the zero value: hashing a NaN
 * would draw a random number.
 */
function hashChecks(map: GoMap, walk: MapWalk): HashCheck[] {
  const { key } = map.shape;
  const keys = new Set([toHex(new Uint8Array(key.kind === 'string' ? 0 : key.size))]);
  if (isReflexive(key)) {
    for (const [own] of entriesOf(walk)) {
      if (keys.add(toHex(own)).size > CHECKED_KEYS) break;
    }
  }
  const seeds = [BigInt(walk.hash0), ...CHECK_SEEDS];
  // A check of each key first, should not all of them fit.
  return seeds.flatMap((seed) =>
    [...keys].map((hex) => ({ key: hex, seed, hash: map.raw.hash(fromHex(hex), seed) })),
  );
}

/** Above this size objects of an image begin at a multiple of it, as the ones of Go's heap do. */
const WIDE_ALIGN = 16;

/** The bytes of an image while it grows. */
class ImageRoom implements Room {
  bytes = new Uint8Array(16 * IMAGE_PAGE);
  readonly #base: bigint;
  #next = IMAGE_PAGE;

  constructor(base: bigint) {
    this.#base = base;
  }

  allocate(size: number): number {
    const align = size < WIDE_ALIGN ? 8 : WIDE_ALIGN;
    const at = Math.ceil(this.#next / align) * align;
    this.#next = at + size;
    if (this.#next > this.bytes.length) {
      const wider = new Uint8Array(Math.max(this.#next, 2 * this.bytes.length));
      wider.set(this.bytes);
      this.bytes = wider;
    }
    return at;
  }

  addressOf(offset: number): bigint {
    return this.#base + BigInt(offset);
  }

  listCapacity(wanted: number): number {
    return wanted;
  }

  /** The bytes, up to the end of a page. */
  finish(): Uint8Array<ArrayBuffer> {
    const size = Math.ceil(this.#next / IMAGE_PAGE) * IMAGE_PAGE;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.#next));
    return bytes;
  }
}

/**
 * The file that holds one map for another process: a page with one line of JSON, then the bytes to be mapped
 * at `base`. The line says what an opener must know to refuse what it cannot use.
 */
import { HMAP_SIZE } from '../../../assembly/shared/golayout.ts';
import { clip } from '../../profile/releases.ts';

/** Bytes of a page: the unit in which images are mapped, and the room of the line of JSON. */
export const IMAGE_PAGE = 4096;
/** Where images are mapped if nothing else is asked for: far from what Linux and Go hand out. */
export const DEFAULT_BASE = 0x7e0000000000n;
/** The last address of a process on the emulated targets, plus one. */
const ADDRESS_END = 1n << 47n;
/** Linux maps nothing below it unless told to (`vm.mmap_min_addr`). */
const ADDRESS_START = 0x10000n;

const MAGIC = 'GOMAPIMG';
const VERSION = 1;

/** An image that cannot be used; the message says why and what would be right. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** A hash that the image's map gives, by which an opener knows that its own hasher is the same. */
export interface HashCheck {
  /** Canonical bytes of a key in hex: the raw bytes of a fixed-size key, the content of a string. */
  readonly key: string;
  readonly seed: bigint;
  readonly hash: bigint;
}

/** What the first page says. Sizes are in bytes; addresses are those of the process that maps the image. */
export interface ImageHeader {
  /** What `runtime.Version()` says in a process of that release. */
  readonly go: string;
  /** GOARCH. */
  readonly arch: string;
  /** The map's type. */
  readonly type: string;
  readonly base: bigint;
  /** Of the whole image, a multiple of 4096. */
  readonly size: number;
  /** Address of the map's header. */
  readonly hmap: bigint;
  /** `runtime.hashkey` of the process that the map comes from. */
  readonly hashkey: readonly [bigint, bigint, bigint, bigint];
  readonly hash0: number;
  readonly count: number;
  /* As in `maptype`: slots, bucket, flags. */
  readonly keysize: number;
  readonly elemsize: number;
  readonly bucketsize: number;
  readonly flags: number;
  readonly check: readonly HashCheck[];
}

/** @throws TypeError, RangeError for an address at which no image of `size` bytes can lie */
export function checkBase(base: unknown, size = IMAGE_PAGE): bigint {
  if (typeof base !== 'bigint') throw new TypeError(`base takes a bigint, got ${typeof base}`);
  if (base % BigInt(IMAGE_PAGE) !== 0n || base < ADDRESS_START || base + BigInt(size) > ADDRESS_END) {
    throw new RangeError(
      `base takes a multiple of ${IMAGE_PAGE} from ${wide(ADDRESS_START)} on with room for ${size} bytes ` +
        `below ${wide(ADDRESS_END)}, got 0x${base.toString(16)}`,
    );
  }
  return base;
}

/** A 64-bit number as the line writes it. */
function wide(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

/** The line of an image, with as many of its checks as fit. @throws ImageError if it does not fit without any */
export function formatHeader(header: ImageHeader): Uint8Array {
  const fields = {
    magic: MAGIC,
    version: VERSION,
    go: header.go,
    arch: header.arch,
    type: header.type,
    base: wide(header.base),
    size: header.size,
    hmap: wide(header.hmap),
    hashkey: header.hashkey.map(wide),
    hash0: header.hash0,
    count: header.count,
    keysize: header.keysize,
    elemsize: header.elemsize,
    bucketsize: header.bucketsize,
    flags: header.flags,
  };
  const checks = header.check.map(({ key, seed, hash }) => ({ key, seed: wide(seed), hash: wide(hash) }));
  for (let fits = checks.length; fits >= 0; fits--) {
    const line = new TextEncoder().encode(`${JSON.stringify({ ...fields, check: checks.slice(0, fits) })}\n`);
    if (line.length <= IMAGE_PAGE) return line;
  }
  throw new ImageError(`the type's text is too long for an image's first page of ${IMAGE_PAGE} bytes`);
}

/** Reads the first page. @throws ImageError */
export function parseHeader(image: Uint8Array): ImageHeader {
  const fields = parseLine(image);
  if (fields['magic'] !== MAGIC) throw new ImageError(`the first page has no "magic":"${MAGIC}"`);
  if (fields['version'] !== VERSION) {
    throw new ImageError(`images of version ${VERSION} are read, this one says ${show(fields['version'])}`);
  }
  const read = new Fields(fields, 'the first page');
  const header: ImageHeader = {
    go: read.text('go'),
    arch: read.text('arch'),
    type: read.text('type'),
    base: read.wide('base'),
    size: read.whole('size', Number.MAX_SAFE_INTEGER),
    hmap: read.wide('hmap'),
    hashkey: read.list('hashkey', 4).map((one) => toWide(one, 'hashkey')) as [bigint, bigint, bigint, bigint],
    hash0: read.whole('hash0', 0xffffffff),
    count: read.whole('count', Number.MAX_SAFE_INTEGER),
    keysize: read.whole('keysize', 0xff),
    elemsize: read.whole('elemsize', 0xff),
    bucketsize: read.whole('bucketsize', 0xffff),
    flags: read.whole('flags', 0xffffffff),
    check: read.list('check').map(toCheck),
  };
  checkExtent(header, image.length);
  return header;
}

function checkExtent(header: ImageHeader, length: number): void {
  const { base, size, hmap } = header;
  if (size !== length || size % IMAGE_PAGE !== 0) {
    throw new ImageError(
      `an image's size is its length and a multiple of ${IMAGE_PAGE}: it says ${size}, there are ${length} bytes`,
    );
  }
  try {
    checkBase(base, size);
  } catch (error) {
    throw new ImageError((error as Error).message);
  }
  if (hmap < base || hmap + BigInt(HMAP_SIZE) > base + BigInt(size)) {
    throw new ImageError(`hmap lies at ${wide(hmap)}, outside of the image`);
  }
}

/** The line of JSON, which ends with a line feed and has only zeros behind it. */
function parseLine(image: Uint8Array): Record<string, unknown> {
  if (!(image instanceof Uint8Array)) throw new TypeError('an image is a Uint8Array');
  const page = image.subarray(0, IMAGE_PAGE);
  const end = page.indexOf(0x0a);
  if (page.length < IMAGE_PAGE || end < 0 || page.subarray(end + 1).some((byte) => byte !== 0)) {
    throw new ImageError(`an image begins with a page of ${IMAGE_PAGE} bytes: a line of JSON, then zeros`);
  }
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(page.subarray(0, end)));
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ImageError('the first line of an image is an object in JSON');
}

/** Fields of an object in JSON, each read as what it must be. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(fields: Readonly<Record<string, unknown>>, where: string) {
    this.#fields = fields;
    this.#where = where;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value;
  }

  whole(name: string, max: number): number {
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
      throw this.#wrong(name, `a whole number from 0 to ${max}`);
    }
    return value;
  }

  wide(name: string): bigint {
    return toWide(this.#fields[name], name);
  }

  list(name: string, length?: number): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
      throw this.#wrong(name, length === undefined ? 'a list' : `a list of ${length}`);
    }
    return value;
  }

  #wrong(name: string, wanted: string): ImageError {
    return new ImageError(`${this.#where}: "${name}" is ${wanted}, got ${show(this.#fields[name])}`);
  }
}

function toWide(value: unknown, name: string): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{16}$/.test(value)) return BigInt(value);
  throw new ImageError(`the first page: "${name}" is written as 0x and 16 hex digits, got ${show(value)}`);
}

function toCheck(value: unknown): HashCheck {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const read = new Fields(fields, 'a hash check of the first page');
  const key = read.text('key');
  if (!/^([0-9a-f]{2})*$/.test(key))
    throw new ImageError(`a hash check's key is hex in lower case, got ${show(key)}`);
  return { key, seed: read.wide('seed'), hash: read.wide('hash') };
}

function show(value: unknown): string {
  return value === undefined ? 'none' : clip(JSON.stringify(value));
}

/**
 * Go type descriptors as bytes: a `maptype`, and the `_type` headers of its key, element and bucket.
 *
 * Source: Go 1.19 `runtime/type.go` (_type, maptype), `cmd/compile/internal/reflectdata/reflect.go`
 * (dcommontype, writeType), `runtime/typekind.go`. What is not modelled is zero, and no flag claims it is
 * there: names (`str`, tflagExtraStar), method data (tflagUncommon), `ptrToThis`, GC programs, and of key,
 * element and bucket whatever follows the 48 bytes.
 */
import { Equal, Hasher } from '../../assembly/shared/codes.ts';
import {
  MAPTYPE_BUCKET,
  MAPTYPE_BUCKETSIZE,
  MAPTYPE_ELEM,
  MAPTYPE_ELEMSIZE,
  MAPTYPE_FLAGS,
  MAPTYPE_HASHER,
  MAPTYPE_KEY,
  MAPTYPE_KEYSIZE,
  MAPTYPE_SIZE,
  PTR_SIZE,
  TYPE_ALIGN,
  TYPE_EQUAL,
  TYPE_FIELD_ALIGN,
  TYPE_GCDATA,
  TYPE_HASH,
  TYPE_HEADER_SIZE,
  TYPE_KIND,
  TYPE_PTRDATA,
  TYPE_SIZE_,
  TYPE_TFLAG,
} from '../../assembly/shared/golayout.ts';
import { Unsupported } from '../machine/errors.ts';
import type { Views } from '../machine/views.ts';
import { algOf, isRegularMemory } from './alg.ts';
import type { MapShape } from './mapshape.ts';
import type { GoType, Kind } from './model.ts';
import { pointerMask } from './pointers.ts';

/** `reflect.Kind` numbers. */
const KIND_NUMBERS: { readonly [K in Kind]: number } = {
  bool: 1,
  int: 2,
  int8: 3,
  int16: 4,
  int32: 5,
  int64: 6,
  uint: 7,
  uint8: 8,
  uint16: 9,
  uint32: 10,
  uint64: 11,
  uintptr: 12,
  float32: 13,
  float64: 14,
  complex64: 15,
  complex128: 16,
  array: 17,
  chan: 18,
  func: 19,
  interface: 20,
  map: 21,
  pointer: 22,
  slice: 23,
  string: 24,
  struct: 25,
  'unsafe.Pointer': 26,
};
/** The value is one pointer, held in an interface's data word itself. */
const KIND_DIRECT_IFACE = 1 << 5;
/** `gcdata` is a program, not a bitmap. */
const KIND_GC_PROG = 1 << 6;
const TFLAG_NAMED = 1 << 2;
const TFLAG_REGULAR_MEMORY = 1 << 3;

/** Where descriptors go: read-only data of the emulated program. */
export interface DescriptorPlace {
  readonly views: Views;
  /** Room for `size` bytes at a multiple of `align`: a linear offset. Sizes stay below 2,100 bytes. */
  allocate(size: number, align: number): number;
  /** The emulated address of a linear offset in this place. */
  toAddress(offset: number): bigint;
  /** What has been written there before, by a key of this module's: identical types share one descriptor. */
  readonly written: Map<string, number>;
}

/** Linear offsets of what `writeMapType` wrote or found. */
export interface MapDescriptor {
  readonly maptype: number;
  readonly key: number;
  readonly elem: number;
  readonly bucket: number;
}

/** The hasher of a key type; undefined where this version has none. */
export function hasherOf(key: GoType): Hasher | undefined {
  const alg = algOf(key);
  switch (alg) {
    case 'AMEM32':
      return Hasher.Mem32;
    case 'AMEM64':
      return Hasher.Mem64;
    case 'ASTRING':
      return Hasher.Str;
    default:
      return alg.startsWith('AMEM') ? Hasher.Mem : undefined;
  }
}

/** How two values are compared; undefined where this version has no such comparison. */
function equalOf(type: GoType): Equal | undefined {
  const alg = algOf(type);
  if (alg === 'ASTRING') return Equal.String;
  return alg.startsWith('AMEM') ? Equal.Memory : undefined;
}

/**
 * Refuses key types that Go takes and this version doesn't.
 * @throws Unsupported naming the type and what works
 */
export function requireSupportedKey(type: GoType): void {
  if (hasherOf(type) !== undefined) return;
  const text = type.string.length > 60 ? `${type.string.slice(0, 60)}...` : type.string;
  const kind =
    KEY_PROBLEMS[algOf(type)] ??
    `${type.kind === 'array' ? 'an' : 'a'} ${type.kind} that is not plain memory`;
  throw new Unsupported(
    `keys of type ${text} (${kind}) do not work in this version; integers, bool, pointers, [N]byte, ` +
      'strings, and arrays and structs of plain memory without padding or blank fields do',
  );
}

const KEY_PROBLEMS: { readonly [alg: string]: string } = {
  AFLOAT32: 'a float',
  AFLOAT64: 'a float',
  ACPLX64: 'a complex number',
  ACPLX128: 'a complex number',
  AINTER: 'an interface',
  ANILINTER: 'an interface',
  ANOEQ: 'not comparable',
};

/**
 * Writes a map type's descriptor and those it points to, or finds them written before.
 * @param hasher takes the place of the key type's own, for tests that inject one
 * @throws Unsupported for a key type that this version has no hasher for
 */
export function writeMapType(shape: MapShape, place: DescriptorPlace, hasher?: Hasher): MapDescriptor {
  requireSupportedKey(shape.key);
  const hasherCode = hasher ?? hasherOf(shape.key) ?? 0;
  const key = writeHeader(shape.key, place);
  const elem = writeHeader(shape.elem, place);
  // gc marks a map's bucket noalg: to the runtime it is neither plain memory nor comparable.
  const bucket = writeHeader(shape.bucket, place, true);
  const maptype = shared(place, `maptype ${hasherCode} ${shape.type.string}`, () => {
    const at = place.allocate(MAPTYPE_SIZE, PTR_SIZE);
    fillHeader(shape.type, at, MAPTYPE_SIZE, place);
    const { u8, u16, u32, u64 } = place.views;
    u64[(at + MAPTYPE_KEY) >>> 3] = place.toAddress(key);
    u64[(at + MAPTYPE_ELEM) >>> 3] = place.toAddress(elem);
    u64[(at + MAPTYPE_BUCKET) >>> 3] = place.toAddress(bucket);
    u64[(at + MAPTYPE_HASHER) >>> 3] = BigInt(hasherCode);
    u8[at + MAPTYPE_KEYSIZE] = shape.keySize;
    u8[at + MAPTYPE_ELEMSIZE] = shape.elemSize;
    u16[(at + MAPTYPE_BUCKETSIZE) >>> 1] = shape.bucketSize;
    u32[(at + MAPTYPE_FLAGS) >>> 2] = shape.flags;
    return at;
  });
  return { maptype, key, elem, bucket };
}

function shared(place: DescriptorPlace, name: string, write: () => number): number {
  const known = place.written.get(name);
  if (known !== undefined) return known;
  const at = write();
  place.written.set(name, at);
  return at;
}

function writeHeader(type: GoType, place: DescriptorPlace, noalg = false): number {
  return shared(place, `type ${type.string}`, () => {
    const at = place.allocate(TYPE_HEADER_SIZE, PTR_SIZE);
    fillHeader(type, at, TYPE_HEADER_SIZE, place, noalg);
    return at;
  });
}

/** Fills the 48 bytes of a `_type`, and zeroes the rest of `room`. */
function fillHeader(type: GoType, at: number, room: number, place: DescriptorPlace, noalg = false): void {
  const { u8, u32, u64 } = place.views;
  const mask = pointerMask(type);
  const gcdata = mask === undefined || mask.length === 0 ? 0n : place.toAddress(writeMask(mask, place));
  u8.fill(0, at, at + room);
  u64[(at + TYPE_SIZE_) >>> 3] = BigInt(type.size);
  u64[(at + TYPE_PTRDATA) >>> 3] = BigInt(type.ptrdata);
  u32[(at + TYPE_HASH) >>> 2] = fnv1(type.string);
  u8[at + TYPE_TFLAG] =
    (type.named ? TFLAG_NAMED : 0) | (!noalg && isRegularMemory(type) ? TFLAG_REGULAR_MEMORY : 0);
  u8[at + TYPE_ALIGN] = type.align;
  u8[at + TYPE_FIELD_ALIGN] = type.fieldAlign;
  u8[at + TYPE_KIND] =
    KIND_NUMBERS[type.kind] |
    (isDirectIface(type) ? KIND_DIRECT_IFACE : 0) |
    (mask === undefined ? KIND_GC_PROG : 0);
  // Zero is Go's "cannot be compared". Comparisons that this version lacks are zero too: they are the
  // element's, which a map never compares.
  u64[(at + TYPE_EQUAL) >>> 3] = BigInt(noalg ? 0 : (equalOf(type) ?? 0));
  u64[(at + TYPE_GCDATA) >>> 3] = gcdata;
}

/** Bitmaps are shared by content, as the linker merges Go's `runtime.gcbits` symbols. */
function writeMask(mask: Uint8Array, place: DescriptorPlace): number {
  const hex = Array.from(mask, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return shared(place, `gcbits ${hex}`, () => {
    const at = place.allocate(mask.length, 1);
    place.views.u8.set(mask, at);
    return at;
  });
}

/** Whether a value is exactly one pointer (`types.IsDirectIface`). */
function isDirectIface(type: GoType): boolean {
  switch (type.kind) {
    case 'pointer':
    case 'chan':
    case 'map':
    case 'func':
    case 'unsafe.Pointer':
      return true;
    case 'array':
      return type.length === 1 && isDirectIface(type.elem);
    case 'struct': {
      const only = type.fields[0];
      return type.fields.length === 1 && only !== undefined && isDirectIface(only.type);
    }
    default:
      return false;
  }
}

/** FNV-1 of a text's UTF-8 bytes, 32 bits: stands in for gc's type hash, which is cut from an MD5. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

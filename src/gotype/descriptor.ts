/**
 * Go type descriptors as bytes: a `maptype`, and the `_type` headers of its key, element and bucket.
 *
 * Source: Go 1.19 `runtime/type.go` (_type, maptype), `cmd/compile/internal/reflectdata/reflect.go`
 * (dcommontype, writeType), `runtime/typekind.go`. What is not modelled is zero, and no flag claims it is
 * there: names (`str`, tflagExtraStar), method data (tflagUncommon), `ptrToThis`, and of key, element and bucket
 * whatever follows the 48 bytes. One thing is claimed and not there: the program of a type that has one.
 */
import { Equal, Hasher } from '../../assembly/shared/codes.ts';
import {
  ITAB_FUN,
  ITAB_HASH,
  ITAB_INTER,
  ITAB_TYPE,
  KIND_DIRECT_IFACE,
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
import {
  ITAB_MAGIC_VALUE,
  TYPE_MAGIC,
  TYPE_MAGIC_VALUE,
  TYPE_OWNED,
  TYPE_OWNED_COUNT,
  TYPE_PREFIX,
} from '../../assembly/shared/hostlayout.ts';
import type { Views } from '../machine/views.ts';
import type { Release } from '../profile/index.ts';
import { algOf, isRegularMemory } from './alg.ts';
import { isDirectIface } from './direct.ts';
import type { MapShape } from './mapshape.ts';
import type { GoType, InterfaceType, Kind } from './model.ts';
import { pointerMask, programPtrdata } from './pointers.ts';
import { type HashedBy, programOf } from './program.ts';

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
/** `gcdata` is a program, not a bitmap. */
const KIND_GC_PROG = 1 << 6;
const TFLAG_NAMED = 1 << 2;
const TFLAG_REGULAR_MEMORY = 1 << 3;
/** `gcdata` is the place of a bitmap that is made when it is needed. */
const TFLAG_GC_MASK_ON_DEMAND = 1 << 4;

/** Where descriptors go: read-only data of the emulated program. */
export interface DescriptorPlace {
  readonly views: Views;
  /** Room for `size` bytes at a multiple of `align`: a linear offset. Sizes stay below 2,100 bytes. */
  allocate(size: number, align: number): number;
  /** The emulated address of a linear offset in this place. */
  toAddress(offset: number): bigint;
  /** What has been written there before, by a key of this module's: identical types share one descriptor. */
  readonly written: Map<string, number>;
  /** How a type is described that has too many words of pointer data for a bitmap. */
  readonly largeMasks: Release['largeMasks'];
  /** Which type is described where. */
  readonly types: Map<number, GoType>;
  /** The list of what a value of a type owns. */
  owned(type: GoType): { readonly at: number; readonly count: number };
}

/** Linear offsets of what `writeMapType` wrote or found. */
export interface MapDescriptor {
  readonly maptype: number;
  readonly key: number;
  readonly elem: number;
  readonly bucket: number;
}

/** The hasher of a key type. */
export function hasherOf(key: GoType): Hasher {
  const alg = algOf(key);
  switch (alg) {
    case 'AMEM32':
      return Hasher.Mem32;
    case 'AMEM64':
      return Hasher.Mem64;
    case 'ASTRING':
      return Hasher.Str;
    case 'AFLOAT32':
      return Hasher.Float32;
    case 'AFLOAT64':
      return Hasher.Float64;
    default:
      return alg.startsWith('AMEM') ? Hasher.Mem : Hasher.Program;
  }
}

/** How two values are compared; undefined where Go has no such comparison. */
function equalOf(type: GoType): Equal | undefined {
  const alg = algOf(type);
  switch (alg) {
    case 'ANOEQ':
      return undefined;
    case 'ASTRING':
      return Equal.String;
    case 'AFLOAT32':
      return Equal.Float32;
    case 'AFLOAT64':
      return Equal.Float64;
    default:
      return alg.startsWith('AMEM') ? Equal.Memory : Equal.Program;
  }
}

/**
 * Writes a map type's descriptor and those it points to, or finds them written before.
 * @param hasher takes the place of the key type's own, for tests that inject one
 * @throws OutOfMemory if the program's read-only data is full
 */
export function writeMapType(shape: MapShape, place: DescriptorPlace, hasher?: Hasher): MapDescriptor {
  const hasherCode = hasher ?? hasherOf(shape.key);
  const key = writeType(shape.key, place);
  const elem = writeType(shape.elem, place);
  // gc marks a map's bucket noalg: to the runtime it is neither plain memory nor comparable.
  const bucket = writeType(shape.bucket, place, true);
  const maptype = shared(place, `maptype ${hasherCode} ${shape.type.string}`, () => {
    const at = place.allocate(MAPTYPE_SIZE, PTR_SIZE);
    fillHeader(shape.type, at, MAPTYPE_SIZE, place);
    const { u8, u16, u32, u64 } = place.views;
    u64[(at + MAPTYPE_KEY) >>> 3] = place.toAddress(key);
    u64[(at + MAPTYPE_ELEM) >>> 3] = place.toAddress(elem);
    u64[(at + MAPTYPE_BUCKET) >>> 3] = place.toAddress(bucket);
    u32[(at + MAPTYPE_HASHER) >>> 2] = hasherCode;
    u32[(at + MAPTYPE_HASHER + 4) >>> 2] = writeProgram(shape.key, 'compiler', place);
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

/** Writes the descriptor of a type, or finds it written before: its linear offset. */
export function writeType(type: GoType, place: DescriptorPlace, noalg = false): number {
  return shared(place, `type ${type.string}`, () => {
    const at = place.allocate(TYPE_PREFIX + TYPE_HEADER_SIZE, PTR_SIZE) + TYPE_PREFIX;
    const owned = noalg ? { at: 0, count: 0 } : place.owned(type);
    fillHeader(type, at, TYPE_HEADER_SIZE, place, noalg);
    prefix(at, TYPE_MAGIC_VALUE, owned, place);
    place.types.set(at, type);
    return at;
  });
}

/** Writes the itab of an interface with methods and a type that has them. The methods' code is not modelled. */
export function writeItab(inter: InterfaceType, type: GoType, place: DescriptorPlace): number {
  return shared(place, `itab ${inter.string},${type.string}`, () => {
    const interAt = writeType(inter, place);
    const typeAt = writeType(type, place);
    const size = ITAB_FUN + PTR_SIZE * inter.methods.length;
    const at = place.allocate(TYPE_PREFIX + size, PTR_SIZE) + TYPE_PREFIX;
    const { u8, u32, u64 } = place.views;
    u8.fill(0, at, at + size);
    prefix(at, ITAB_MAGIC_VALUE, { at: 0, count: 0 }, place);
    u64[(at + ITAB_INTER) >>> 3] = place.toAddress(interAt);
    u64[(at + ITAB_TYPE) >>> 3] = place.toAddress(typeAt);
    u32[(at + ITAB_HASH) >>> 2] = u32[(typeAt + TYPE_HASH) >>> 2] as number;
    place.types.set(at, type);
    return at;
  });
}

/** What the core wants to know of a descriptor lies before it. */
function prefix(
  at: number,
  magic: number,
  owned: { readonly at: number; readonly count: number },
  place: DescriptorPlace,
): void {
  const { u32 } = place.views;
  u32[(at + TYPE_MAGIC) >>> 2] = at ^ magic;
  u32[(at + TYPE_OWNED) >>> 2] = owned.at;
  u32[(at + TYPE_OWNED_COUNT) >>> 2] = owned.count;
}

/** Writes the program of a type that is hashed part by part: its linear offset, or 0 for other types. */
function writeProgram(type: GoType, by: HashedBy, place: DescriptorPlace): number {
  if (equalOf(type) !== Equal.Program) return 0;
  return shared(place, `program ${by} ${type.string}`, () => {
    const program = programOf(type, by);
    const at = place.allocate(4 * (1 + program.length), PTR_SIZE);
    place.views.u32.set([program.length / 3, ...program], at >>> 2);
    return at;
  });
}

/** Fills the 48 bytes of a `_type`, and zeroes the rest of `room`. */
function fillHeader(type: GoType, at: number, room: number, place: DescriptorPlace, noalg = false): void {
  const { u8, u32, u64 } = place.views;
  const mask = pointerMask(type);
  const byProgram = mask === undefined && place.largeMasks === 'program';
  const onDemand = mask === undefined && !byProgram;
  const gcdata = onDemand ? writeSlot(type, place) : mask?.length ? writeMask(mask, place) : 0;
  u8.fill(0, at, at + room);
  u64[(at + TYPE_SIZE_) >>> 3] = BigInt(type.size);
  u64[(at + TYPE_PTRDATA) >>> 3] = BigInt(byProgram ? programPtrdata(type) : type.ptrdata);
  u32[(at + TYPE_HASH) >>> 2] = fnv1(type.string);
  u8[at + TYPE_TFLAG] =
    (type.named ? TFLAG_NAMED : 0) |
    (!noalg && isRegularMemory(type) ? TFLAG_REGULAR_MEMORY : 0) |
    (onDemand ? TFLAG_GC_MASK_ON_DEMAND : 0);
  u8[at + TYPE_ALIGN] = type.align;
  u8[at + TYPE_FIELD_ALIGN] = type.fieldAlign;
  u8[at + TYPE_KIND] =
    KIND_NUMBERS[type.kind] | (isDirectIface(type) ? KIND_DIRECT_IFACE : 0) | (byProgram ? KIND_GC_PROG : 0);
  // Zero is Go's "cannot be compared".
  u32[(at + TYPE_EQUAL) >>> 2] = noalg ? 0 : (equalOf(type) ?? 0);
  u32[(at + TYPE_EQUAL + 4) >>> 2] = noalg ? 0 : writeProgram(type, 'runtime', place);
  u64[(at + TYPE_GCDATA) >>> 3] = gcdata === 0 ? 0n : place.toAddress(gcdata);
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

/** The word that will lead to a bitmap made on demand: nil, as in a process that has not asked for it. */
function writeSlot(type: GoType, place: DescriptorPlace): number {
  return shared(place, `gcmask ${type.string}`, () => {
    const at = place.allocate(PTR_SIZE, PTR_SIZE);
    place.views.u64[at >>> 3] = 0n;
    return at;
  });
}

const encoder = new TextEncoder();

/** FNV-1 of a text's UTF-8 bytes, 32 bits: stands in for gc's type hash, which is cut from an MD5. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

/**
 * The shape of a map type: its slots, its bucket and its flags.
 *
 * The bucket is laid out twice, by the formula 8 + 8 k + 8 e + 8 and as a Go struct, and the two must agree.
 * Source: Go 1.19 `cmd/compile/internal/reflectdata/reflect.go` (MapBucketType, writeType).
 */
import type { MapPath } from '../../assembly/shared/codes.ts';
import {
  BUCKET_CNT,
  BUCKET_DATA,
  MAPTYPE_HASH_MIGHT_PANIC,
  MAPTYPE_INDIRECT_ELEM,
  MAPTYPE_INDIRECT_KEY,
  MAPTYPE_NEED_KEY_UPDATE,
  MAPTYPE_REFLEXIVE_KEY,
  MAX_INLINE_ELEM,
  MAX_INLINE_KEY,
  PTR_SIZE,
} from '../../assembly/shared/golayout.ts';
import { type AlgKind, algOf, hashMightPanic, isReflexive, mapPath, needKeyUpdate } from './alg.ts';
import { arrayOf, BASIC, pointerTo, structOf } from './construct.ts';
import type { GoType, MapType, StructType } from './model.ts';

/** Bytes that belong to no field. */
export interface Hole {
  readonly offset: number;
  readonly length: number;
}

/** Sizes and offsets are in bytes. */
export interface MapShape {
  readonly type: MapType;
  readonly key: GoType;
  readonly elem: GoType;
  /** Size of a key's slot: that of a pointer if the key is held by pointer. */
  readonly keySize: number;
  /** Size of an element's slot: that of a pointer if the element is held by pointer. */
  readonly elemSize: number;
  readonly keyIndirect: boolean;
  readonly elemIndirect: boolean;
  /** Offset of the first key's slot in a bucket. */
  readonly keyOffset: number;
  /** Offset of the first element's slot in a bucket. */
  readonly elemOffset: number;
  /** Offset of the overflow word in a bucket: always its last word. */
  readonly overflowOffset: number;
  readonly bucketSize: number;
  readonly bucketAlign: number;
  /** Bytes of the bucket's prefix that holds all pointers: 0 or the whole bucket. */
  readonly bucketPtrdata: number;
  /** Whether the collector looks into buckets. If not, the overflow word is a plain number to it. */
  readonly bucketHasPointers: boolean;
  /** The bucket as a Go struct. */
  readonly bucket: StructType;
  /** `maptype.flags`. */
  readonly flags: number;
  /** How keys are compared and hashed. */
  readonly keyAlg: AlgKind;
  /** Which of the runtime's specialised functions the compiler calls. */
  readonly path: MapPath;
}

/** The shape of a map type. */
export function mapShape(type: MapType): MapShape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    shape = layOut(type);
    shapes.set(type, shape);
  }
  return shape;
}

/** A program that makes a map for each piece of its work makes many of one type. */
const shapes = new WeakMap<MapType, MapShape>();

function layOut(type: MapType): MapShape {
  const { key, elem } = type;
  const keyIndirect = key.size > MAX_INLINE_KEY;
  const elemIndirect = elem.size > MAX_INLINE_ELEM;
  const keySlot = keyIndirect ? pointerTo(key) : key;
  const elemSlot = elemIndirect ? pointerTo(elem) : elem;
  const elemOffset = BUCKET_DATA + BUCKET_CNT * keySlot.size;
  const overflowOffset = elemOffset + BUCKET_CNT * elemSlot.size;
  const bucket = bucketType(type, keySlot, elemSlot);
  const bucketSize = overflowOffset + PTR_SIZE;
  if (bucket.size !== bucketSize || bucket.fields[3]?.offset !== overflowOffset) {
    throw new Error(`the two layouts of ${bucket.string} disagree: ${bucket.size} and ${bucketSize} bytes`);
  }
  return {
    type,
    key,
    elem,
    keySize: keySlot.size,
    elemSize: elemSlot.size,
    keyIndirect,
    elemIndirect,
    keyOffset: BUCKET_DATA,
    elemOffset,
    overflowOffset,
    bucketSize,
    bucketAlign: bucket.align,
    bucketPtrdata: bucket.ptrdata,
    bucketHasPointers: bucket.ptrdata > 0,
    bucket,
    flags: flagsOf(key, keyIndirect, elemIndirect),
    keyAlg: algOf(key),
    path: mapPath(key, elem),
  };
}

/**
 * A bucket as gc declares it. If neither slot holds pointers the overflow word is a uintptr, so that the
 * collector skips the bucket; the map then keeps overflow buckets alive in a list.
 */
function bucketType(type: MapType, keySlot: GoType, elemSlot: GoType): StructType {
  const pointers = keySlot.ptrdata > 0 || elemSlot.ptrdata > 0;
  return structOf(
    [
      { name: 'topbits', type: arrayOf(BUCKET_CNT, BASIC.uint8) },
      { name: 'keys', type: arrayOf(BUCKET_CNT, keySlot) },
      { name: 'elems', type: arrayOf(BUCKET_CNT, elemSlot) },
      { name: 'overflow', type: pointers ? BASIC['unsafe.Pointer'] : BASIC.uintptr },
    ],
    `map.bucket[${type.key.string}]${type.elem.string}`,
  );
}

function flagsOf(key: GoType, keyIndirect: boolean, elemIndirect: boolean): number {
  return (
    (keyIndirect ? MAPTYPE_INDIRECT_KEY : 0) |
    (elemIndirect ? MAPTYPE_INDIRECT_ELEM : 0) |
    (isReflexive(key) ? MAPTYPE_REFLEXIVE_KEY : 0) |
    (needKeyUpdate(key) ? MAPTYPE_NEED_KEY_UPDATE : 0) |
    (hashMightPanic(key) ? MAPTYPE_HASH_MIGHT_PANIC : 0)
  );
}

/** More holes than this are not listed. */
const MAX_HOLES = 65536;

/**
 * The holes of a value: bytes between, and after, the fields of its structs. Blank fields are fields.
 * Neighbouring holes are joined; at most 65,536 are listed.
 */
export function holesOf(type: GoType): Hole[] {
  const holes: Hole[] = [];
  collectHoles(type, 0, holes);
  return holes;
}

/** Whether a value has any byte that belongs to no field. */
export function hasHoles(type: GoType): boolean {
  if (type.kind === 'array') return type.length > 0 && hasHoles(type.elem);
  if (type.kind !== 'struct') return false;
  const covered = type.fields.reduce((sum, field) => sum + field.type.size, 0);
  return covered < type.size || type.fields.some((field) => hasHoles(field.type));
}

function collectHoles(type: GoType, at: number, holes: Hole[]): void {
  if (!hasHoles(type)) return;
  if (type.kind === 'array') {
    for (let i = 0; i < type.length && holes.length < MAX_HOLES; i++) {
      collectHoles(type.elem, at + i * type.elem.size, holes);
    }
  } else if (type.kind === 'struct') {
    let end = 0;
    for (const field of type.fields) {
      addHole(holes, at + end, at + field.offset);
      collectHoles(field.type, at + field.offset, holes);
      end = field.offset + field.type.size;
    }
    addHole(holes, at + end, at + type.size);
  }
}

function addHole(holes: Hole[], from: number, to: number): void {
  if (from >= to) return;
  const last = holes.at(-1);
  if (last !== undefined && last.offset + last.length === from) {
    holes[holes.length - 1] = { offset: last.offset, length: to - last.offset };
  } else if (holes.length < MAX_HOLES) {
    holes.push({ offset: from, length: to - from });
  }
}

/**
 * How the keys of a type are compared and hashed, and what follows for a map of them.
 * Source: Go 1.19 `cmd/compile/internal/types/alg.go` (AlgType, IsPaddedField), `reflectdata/alg.go`
 * (AlgType), `types/type.go` (IsReflexive), `reflectdata/reflect.go` (needkeyupdate, hashMightPanic),
 * `walk/walk.go` (mapfast).
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import { MAX_INLINE_ELEM } from '../../assembly/shared/golayout.ts';
import type { GoType, StructType } from './model.ts';

/** Go's AlgKind. AMEM0 to AMEM128 are plain memory of so many bits, AMEM of another size. */
export type AlgKind =
  | 'ANOEQ'
  | 'AMEM0'
  | 'AMEM8'
  | 'AMEM16'
  | 'AMEM32'
  | 'AMEM64'
  | 'AMEM128'
  | 'ASTRING'
  | 'AINTER'
  | 'ANILINTER'
  | 'AFLOAT32'
  | 'AFLOAT64'
  | 'ACPLX64'
  | 'ACPLX128'
  | 'AMEM'
  | 'ASPECIAL';

/** Plain memory by its size in bytes, where Go has functions of their own for it. */
const FIXED_MEMORY: ReadonlyMap<number, AlgKind> = new Map([
  [0, 'AMEM0'],
  [1, 'AMEM8'],
  [2, 'AMEM16'],
  [4, 'AMEM32'],
  [8, 'AMEM64'],
  [16, 'AMEM128'],
]);

/**
 * How values of a type are compared and hashed. A target whose processor needs aligned loads would keep
 * AMEM for, say, `[4]byte`; the emulated ones don't.
 */
export function algOf(type: GoType): AlgKind {
  const alg = plainAlg(type);
  return alg === 'AMEM' ? (FIXED_MEMORY.get(type.size) ?? 'AMEM') : alg;
}

/** Whether values are equal exactly if their bytes are (`compare.IsRegularMemory`). */
export function isRegularMemory(type: GoType): boolean {
  return plainAlg(type) === 'AMEM';
}

/** `types.AlgType`: all plain memory is AMEM here. */
function plainAlg(type: GoType): AlgKind {
  switch (type.kind) {
    case 'float32':
      return 'AFLOAT32';
    case 'float64':
      return 'AFLOAT64';
    case 'complex64':
      return 'ACPLX64';
    case 'complex128':
      return 'ACPLX128';
    case 'string':
      return 'ASTRING';
    case 'interface':
      return type.methods.length === 0 ? 'ANILINTER' : 'AINTER';
    case 'func':
    case 'map':
    case 'slice':
      return 'ANOEQ';
    case 'array': {
      const alg = plainAlg(type.elem);
      if (alg === 'AMEM' || alg === 'ANOEQ') return alg;
      if (type.length === 0) return 'AMEM';
      // An array of one is as its element.
      return type.length === 1 ? alg : 'ASPECIAL';
    }
    case 'struct':
      return structAlg(type);
    default:
      return 'AMEM';
  }
}

function structAlg(type: StructType): AlgKind {
  const { fields } = type;
  const only = fields[0];
  // A struct of one field is as that field, unless == skips the field because it is blank.
  if (fields.length === 1 && only !== undefined && only.name !== '_') return plainAlg(only.type);
  if (!type.comparable) return 'ANOEQ';
  const plain = fields.every(
    (field, i) => field.name !== '_' && plainAlg(field.type) === 'AMEM' && !isPadded(type, i),
  );
  return plain ? 'AMEM' : 'ASPECIAL';
}

/** Whether padding follows field number `i`. */
export function isPadded(type: StructType, i: number): boolean {
  const field = type.fields[i];
  if (field === undefined) return false;
  return field.offset + field.type.size !== (type.fields[i + 1]?.offset ?? type.size);
}

/** Whether `k == k` for every key: false of floats and interfaces, since a NaN is no key's equal. */
export function isReflexive(type: GoType): boolean {
  switch (type.kind) {
    case 'float32':
    case 'float64':
    case 'complex64':
    case 'complex128':
    case 'interface':
      return false;
    case 'array':
      return isReflexive(type.elem);
    case 'struct':
      return type.fields.every((field) => isReflexive(field.type));
    default:
      return true;
  }
}

/**
 * Whether an overwrite stores the key again: +0 and -0 are equal with different bytes, and equal strings
 * may keep different storage alive.
 */
export function needKeyUpdate(type: GoType): boolean {
  switch (type.kind) {
    case 'float32':
    case 'float64':
    case 'complex64':
    case 'complex128':
    case 'interface':
    case 'string':
      return true;
    case 'array':
      return needKeyUpdate(type.elem);
    case 'struct':
      return type.fields.some((field) => needKeyUpdate(field.type));
    default:
      return false;
  }
}

/** Whether hashing a key may panic: an interface may hold a value that has no `==`. */
export function hashMightPanic(type: GoType): boolean {
  switch (type.kind) {
    case 'interface':
      return true;
    case 'array':
      return hashMightPanic(type.elem);
    case 'struct':
      return type.fields.some((field) => hashMightPanic(field.type));
    default:
      return false;
  }
}

/** Which of the runtime's specialised map functions the compiler calls for a map type. */
export function mapPath(key: GoType, elem: GoType): MapPath {
  if (elem.size > MAX_INLINE_ELEM) return MapPath.Slow;
  switch (algOf(key)) {
    case 'AMEM32':
      // No pointer fits four bytes.
      return MapPath.Fast32;
    case 'AMEM64':
      return key.ptrdata > 0 ? MapPath.Fast64Ptr : MapPath.Fast64;
    case 'ASTRING':
      return MapPath.FastStr;
    default:
      return MapPath.Slow;
  }
}

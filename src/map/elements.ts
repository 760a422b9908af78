/**
 * Elements of the commonest types, without a call of their codec: one site that calls the codecs of many
 * types costs a lookup about as much as the lookup itself, and a codec that checks a bigint by two
 * comparisons more than one does.
 */
import type { Codec, GoType } from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';

/** How an element is read and written: by a view of the memory, or by its codec. */
export type ElemForm = 0 | 1 | 2 | 3 | 4 | 5;
const BY_CODEC = 0;
const INT64 = 1;
const UINT64 = 2;
const FLOAT64 = 3;
const INT32 = 4;
const UINT32 = 5;

/** A comparison with a bigint of another length or sign ends at once: before the smallest uint64, behind the largest. */
const BEFORE_U64 = -1n;
const END_U64 = 2n ** 64n;

/** The form of elements of a type. */
export function elemForm(type: GoType): ElemForm {
  switch (type.kind) {
    case 'int':
    case 'int64':
      return INT64;
    case 'uint':
    case 'uint64':
    case 'uintptr':
      return UINT64;
    case 'float64':
      return FLOAT64;
    case 'int32':
      return INT32;
    case 'uint32':
      return UINT32;
    default:
      return BY_CODEC;
  }
}

/**
 * Whether a bigint fits int64. Where all of them do, engines compare as machine words: a site that also
 * sees larger ones, as one shared with uint64 would, costs six times as much.
 */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/**
 * Whether a bigint fits uint64. Two comparisons, each a call of some 2 ns, cost less than making the truncated
 * bigint to compare with; a word of memory whose sign tells small numbers, for which that is cheaper, costs more
 * than it saves; shifts, masks and `Number()` cost three times as much.
 */
export function fitsUint64(value: bigint): boolean {
  return value > BEFORE_U64 && value < END_U64;
}

/** `codec.take(value)`. */
export function takeElem<V>(form: ElemForm, codec: Codec<V>, value: unknown): V {
  switch (form) {
    case INT64:
      if (typeof value === 'bigint' && fitsInt64(value)) return value as V;
      break;
    case UINT64:
      if (typeof value === 'bigint' && fitsUint64(value)) return value as V;
      break;
    case FLOAT64:
      if (typeof value === 'number') return value as V;
      break;
    case INT32:
      if (typeof value === 'number' && (value | 0) === value) return value as V;
      break;
    case UINT32:
      if (typeof value === 'number' && value >>> 0 === value) return value as V;
      break;
  }
  return codec.take(value);
}

/** `codec.read(machine, at)`. */
export function readElem<V>(form: ElemForm, codec: Codec<V>, machine: Machine, at: number): V {
  switch (form) {
    case INT64:
      return machine.i64[at >>> 3] as V;
    case UINT64:
      return machine.u64[at >>> 3] as V;
    case FLOAT64:
      return machine.f64[at >>> 3] as V;
    case INT32:
      return machine.i32[at >>> 2] as V;
    case UINT32:
      return machine.u32[at >>> 2] as V;
    default:
      return codec.read(machine, at);
  }
}

/** `codec.write(machine, at, value)` of a value that `takeElem` has passed. */
export function writeElem<V>(form: ElemForm, codec: Codec<V>, machine: Machine, at: number, value: V): void {
  switch (form) {
    case INT64:
      machine.i64[at >>> 3] = value as bigint;
      break;
    case UINT64:
      machine.u64[at >>> 3] = value as bigint;
      break;
    case FLOAT64:
      machine.f64[at >>> 3] = value as number;
      break;
    case INT32:
      machine.i32[at >>> 2] = value as number;
      break;
    case UINT32:
      machine.u32[at >>> 2] = value as number;
      break;
    default:
      codec.write(machine, at, value);
  }
}

/** The codec of each type, and typed arrays for columns of values. */
import { BASIC } from '../construct.ts';
import type { GoType } from '../model.ts';
import type { Codec } from './codec.ts';
import { ArrayCodec, BytesCodec, SliceCodec, StructCodec } from './composite.ts';
import { FLOAT_CODECS } from './floats.ts';
import { AddressCodec, INTEGER_CODECS } from './integers.ts';
import { InterfaceCodec } from './interface.ts';
import { StringCodec } from './strings.ts';

export type { Codec } from './codec.ts';
export type { SliceValue, StructValue } from './composite.ts';
export type { Complex } from './floats.ts';
export type { InterfaceValue } from './interface.ts';
export {
  checkString,
  decodeString,
  encodedBound,
  encodedLength,
  encodeString,
  encodeText,
  isBytes,
  type StringValue,
} from './strings.ts';

const codecs = new WeakMap<GoType, Codec>();
const stringCodec = new StringCodec();
const addressCodec = new AddressCodec(BASIC['unsafe.Pointer']);

/** The codec of a type; the same object for the same type object. */
export function codecFor(type: GoType): Codec {
  const known = codecs.get(type);
  if (known !== undefined) return known;
  const made = makeCodec(type);
  codecs.set(type, made);
  return made;
}

function makeCodec(type: GoType): Codec {
  switch (type.kind) {
    case 'float32':
    case 'float64':
    case 'complex64':
    case 'complex128':
      return FLOAT_CODECS[type.kind];
    case 'string':
      return stringCodec;
    case 'unsafe.Pointer':
      return addressCodec;
    case 'pointer':
    case 'chan':
    case 'func':
    case 'map':
      return new AddressCodec(type);
    case 'array':
      if (type.elem.kind === 'uint8') return new BytesCodec(type);
      return new ArrayCodec(type, codecFor(type.elem));
    case 'struct':
      return new StructCodec(type, codecFor);
    case 'slice':
      return new SliceCodec(type, addressCodec, INTEGER_CODECS.int);
    case 'interface':
      return new InterfaceCodec(type, codecFor);
    default:
      return INTEGER_CODECS[type.kind];
  }
}

/** The constructors of the typed arrays that columns may be. */
export type ColumnArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/**
 * The typed array whose elements have the bytes of a type's values, or undefined where none has: it exists
 * for bool, integers, floats and whatever is one address.
 */
export function columnArray(type: GoType): ColumnArrayConstructor | undefined {
  switch (type.kind) {
    case 'int8':
      return Int8Array;
    case 'bool':
    case 'uint8':
      return Uint8Array;
    case 'int16':
      return Int16Array;
    case 'uint16':
      return Uint16Array;
    case 'int32':
      return Int32Array;
    case 'uint32':
      return Uint32Array;
    case 'int':
    case 'int64':
      return BigInt64Array;
    case 'uint':
    case 'uint64':
    case 'uintptr':
    case 'unsafe.Pointer':
    case 'pointer':
    case 'chan':
    case 'func':
    case 'map':
      return BigUint64Array;
    case 'float32':
      return Float32Array;
    case 'float64':
      return Float64Array;
    default:
      return undefined;
  }
}

/** From bytes to JavaScript values, by a C type. Both targets are little-endian. */
import { type CFloat, type CInt, type CType, integerOf } from './model.ts';

/**
 * What a C value is in JavaScript: integers up to 32 bits, floats and enums are numbers, wider integers and
 * pointers bigints, `_Bool` a boolean. What has no JavaScript number (`long double`, `_Float128`) is its bytes.
 * Arrays are arrays, those of `char` and `unsigned char` bytes; structs and unions are objects without a prototype.
 */
export type CValue =
  | number
  | bigint
  | boolean
  | Uint8Array
  | CValue[]
  | { readonly re: number | Uint8Array; readonly im: number | Uint8Array }
  | CStruct;

/** Members by name; those that the bytes do not reach are not in it. */
export interface CStruct {
  readonly [member: string]: CValue;
}

/** The bytes as one unsigned number. */
export function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** An integer of so many bits, as its type has it. */
export function integerValue(raw: bigint, bits: number, type: CInt): number | bigint | boolean {
  if (type.bool) return raw !== 0n;
  const value = type.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
  return type.size <= 4 ? Number(value) : value;
}

/** A value that has no parts, from exactly its bytes; undefined for a type that has parts or no values. */
export function scalarValue(type: CType, bytes: Uint8Array): CValue | undefined {
  const integer = integerOf(type);
  if (integer !== undefined) return integerValue(littleEndian(bytes), integer.size * 8, integer);
  switch (type.kind) {
    case 'pointer':
      return littleEndian(bytes);
    case 'float':
      return floatValue(type, bytes);
    case 'complex': {
      const { part } = type;
      return {
        re: floatValue(part, bytes.subarray(0, part.size)),
        im: floatValue(part, bytes.subarray(part.size)),
      };
    }
    default:
      return undefined;
  }
}

function floatValue({ format }: CFloat, bytes: Uint8Array): number | Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'binary16':
      return half(view.getUint16(0, true));
    case 'binary32':
      return view.getFloat32(0, true);
    case 'binary64':
      return view.getFloat64(0, true);
    default:
      return bytes.slice();
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 of the exponent, 10 of the fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

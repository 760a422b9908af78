/**
 * Go strings: the bytes of JavaScript strings and back, and the codec of the 16-byte header.
 *
 * A Go string is any bytes. Valid UTF-8 comes out as a `string`, a leading byte order mark kept; anything
 * else as a `Uint8Array`, so that two different Go strings never come out equal.
 */
import { STRING_LEN, STRING_SIZE, STRING_STR } from '../../../assembly/shared/golayout.ts';
import type { ValueMemory } from '../../machine/views.ts';
import { BASIC } from '../construct.ts';
import { GoValueTypeError } from '../errors.ts';
import type { BasicType } from '../model.ts';
import { type Codec, wrongKind } from './codec.ts';

/** What a Go string is in JavaScript; going in, either form is taken for any bytes. */
export type StringValue = string | Uint8Array;

/** Up to this many bytes are decoded here: the call of a decoder costs more. */
const DECODE_HERE = 24;
/** Up to this many characters are encoded here, if they are ASCII. */
const ENCODE_HERE = 40;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** One array a length, kept, so that decoding a short string allocates nothing but the string. */
const codes: readonly number[][] = Array.from({ length: DECODE_HERE + 1 }, (_, n) =>
  new Array<number>(n).fill(0),
);
const fromCodes = String.fromCharCode;

/** Whether a value is a Uint8Array, of this realm or another. */
export function isBytes(value: unknown): value is Uint8Array {
  if (value instanceof Uint8Array) return true;
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

const lengthOfTyped = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')
  ?.get as () => number;

/** How many bytes an array really has: a subclass may say something else. */
export function bytesLength(bytes: Uint8Array): number {
  return lengthOfTyped.call(bytes);
}

/** The most bytes that a value may take: what `encodeString` needs room for. Costs nothing. */
export function encodedBound(value: StringValue): number {
  return typeof value === 'string' ? value.length * 3 : value.length;
}

/** The bytes that a value takes, exactly; -1 for a string with a lone surrogate, which UTF-8 can't hold. */
export function encodedLength(value: StringValue): number {
  if (typeof value !== 'string') return value.length;
  let bytes = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else {
      const low = value.charCodeAt(i + 1);
      // NaN, past the end, is no low surrogate either.
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
      // A pair of units gives four bytes.
      bytes += 2;
      i += 1;
    }
  }
  return bytes;
}

/**
 * Writes a value's bytes at `at` of `into`, which has room for `encodedBound(value)` of them, or for
 * `encodedLength(value)`.
 * @returns how many bytes, or -1, and nothing that counts written, for a string with a lone surrogate
 */
export function encodeString(value: StringValue, into: Uint8Array, at: number): number {
  if (typeof value !== 'string') {
    into.set(value, at);
    return value.length;
  }
  const { length } = value;
  if (length <= ENCODE_HERE) {
    let i = 0;
    for (; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) break;
      into[at + i] = unit;
    }
    if (i === length) return length;
  }
  return encodeText(value, into.subarray(at));
}

/**
 * Writes a string's bytes at the beginning of `into`, as `encodeString` does. Takes the same 80 ns for 24
 * characters and for 200, where a loop takes 2 ns a character, and 50 more where the subarray is to be made.
 */
export function encodeText(text: string, into: Uint8Array): number {
  return text.isWellFormed() ? encoder.encodeInto(text, into).written : -1;
}

/** The string that `length` bytes at `at` are: a `string` if they are valid UTF-8, else a copy of them. */
export function decodeString(u8: Uint8Array, at: number, length: number): StringValue {
  if (length <= DECODE_HERE) {
    const units = codes[length] as number[];
    let all = 0;
    for (let i = 0; i < length; i++) {
      const byte = u8[at + i] as number;
      all |= byte;
      units[i] = byte;
    }
    if (all < 0x80) return length === 1 ? fromCodes(all) : fromCodes.apply(null, units);
  }
  const bytes = u8.subarray(at, at + length);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    // Only this is the bytes' fault; running out of memory, say, is not.
    if (error instanceof TypeError) return bytes.slice();
    throw error;
  }
}

/** @throws GoValueTypeError for whatever is neither a well-formed string nor bytes */
export function checkString(value: unknown, type = 'string'): asserts value is StringValue {
  if (typeof value === 'string') {
    if (encodedLength(value) < 0) throw loneSurrogate(type);
  } else if (!isBytes(value)) {
    wrongKind(type, 'a string, or a Uint8Array of its bytes', value);
  }
}

function loneSurrogate(type: string): GoValueTypeError {
  return new GoValueTypeError(
    `${type} takes well-formed text: this string has a lone surrogate, which UTF-8 cannot hold; ` +
      'give a Uint8Array of the bytes that are meant',
  );
}

export class StringCodec implements Codec<StringValue> {
  readonly type: BasicType = BASIC.string;
  readonly size = STRING_SIZE;
  // Bytes can change; strings can't. `take` copies only the former.
  readonly primitive = false;
  check(value: unknown): void {
    checkString(value);
  }
  take(value: unknown): StringValue {
    checkString(value);
    return typeof value === 'string' ? value : new Uint8Array(value as Uint8Array);
  }
  read(mem: ValueMemory, at: number): StringValue {
    const word = (at + STRING_LEN) >>> 2;
    const length = mem.u32[word] as number;
    // An absurd length goes to stringBytes too, which refuses it.
    if (length === 0 && mem.u32[word + 1] === 0) return '';
    return decodeString(mem.u8, mem.stringBytes(at), length);
  }
  write(mem: ValueMemory, at: number, value: StringValue): void {
    const length = encodedLength(value);
    if (length < 0) throw loneSurrogate('string');
    let low = 0;
    let high = 0;
    if (length > 0) {
      low = mem.allocateString(length);
      high = mem.highOf(low);
      encodeString(value, mem.u8, low);
    }
    // Go gives the empty string no storage.
    mem.u32[(at + STRING_STR) >>> 2] = low;
    mem.u32[(at + STRING_STR + 4) >>> 2] = high;
    mem.u32[(at + STRING_LEN) >>> 2] = length;
    mem.u32[(at + STRING_LEN + 4) >>> 2] = 0;
  }
}

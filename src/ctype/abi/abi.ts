/** What one C ABI decides: basic types, and the points where the rules of records differ. */
import type { CFloat, CInt } from '../model.ts';

export interface Abi {
  readonly name: 'x86-64 System V' | 'AAPCS64';
  /** Integer types by their canonical names. */
  readonly int: Readonly<Record<IntName, CInt>>;
  readonly float: Readonly<Record<FloatName, CFloat>>;
  /** Bytes of a pointer, and its alignment. */
  readonly pointer: number;
  /** What `wchar_t`, `size_t`, `ptrdiff_t` are; names of `int`. */
  readonly wchar: IntName;
  readonly size: IntName;
  readonly ptrdiff: IntName;
  /** What `aligned` without a number means, in bytes. */
  readonly biggestAlign: number;
  /** Whether the type of an unnamed bit-field counts for the alignment of its struct or union. */
  readonly unnamedBitFieldAligns: boolean;
  /** What the preprocessor has defined on Linux, as far as headers ask for it. */
  readonly macros: Readonly<Record<string, string>>;
}

export type IntName =
  | '_Bool'
  | 'char'
  | 'signed char'
  | 'unsigned char'
  | 'short'
  | 'unsigned short'
  | 'int'
  | 'unsigned int'
  | 'long'
  | 'unsigned long'
  | 'long long'
  | 'unsigned long long'
  | '__int128'
  | 'unsigned __int128';

export type FloatName = '_Float16' | 'float' | 'double' | 'long double' | '_Float128';

/** Bytes of the integer types; on both targets every one is aligned to its size. */
export interface IntSizes {
  readonly short: number;
  readonly int: number;
  readonly long: number;
  readonly longLong: number;
  readonly int128: number;
}

/** The integer types from their sizes. The ranks are those of C11 6.3.1.1. */
export function integers(sizes: IntSizes, charSigned: boolean): Record<IntName, CInt> {
  const int = (name: IntName, size: number, signed: boolean, rank: number): CInt => ({
    kind: 'int',
    name,
    size,
    align: size,
    signed,
    rank,
  });
  return {
    _Bool: { ...int('_Bool', 1, false, 0), bool: true },
    char: { ...int('char', 1, charSigned, 1), char: true },
    'signed char': { ...int('signed char', 1, true, 1), char: true },
    'unsigned char': { ...int('unsigned char', 1, false, 1), char: true },
    short: int('short', sizes.short, true, 2),
    'unsigned short': int('unsigned short', sizes.short, false, 2),
    int: int('int', sizes.int, true, 3),
    'unsigned int': int('unsigned int', sizes.int, false, 3),
    long: int('long', sizes.long, true, 4),
    'unsigned long': int('unsigned long', sizes.long, false, 4),
    'long long': int('long long', sizes.longLong, true, 5),
    'unsigned long long': int('unsigned long long', sizes.longLong, false, 5),
    __int128: int('__int128', sizes.int128, true, 6),
    'unsigned __int128': int('unsigned __int128', sizes.int128, false, 6),
  };
}

/** A floating type, aligned to its size. */
export const float = (name: FloatName, size: number, format: CFloat['format']): CFloat => ({
  kind: 'float',
  name,
  size,
  align: size,
  format,
});

/**
 * The procedure call standard for the Arm 64-bit architecture (AAPCS64, LP64), as far as it decides layouts.
 *
 * Source: "Procedure Call Standard for the Arm 64-bit Architecture", IHI 0055:
 * - section 5 "Data types and alignment": "Fundamental Data Types" has the sizes and alignments;
 *   "Composite Types" the alignment of an aggregate (that of its strictest member), its size (a multiple of
 *   its alignment) and the offsets of its members.
 * - section 10 "Arm C and C++ language mappings", "Data types": "Arithmetic types" makes plain `char` unsigned
 *   and `long double` IEEE's quadruple precision; "Additional types" makes `wchar_t` an unsigned int.
 * - there, "Bit-fields": a bit-field lies within a container of its declared type, and the container's alignment
 *   counts for the record's, of unnamed and of zero-width bit-fields too.
 */
import { type Abi, float, integers } from './abi.ts';

export const AAPCS64: Abi = {
  name: 'AAPCS64',
  // "Arithmetic types": char is an unsigned byte, long and long long are signed double-words (LP64).
  int: integers({ short: 2, int: 4, long: 8, longLong: 8, int128: 16 }, false),
  // "Arithmetic types": __fp16 and _Float16 half, float single, double double, long double quad precision.
  float: {
    _Float16: float('_Float16', 2, 'binary16'),
    float: float('float', 4, 'binary32'),
    double: float('double', 8, 'binary64'),
    'long double': float('long double', 16, 'binary128'),
    _Float128: float('_Float128', 16, 'binary128'),
  },
  // "Fundamental Data Types": a data pointer is 8 bytes, aligned to 8, in LP64.
  pointer: 8,
  // "Additional types": wchar_t is unsigned int outside of Windows.
  wchar: 'unsigned int',
  size: 'unsigned long',
  ptrdiff: 'long',
  // gcc's BIGGEST_ALIGNMENT: a quad-word vector.
  biggestAlign: 16,
  // "Bit-fields": the container's alignment counts, whether the field is named or not (gcc's align_anon_bitfield).
  unnamedBitFieldAligns: true,
  macros: { __aarch64__: '1', __AARCH64EL__: '1', __CHAR_UNSIGNED__: '1' },
};

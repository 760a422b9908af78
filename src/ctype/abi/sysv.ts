/**
 * The System V ABI for x86-64 (LP64), as far as it decides layouts.
 *
 * Source: "System V Application Binary Interface, AMD64 Architecture Processor Supplement", section 3.1.2
 * "Data Representation":
 * - "Fundamental Types" (figure 3.1): sizes and alignments; `char` is signed, `long` has 8 bytes, a pointer 8,
 *   `long double` the 80-bit x87 format in 16 bytes, `__int128` 16 bytes aligned to 16.
 * - "Aggregates and Unions": a record takes the alignment of its strictest member, members the lowest offset
 *   that their alignment allows, and the size is a multiple of the alignment.
 * - "Bit-Fields": they are allocated from right to left, lie within a storage unit of their declared type, may
 *   share it with other members; the types of unnamed bit-fields do not affect the alignment of the record.
 */
import { type Abi, float, integers } from './abi.ts';

export const SYSV: Abi = {
  name: 'x86-64 System V',
  // Figure 3.1, Integral.
  int: integers({ short: 2, int: 4, long: 8, longLong: 8, int128: 16 }, true),
  // Figure 3.1, Floating-point.
  float: {
    _Float16: float('_Float16', 2, 'binary16'),
    float: float('float', 4, 'binary32'),
    double: float('double', 8, 'binary64'),
    'long double': float('long double', 16, 'x87'),
    _Float128: float('_Float128', 16, 'binary128'),
  },
  // Figure 3.1, Pointer.
  pointer: 8,
  // The Linux headers: __WCHAR_TYPE__ is int.
  wchar: 'int',
  size: 'unsigned long',
  ptrdiff: 'long',
  // gcc's BIGGEST_ALIGNMENT without AVX: what SSE's 16-byte vectors need.
  biggestAlign: 16,
  // "Bit-Fields": unnamed bit-fields' types do not affect the alignment of a structure or union.
  unnamedBitFieldAligns: false,
  macros: { __x86_64__: '1', __x86_64: '1', __amd64__: '1', __amd64: '1' },
};

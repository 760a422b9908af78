/** The types that are known without being declared, and those that the standard headers give. */
import type { Abi, IntName } from './abi/index.ts';
import type { CFloat, CType } from './model.ts';
import { COMPLEX_NAMES } from './rewrite.ts';

/** Exact-width types and the like: on both targets' Linux they are the same types. Source: glibc's headers. */
const STDINT: Readonly<Record<string, IntName>> = {
  int8_t: 'signed char',
  int16_t: 'short',
  int32_t: 'int',
  int64_t: 'long',
  uint8_t: 'unsigned char',
  uint16_t: 'unsigned short',
  uint32_t: 'unsigned int',
  uint64_t: 'unsigned long',
  int_least8_t: 'signed char',
  int_least16_t: 'short',
  int_least32_t: 'int',
  int_least64_t: 'long',
  uint_least8_t: 'unsigned char',
  uint_least16_t: 'unsigned short',
  uint_least32_t: 'unsigned int',
  uint_least64_t: 'unsigned long',
  int_fast8_t: 'signed char',
  int_fast16_t: 'long',
  int_fast32_t: 'long',
  int_fast64_t: 'long',
  uint_fast8_t: 'unsigned char',
  uint_fast16_t: 'unsigned long',
  uint_fast32_t: 'unsigned long',
  uint_fast64_t: 'unsigned long',
  intptr_t: 'long',
  uintptr_t: 'unsigned long',
  intmax_t: 'long',
  uintmax_t: 'unsigned long',
};

const ALL: readonly {
  readonly header: string;
  readonly types: (abi: Abi) => Readonly<Record<string, IntName>>;
}[] = [
  { header: 'stdint.h', types: () => STDINT },
  { header: 'inttypes.h', types: () => STDINT },
  { header: 'stddef.h', types: (abi) => ({ size_t: abi.size, ptrdiff_t: abi.ptrdiff, wchar_t: abi.wchar }) },
  { header: 'stdbool.h', types: () => ({ bool: '_Bool' }) },
  { header: 'sys/types.h', types: (abi) => ({ size_t: abi.size, ssize_t: abi.ptrdiff }) },
];

/** The typedefs that a header gives. */
export function typesOfHeader(header: string, abi: Abi): Map<string, CType> {
  const found = new Map<string, CType>();
  for (const one of ALL) {
    if (one.header !== header) continue;
    for (const [name, type] of Object.entries(one.types(abi))) found.set(name, abi.int[type]);
  }
  if (header === 'stddef.h') {
    // stddef.h: a long long and a long double, which has the strictest alignment of all basic types.
    found.set('max_align_t', {
      kind: 'int',
      name: 'max_align_t',
      size: 32,
      align: 16,
      signed: false,
      rank: 6,
    });
  }
  return found;
}

/** The header that gives a type. */
export function headerOf(name: string, abi: Abi): string | undefined {
  return ALL.find((one) => Object.hasOwn(one.types(abi), name))?.header;
}

/** Types that gcc knows by itself. */
export function builtinTypes(abi: Abi): Map<string, CType> {
  const types = new Map<string, CType>([
    ['_Bool', abi.int._Bool],
    ['__int128', abi.int.__int128],
    ['__int128_t', abi.int.__int128],
    ['__uint128_t', abi.int['unsigned __int128']],
    ['_Float16', abi.float._Float16],
    ['_Float32', abi.float.float],
    ['_Float64', abi.float.double],
    ['_Float32x', abi.float.double],
    ['_Float128', abi.float._Float128],
    ['_Float64x', abi.float['long double']],
  ]);
  // gcc has the older name on x86 only.
  if (abi.name === 'x86-64 System V') types.set('__float128', abi.float._Float128);
  for (const [name, part] of Object.entries(COMPLEX_NAMES)) types.set(name, complexOf(abi.float[part]));
  return types;
}

/** A complex number: two of its parts, aligned as one (C11 6.2.5, 13). */
const complexOf = (part: CFloat): CType => ({
  kind: 'complex',
  part,
  size: 2 * part.size,
  align: part.align,
});

/** A basic type by its words, in any order; undefined for words that make up none (C11 6.7.2). */
export function basicType(words: readonly string[], abi: Abi): CType | undefined {
  const count = (word: string) => words.filter((one) => one === word).length;
  const longs = count('long');
  const unsigned = count('unsigned');
  const signs = unsigned + count('signed');
  const rest = words.filter((word) => !['long', 'unsigned', 'signed', 'short'].includes(word));
  const [base = 'int'] = rest;
  if (signs > 1 || count('short') > 1 || longs > 2 || (longs > 0 && count('short') > 0) || rest.length > 1)
    return undefined;
  const sized = longs + count('short') > 0;
  if (base === 'double' && longs <= 1 && signs + count('short') === 0) {
    return longs === 1 ? abi.float['long double'] : abi.float.double;
  }
  if (base === 'char' && !sized) {
    return abi.int[signs === 0 ? 'char' : unsigned ? 'unsigned char' : 'signed char'];
  }
  if (base === '__int128' && !sized) return abi.int[unsigned ? 'unsigned __int128' : '__int128'];
  if (base === 'int') {
    const plain = count('short') ? 'short' : longs === 2 ? 'long long' : longs === 1 ? 'long' : 'int';
    return abi.int[unsigned ? (`unsigned ${plain}` as const) : plain];
  }
  if (words.length > 1) return undefined;
  if (base === 'float') return abi.float.float;
  if (base === '_Bool') return abi.int._Bool;
  return base === 'void' ? { kind: 'void' } : undefined;
}

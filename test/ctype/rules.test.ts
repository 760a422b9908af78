/** The rules one by one: layouts whose reason is known, and constant expressions that gcc is asked about too. */
import { Runtime, TARGETS } from 'hmap-wasm';
import { beforeAll, expect, test } from 'vitest';
import { compiles, toolsOf } from '../../scripts/ctype/gcc.mjs';

type Parser = Awaited<ReturnType<Runtime['c']>>;
let amd64: Parser;
let arm64: Parser;
beforeAll(async () => {
  amd64 = await (await Runtime.create({ target: 'linux/amd64' })).c();
  arm64 = await (await Runtime.create({ target: 'linux/arm64' })).c();
});

/** Size, alignment, then offsets, or of bit-fields `bit:width`. */
function shown(parser: Parser, text: string): string {
  const type = parser.parse(text).type('struct s');
  const fields = type
    .layout()
    .fields.map(({ offset, bits }) => (bits === undefined ? offset : `${bits.offset}:${bits.width}`));
  return [type.size, type.align, ...fields].join(' ');
}

test.each([
  // Natural alignment, and the size a multiple of it.
  ['struct s { unsigned version; void *data_ptr; unsigned short flags; };', '24 8 0 8 16', undefined],
  [
    'struct __attribute__((packed)) s { unsigned version; void *data_ptr; unsigned short flags; };',
    '14 1 0 4 12',
    undefined,
  ],
  ['struct s { char a; long double b; };', '32 16 0 16', undefined],
  ['struct s { char a; __int128 b; };', '32 16 0 16', undefined],
  ['struct s {};', '0 1', undefined],
  // Bit-fields share a storage unit of their type, and begin a new one where they do not fit.
  ['struct s { char a; int b:24; };', '4 4 0 8:24', undefined],
  ['struct s { char a; int b:25; };', '8 4 0 32:25', undefined],
  ['struct s { short a:9; short b:8; };', '4 2 0:9 16:8', undefined],
  // Unnamed ones align the record on AAPCS64 only.
  ['struct s { char a; int :5; };', '2 1 0', '4 4 0'],
  ['struct s { char a; long :0; char b; };', '9 1 0 8', '16 8 0 8'],
  ['struct s { char a:1; int :0; char b:1; };', '5 1 0:1 32:1', '8 4 0:1 32:1'],
  // packed squeezes bits over unit boundaries; pragma pack does too, and caps alignments.
  ['struct __attribute__((packed)) s { int a:20; int b:20; };', '5 1 0:20 20:20', undefined],
  ['#pragma pack(2)\nstruct s { int a:20; int b:20; };', '6 2 0:20 20:20', undefined],
  [
    '#pragma pack(push, 2)\nstruct s { char a; double b __attribute__((aligned(16))); };\n#pragma pack(pop)',
    '10 2 0 2',
    undefined,
  ],
  // The pragma that holds at the closing brace counts, for the whole record.
  ['#pragma pack(1)\nstruct s { char a; int b;\n#pragma pack()\n};', '8 4 0 4', undefined],
  // aligned raises a field, not lowers it; on a typedef it does both.
  ['struct s { char a; int b __attribute__((aligned(2))); };', '8 4 0 4', undefined],
  ['typedef int t __attribute__((aligned(2))); struct s { char a; t b; };', '6 2 0 2', undefined],
  ['struct s { char a; int b __attribute__((packed, aligned(2))); };', '6 2 0 2', undefined],
  // packed on a record does not reach into the records that it holds.
  [
    'struct in { char a; int b; }; struct __attribute__((packed)) s { char c; struct in d; };',
    '9 1 0 1 1 5',
    undefined,
  ],
  // Enums: unsigned int unless it must be more; packed ones as small as they can be.
  ['enum e { A = -1, B = 200 }; struct s { char a; enum e b; };', '8 4 0 4', undefined],
  ['enum __attribute__((packed)) e { A = 200 }; struct s { char a; enum e b; };', '2 1 0 1', undefined],
  ['enum e { A = 1L << 40 }; struct s { char a; enum e b; };', '16 8 0 8', undefined],
])('%s', (text, onAmd64, onArm64) => {
  expect(shown(amd64, text)).toBe(onAmd64);
  expect(shown(arm64, text)).toBe(onArm64 ?? onAmd64);
});

const ASSERTIONS = `
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#define N 4
#define TWICE (N * 2)
#define LATE (SOON + 1)
#define SOON 6
typedef int t;
struct in { int x; short y[3]; };
struct s { char a; struct in b[2]; union { int u; char v; }; };
enum e { ZERO, ONE, BIG = 0x80000000, NEG = -5 };
_Static_assert(-1 > 0u, "unsigned wins");
_Static_assert(-1 < 0L + 0u, "but not over a wider signed type");
_Static_assert((unsigned char)300 == 44 && (signed char)200 == -56, "casts wrap");
_Static_assert(sizeof(1u + 1L) == 8 && sizeof(1 ? 1 : 1LL) == 8 && sizeof('a') == 4, "types of expressions");
_Static_assert(0xffffffff == 4294967295 && sizeof(0xffffffff) == 4 && sizeof(4294967295) == 8, "types of numbers");
_Static_assert(010 == 8 && 0b101 == 5 && 'a' == 97 && '\\n' == 10 && '\\x41' == 65 && '\\101' == 65, "constants");
_Static_assert(-7 / 2 == -3 && -7 % 2 == -1 && -7 >> 1 == -4, "division truncates, shifts keep the sign");
_Static_assert(~0u == 4294967295u && ~0 == -1 && !5 == 0 && !!5 == 1, "unary operators");
_Static_assert(1 || 1 / 0, "the right side is not evaluated");
_Static_assert(1 ? 2 : 1 / 0, "nor the branch that is not taken");
_Static_assert((0 && 1 / 0) == 0, "nor here");
_Static_assert(1 + 2 * 3 == 7 && (1 | 2 ^ 3 & 4) == 3 && 1 << 2 + 1 == 8, "precedence");
_Static_assert(N == 4 && TWICE == 8 && LATE == 7, "macros, as they are defined where they are used");
_Static_assert(BIG == 2147483648 && ONE == 1 && NEG == -5, "enum constants");
_Static_assert(true && !false && sizeof(bool) == 1, "stdbool.h");
_Static_assert(sizeof(struct s) == 32 && _Alignof(struct s) == 4, "sizeof and _Alignof of types");
_Static_assert(sizeof(t) == 4 && sizeof(t[3]) == 12 && sizeof(t *) == 8 && sizeof(t[2][3]) == 24, "type names");
_Static_assert(sizeof(((struct s *)0)->b) == 24 && sizeof(((struct s *)0)->b[1].y) == 6, "sizes of members");
_Static_assert(offsetof(struct s, b) == 4 && offsetof(struct s, b[1].y[2]) == 24 && offsetof(struct s, v) == 28, "offsets");
_Static_assert(offsetof(struct s, b[ONE].x) == 16, "an index by name");
_Static_assert((size_t)-1 == 0xffffffffffffffff && sizeof(size_t) == 8 && (size_t)-1 > 0, "size_t");
_Static_assert((int8_t)128 == -128 && (uint16_t)-1 == 65535 && sizeof(intmax_t) == 8, "stdint.h");
_Static_assert((t)(3) + (unsigned)(2) == 5, "casts in every form");
_Static_assert((_Bool)256 == 1, "_Bool is 0 or 1");
#if defined(N) && N > 3 && !defined(M) && defined M == 0
_Static_assert(1, "taken");
#elif 1
_Static_assert(0, "not taken");
#else
_Static_assert(0, "nor this");
#endif
#ifdef __aarch64__
_Static_assert((char)-1 > 0 && '\\xff' == 255 && (wchar_t)-1 > 0, "char and wchar_t are unsigned on arm64");
#else
_Static_assert((char)-1 < 0 && '\\xff' == -1 && (wchar_t)-1 < 0, "char and wchar_t are signed on amd64");
#endif
`;

test('constant expressions, on both targets', () => {
  expect(() => amd64.parse(ASSERTIONS)).not.toThrow();
  expect(() => arm64.parse(ASSERTIONS)).not.toThrow();
});

test('each of these assertions is alive: turned around, it fails', () => {
  const conditions = ASSERTIONS.matchAll(/_Static_assert\((.*), "/g);
  for (const [whole, condition] of [...conditions].slice(0, 24)) {
    const turned = ASSERTIONS.replace(whole, `_Static_assert(!(${condition}), "`);
    expect(() => amd64.parse(turned), condition).toThrow('static assertion failed');
  }
});

for (const { arch } of TARGETS) {
  const tools = toolsOf(arch);
  if (tools === undefined) console.log(`Skipped: constants of ${arch} through gcc, there is none.`);
  test.skipIf(tools === undefined)(`gcc of ${arch} says the same of the constant expressions`, () => {
    const { ok, said } = compiles(tools?.gcc ?? '', ASSERTIONS);
    expect([ok, said.split('\n').filter((line) => line.includes('error'))]).toEqual([true, []]);
  });
}

test('conditions choose by target, and headers that ask for a processor are read for theirs', () => {
  const text =
    '#if defined(__x86_64__)\nstruct s { int a; };\n#elif defined(__aarch64__)\nstruct s { long a; };\n#endif';
  expect([shown(amd64, text), shown(arm64, text)]).toEqual(['4 4 0', '8 8 0']);
});

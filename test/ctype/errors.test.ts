/** What is wrong has a place and a caret, what is not read has a name, and nothing takes long. */

import fc from 'fast-check';
import { CError, Runtime, Unsupported } from 'hmap-wasm';
import { beforeAll, expect, test } from 'vitest';

let c: Awaited<ReturnType<Runtime['c']>>;
beforeAll(async () => {
  c = await (await Runtime.create()).c();
});

/** The text with a `^` in it, which is where the error must point. */
function failing(marked: string): [string, number] {
  const position = marked.indexOf('^');
  return [marked.slice(0, position) + marked.slice(position + 1), position];
}

test.each([
  ['struct s { int a^ };', "';' expected"],
  ['struct s { int a ^}', 'does not go on'],
  ['struct s { int a; } x ^y;', ''],
  ['struct s { ^foo_t a; };', 'unknown type foo_t'],
  ['struct s { ^uint32_t a; };', '#include <stdint.h>'],
  ['struct s { int a[^-1]; };', 'array of -1 elements'],
  ['struct s { int a; char ^a; };', "second member 'a'"],
  ['struct s { int a : ^33; };', '33 bits'],
  ['struct s { _Bool a : ^2; };', '2 bits'],
  ['struct s { float ^a : 2; };', 'not an integer'],
  ['struct s { int a : ^0; };', 'no bits'],
  ['struct s { int a : ^-1; };', 'width -1'],
  ['struct s { int n; char ^x[]; int y; };', 'last member'],
  ['struct s { char ^x[]; };', 'named member'],
  ['union u { int a; char ^x[]; };', 'in a union'],
  ['struct s { struct s ^a; };', 'size is not known'],
  ['struct s { void ^a; };', 'size is not known'],
  ['struct s { int ^f(void); };', 'a function'],
  ['struct s { int a; }; ^struct s { int b; };', 'defined already'],
  ['struct s { int a; }; union s; ', 'another kind'],
  ['typedef int t; typedef long ^t;', 't is int already'],
  ['enum e { A, ^A };', 'declared already'],
  ['struct s { int a __attribute__((^aligned(3))); };', 'power of 2'],
  ['struct s { int a __attribute__((^aligned(1 << 30))); };', 'largest, 268435456'],
  ['struct s { ^_Alignas(2) int a; };', 'cannot reduce'],
  ['typedef int t __attribute__((aligned(16))); t ^a[2];', 'alignment of the elements'],
  [
    '^_Static_assert(sizeof(int) == 8, "an int has 8 bytes");',
    'static assertion failed: "an int has 8 bytes"',
  ],
  ['struct s { int a; ^_Static_assert(0, "never"); };', 'static assertion failed'],
  ['_Static_assert(^1 / 0, "x");', 'division by zero'],
  ['_Static_assert(^1 << 40, "x");', 'shift by 40'],
  ['_Static_assert(^sizeof(struct nowhere), "x");', 'not known'],
  ['struct s { int a; }; _Static_assert(offsetof(struct s, ^b) == 0, "x");', "no member 'b'"],
  ['struct s { int a : 3; }; _Static_assert(offsetof(struct s, ^a) == 0, "x");', 'bit-field'],
  ['int a[^n];', "'n' is no constant"],
  ['struct s { int a; ^', 'never closed'],
  ['int a; ^} int b;', 'closes nothing'],
  ['int a^@b;', 'no such character'],
  ['int a; ^/* and so on', 'never ends'],
  ['char *s = ^"abc', 'never closed'],
  ['^#if 1', 'no #endif'],
  ['^#endif', 'no #if'],
  ['^#error stop here', 'stop here'],
  ['#pragma pack(^3)', '1, 2, 4, 8 or 16'],
  ['^#pragma pack(pop)', 'without its push'],
  ['int a; \n\n  int ^*;', ''],
])('%s', (marked, text) => {
  const position = marked.indexOf('^');
  const [source] = position < 0 ? [marked] : failing(marked);
  try {
    c.parse(source);
    expect.unreachable('it was taken');
  } catch (error) {
    expect(error).toBeInstanceOf(CError);
    const { message, position: at, line } = error as CError;
    expect(message).toContain(text);
    expect(line).toBe(source.slice(0, at).split('\n').length);
    const [, shown = '', caret = ''] = message.split('\n');
    expect(caret).toMatch(/^ *\^$/);
    // The brackets that are never closed are pointed at where they open; the rest exactly where it is marked.
    if (position >= 0 && text !== 'never closed' && text !== '') expect(at).toBe(position);
    if (at < source.length && source[at] !== '\n') expect(shown[caret.length - 1]).toBe(source[at]);
  }
});

test.each([
  ['struct s { typeof(int) a; };', 'typeof'],
  ['struct s { _Atomic int a; };', '_Atomic'],
  ['struct s { int a __attribute__((vector_size(16))); };', 'vector_size'],
  ['struct __attribute__((scalar_storage_order("big-endian"))) s { int a; };', 'scalar_storage_order'],
  ['struct [[gnu::packed]] s { int a; };', '[[attributes]]'],
  ['#include <stdio.h>', 'stdio.h'],
  ['#define A(x) x\nint y[A(3)];', 'A is a macro with parameters'],
  ['#define word int\nstruct s { word a; };', 'word is a macro'],
  ['#pragma scalar_storage_order big-endian', 'scalar_storage_order'],
  ['_Static_assert(1.5 > 1, "x");', 'floating'],
  ['int é;', 'other letters'],
  ['_Pragma("pack(1)") struct s { int a; };', '_Pragma'],
])('%s is refused by name', (source, name) => {
  expect(() => c.parse(source)).toThrow(Unsupported);
  expect(() => c.parse(source)).toThrow(name);
  expect(() => c.parse(source)).toThrow(/^line \d+, column \d+: /);
});

test('what compilers ignore is a warning', () => {
  const unit = c.parse(
    'typedef struct { char a; int b; } t __attribute__((packed)); struct s { int x __attribute__((aligned(0))); };',
  );
  expect(unit.type('t').size).toBe(8);
  expect(unit.warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('packed is ignored on the typedef t'),
    expect.stringContaining('aligned(0) is ignored'),
  ]);
});

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const HOSTILE: [string, () => string][] = [
  ['structs nested 100,000 deep', () => `${'struct{'.repeat(30_000)}int x;${'}a;'.repeat(30_000)}`],
  ['parentheses nested 100,000 deep', () => `int a[${nested('(', ')', 100_000)}];`],
  ['pointers 200,000 deep', () => `int ${'*'.repeat(200_000)}p;`],
  ['arrays of 50,000 dimensions', () => `int a${'[2]'.repeat(50_000)};`],
  ['a sum of 100,000 numbers', () => `int a[${'1+'.repeat(100_000)}1];`],
  ['minus signs', () => `int a[${'- '.repeat(100_000)}1];`],
  ['an array of 2^62', () => 'int a[1L << 62];'],
  [
    'arrays that double',
    () =>
      Array.from({ length: 60 }, (_, i) => `typedef struct { t${i} a, b; } t${i + 1};`)
        .join('\n')
        .replace(/^/, 'typedef int t0;'),
  ],
  [
    'structs that nest by typedef',
    () =>
      Array.from({ length: 3000 }, (_, i) => `typedef struct { t${i} a; } t${i + 1};`)
        .join('\n')
        .replace(/^/, 'typedef int t0;'),
  ],
  [
    'macros that double',
    () =>
      `${Array.from({ length: 60 }, (_, i) => `#define m${i + 1} (m${i} + m${i})`).join('\n')}\n#define m0 1\nint a[m60];`,
  ],
  [
    'macros that double in a condition',
    () =>
      `#define m0 1\n${Array.from({ length: 60 }, (_, i) => `#define m${i + 1} (m${i} + m${i})`).join('\n')}\n#if m60\n#endif`,
  ],
  ['a macro of itself', () => '#define m (m + 1)\nint a[m];'],
  ['1 MB of garbage', () => 'x7(]*{;"\'#'.repeat(100_000)],
  ['256 KiB of words', () => 'foo bar '.repeat(32_000)],
  ['256 KiB of broken fields', () => `struct s {${'int a b;'.repeat(30_000)}}`],
  ['256 KiB of commas and stars', () => `int ${',*('.repeat(100)}${'*,'.repeat(100_000)}`],
  ['a width of thousands of digits', () => `struct s { int a : ${'9'.repeat(100_000)}; };`],
  ['40,000 members', () => `struct s {${Array.from({ length: 30_000 }, (_, i) => `int a${i};`).join('')}};`],
  ['conditions nested deep', () => '#if 1\n'.repeat(30_000)],
  ['NUL bytes', () => '\0'.repeat(100_000)],
  ['half of a surrogate pair', () => 'int \ud800;'],
];
test.each(HOSTILE)('hostile: %s ends in an error, soon', (_, text) => {
  const source = text();
  const start = performance.now();
  expect(() => c.parse(source)).toThrow(/^(line|this)/);
  expect(performance.now() - start).toBeLessThan(20_000);
});

test('property: any text is taken, or refused by CError or Unsupported', () => {
  const word = fc.constantFrom(
    ...[
      'struct',
      'union',
      'enum',
      's',
      't',
      'int',
      'char',
      'unsigned',
      'long',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ';',
      ':',
      ',',
    ],
    ...[
      '*',
      '=',
      '3',
      '0',
      '-',
      '1',
      'typedef',
      '__attribute__((packed))',
      '_Alignas(8)',
      '__attribute__((aligned(4)))',
    ],
    ...[
      '_Static_assert(1, "x");',
      'sizeof',
      '#pragma pack(1)\n',
      '\n',
      '#define s 3\n',
      'offsetof(struct s, a)',
      'a',
      "'c'",
    ],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      try {
        const unit = c.parse(words.join(' '));
        for (const name of unit.types) {
          try {
            unit.type(name).layout();
          } catch (error) {
            if (!(error instanceof TypeError)) throw error;
          }
        }
      } catch (error) {
        if (!(error instanceof CError) && !(error instanceof Unsupported)) throw error;
      }
    }),
    { numRuns: 1500 },
  );
});

test('after an error the parser goes on as before', () => {
  expect(() => c.parse('struct {{{')).toThrow(CError);
  expect(c.parse('struct s { int a; };').type('struct s').size).toBe(4);
});

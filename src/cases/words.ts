/** A map variable as one word and as three: what C declares, reads and assigns. */
import { type CUnit, hex, type Runtime } from '../index.ts';
import type { DumpField } from './case.ts';
import { littleEndian } from './structs.ts';
import { WORD } from './variable.ts';

export const WORDS_DECLARATIONS = `
#include <stdint.h>

struct claimed { /* as a map variable is said to be */
  void *hmap;
  int64_t count;
  uint64_t flags;
};
_Static_assert(sizeof(struct claimed) == 24, "three words");

struct real { /* as it is */
  const int64_t *hmap; /* leads to the header, which begins with the count */
};
_Static_assert(sizeof(struct real) == 8, "one word");

struct variable { /* a variable of one word, and the two words behind it */
  struct real map;
  uint64_t behind[2];
};
`.trim();

export const WORDS_C = `${WORDS_DECLARATIONS}

/* Takes the bytes at a variable for the header. */
void read_claimed(const unsigned char *given, size_t size) {
  struct claimed c;
  if (size < sizeof c) return;
  memcpy(&c, given, sizeof c);
  printf("hmap 0x%" PRIx64 ", count %" PRId64 ", flags 0x%" PRIx64 "\\n", (uint64_t)c.hmap, c.count, c.flags);
}

/* Takes one word. */
void read_word(const unsigned char *given, size_t size) {
  struct real r;
  if (size < sizeof r) return;
  memcpy(&r, given, sizeof r);
  printf("hmap 0x%" PRIx64 ", count %" PRId64 "\\n", (uint64_t)r.hmap, *r.hmap);
}

static void assign(const unsigned char *given, size_t size, size_t copied) {
  struct variable from, to;
  if (size < sizeof from + sizeof to) return;
  memcpy(&from, given, sizeof from);
  memcpy(&to, given + sizeof from, sizeof to);
  memcpy(&to, &from, copied);
  printf("map 0x%" PRIx64 ", behind it 0x%" PRIx64 " 0x%" PRIx64 "\\n",
         (uint64_t)to.map.hmap, to.behind[0], to.behind[1]);
}

/* given: two variables with what lies behind them. Copies the first to the second. */
void assign_claimed(const unsigned char *given, size_t size) {
  assign(given, size, sizeof(struct claimed));
}

void assign_word(const unsigned char *given, size_t size) {
  assign(given, size, sizeof(struct real));
}`;

/** What C sees of a variable. */
export interface Seen {
  readonly hmap: bigint;
  readonly count: bigint;
}

/** A way to read a variable. */
export type ReadVariable = (unit: CUnit, rt: Runtime, variable: bigint) => Seen;

/** The right one: the word, and what it leads to. */
export const readWord: ReadVariable = (unit, rt, variable) => {
  const word = unit.type('struct real').cast(rt.memory.read(variable, WORD)).field('hmap');
  return { hmap: word.value as bigint, count: BigInt(word.deref().value as bigint | number) };
};

export interface Claimed extends Seen {
  readonly flags: bigint;
}

export function readClaimed(unit: CUnit, bytes: Uint8Array): Claimed {
  const view = unit.type('struct claimed').cast(bytes);
  const field = (path: string): bigint => BigInt(view.get(path) as bigint | number);
  return { hmap: field('hmap'), count: field('count'), flags: field('flags') };
}

/** The detector: what of a reading is not so. */
export function complaintsOf({ hmap, count }: Seen, pointer: bigint, length: number, what: string): string[] {
  const complaints: string[] = [];
  if (hmap !== pointer) complaints.push(`the pointer is ${hex(hmap)}, and should be ${hex(pointer)}`);
  if (Number(count) !== length) complaints.push(`count says ${count}, the ${what} holds ${length}`);
  return complaints;
}

/** And of what was behind a variable before it was assigned to, and is no longer. */
export const damage = (before: Uint8Array, after: Uint8Array): string[] =>
  [1, 2].flatMap((word) => {
    const [was, is] = [before, after].map((bytes) => hex(littleEndian(bytes, word * WORD, WORD)));
    return was === is ? [] : [`the assignment overwrites a neighbour: ${was} becomes ${is}`];
  });

export const wordFields = (names: readonly string[], ...columns: readonly Uint8Array[]): DumpField[] =>
  names.map((name, i) => ({
    name,
    offset: i * WORD,
    length: WORD,
    reads: columns.map((bytes) => hex(littleEndian(bytes, i * WORD, WORD))),
  }));

export const assigned = (unit: CUnit, bytes: Uint8Array): string => {
  const view = unit.type('struct variable').cast(bytes);
  const [hmap, one, two] = ['map.hmap', 'behind[0]', 'behind[1]'].map((path) =>
    hex(view.get(path) as bigint),
  );
  return `map ${hmap}, behind it ${one} ${two}\n`;
};

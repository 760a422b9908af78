/** A C struct of a pointer and a length, as C programs have it for a map, and what is filled into it. */
import { type CUnit, hex, type Runtime } from '../index.ts';
import type { DumpField } from './case.ts';
import { littleEndian } from './structs.ts';
import { WORD, wordAt, wordBytes } from './variable.ts';

/** What C has behind its struct. */
export const BEHIND = 0x5afe_5afe_5afe_5afen;

export const CMAP_DECLARATIONS = `
#include <stdint.h>

struct cmap {
  void *m;
  int len;
};
_Static_assert(sizeof(struct cmap) == 16, "the C struct");

/* The struct, and what C has behind it. */
struct place {
  struct cmap map;
  uint64_t behind;
};
_Static_assert(sizeof(struct place) == 24, "the struct and a word");
`.trim();

export const CMAP_C = `${CMAP_DECLARATIONS}

static void show(const struct place *p) {
  printf("m 0x%" PRIx64 ", len %d, behind 0x%" PRIx64 "\\n", (uint64_t)p->map.m, p->map.len, p->behind);
}

/* Takes the bytes of a Go variable for the struct, as many as it is given. */
void copy_in(const unsigned char *given, size_t size) {
  struct place p = {{NULL, 0}, ${hex(BEHIND)}};
  memcpy(&p, given, size < sizeof p ? size : sizeof p);
  show(&p);
}

/* Takes one word, the pointer to the map's header, whose first word is the length. */
void follow(const unsigned char *given, size_t size) {
  struct place p = {{NULL, 0}, ${hex(BEHIND)}};
  memcpy(&p.map.m, given, size < sizeof p.map.m ? size : sizeof p.map.m);
  p.map.len = (int)*(const int64_t *)p.map.m;
  show(&p);
}`;

/** What C has in its struct, and behind it. */
export interface Filled {
  readonly bytes: Uint8Array;
  readonly m: bigint;
  readonly len: number;
  readonly behind: bigint;
}

/** Fills the struct from the variable at an address. */
export type Fill = (rt: Runtime, variable: bigint) => Uint8Array;

export const emptyPlace = (): Uint8Array => wordBytes(0n, 0n, BEHIND);

/** memcpy of so many bytes. */
export function copied(rt: Runtime, variable: bigint, size: number): Uint8Array {
  const place = emptyPlace();
  place.set(rt.memory.read(variable, size));
  return place;
}

/** The right way: the variable's word, and the first word of what it leads to. */
export const followWord: Fill = (rt, variable) => {
  const header = wordAt(rt, variable);
  return byField(header, wordAt(rt, header));
};

/** A struct that was filled member by member. */
export function byField(m: bigint, len: bigint): Uint8Array {
  const place = wordBytes(m, 0n, BEHIND);
  new DataView(place.buffer).setInt32(WORD, Number(BigInt.asIntN(32, len)), true);
  return place;
}

export function seenByC(unit: CUnit, bytes: Uint8Array): Filled {
  const view = unit.type('struct place').cast(bytes);
  return {
    bytes,
    m: view.get('map.m') as bigint,
    len: Number(view.get('map.len')),
    behind: view.get('behind') as bigint,
  };
}

export const printed = ({ m, len, behind }: Filled): string =>
  `m ${hex(m)}, len ${len}, behind ${hex(behind)}\n`;

/** The detector: what of the struct is not so. */
export function complaintsOf(
  { m, len, behind }: Filled,
  pointer: bigint,
  length: number,
  what: string,
): string[] {
  const complaints: string[] = [];
  if (m !== pointer) complaints.push(`m is ${hex(m)}, and should be ${hex(pointer)}`);
  if (len !== length) complaints.push(`len says ${len}, the ${what} holds ${length}`);
  if (behind !== BEHIND) complaints.push(`the word behind the struct is overwritten with ${hex(behind)}`);
  return complaints;
}

const PLACE_FIELDS: readonly Omit<DumpField, 'reads'>[] = [
  { name: 'm', offset: 0, length: 8 },
  { name: 'len', offset: 8, length: 4 },
  { name: 'padding', offset: 12, length: 4 },
  { name: 'behind', offset: 16, length: 8 },
];

/** The struct's members in a dump; whatever the column holds, C reads it as them. */
export const placeFields = (...columns: readonly Uint8Array[]): DumpField[] =>
  PLACE_FIELDS.map((field) => ({
    ...field,
    reads:
      field.name === 'len'
        ? columns.map((bytes) => String(BigInt.asIntN(32, littleEndian(bytes, field.offset, field.length))))
        : [],
  }));

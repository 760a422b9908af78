/** Layouts that are claimed for the header of a map, as C declares them, and what their members read. */
import { type CUnit, hex, type Runtime, SegmentationFault } from '../index.ts';
import type { Dump } from './case.ts';
import { HEADER_FIELDS, HEADER_SIZE, headerDump, headerField } from './structs.ts';
import { column, WORD } from './variable.ts';

/** As much as any of the structs reads: the header, and a word of what lies behind it. */
export const SEEN = HEADER_SIZE + WORD;

/** A struct that somebody declares for the header. */
export interface ClaimedLayout {
  /** Its tag in C. */
  readonly name: string;
  /** Where it is laid: over the header, or over the variable that holds the header's address. */
  readonly over: 'header' | 'variable';
  /** Its members, and the fields of the header that they are taken for. */
  readonly members: readonly (readonly [member: string, field: string])[];
  readonly declaration: string;
}

const B_FIRST = 'uint8_t B; uint16_t flags; uint32_t hash0; void *buckets; uint32_t oldbucketmask;';
const B_FIRST_MEMBERS = ['B', 'flags', 'hash0', 'buckets'].map((name) => [name, name] as const);

/** The struct with the attribute where it is ignored, as it is published. */
export const MISPLACED = `typedef struct published { ${B_FIRST} } published __attribute__((packed));`;

export const CLAIMED: readonly ClaimedLayout[] = [
  {
    name: 'three_words',
    over: 'variable',
    members: [
      ['count', 'count'],
      ['flags', 'flags'],
    ],
    declaration: 'struct three_words { void *hmap; int64_t count; uint64_t flags; };',
  },
  {
    name: 'count_8',
    over: 'header',
    members: ['count', 'buckets', 'oldbuckets'].map((name) => [name, name] as const),
    declaration:
      'struct count_8 { uint8_t gap[8]; int64_t count; uint8_t more[24]; void *buckets, *oldbuckets; };',
  },
  {
    name: 'buckets_8',
    over: 'header',
    members: [['buckets', 'buckets']],
    declaration: 'struct buckets_8 { uint8_t gap[8]; void *buckets; };',
  },
  {
    name: 'b_first',
    over: 'header',
    members: B_FIRST_MEMBERS,
    declaration: `struct b_first { ${B_FIRST} };`,
  },
  {
    name: 'b_first_packed',
    over: 'header',
    members: B_FIRST_MEMBERS,
    declaration: `struct b_first_packed { ${B_FIRST} } __attribute__((packed));`,
  },
  {
    name: 'bytes_012',
    over: 'header',
    members: ['count', 'flags', 'B', 'buckets'].map((name) => [name, name] as const),
    declaration: 'struct bytes_012 { uint8_t count, flags, B, gap[37]; void *buckets; };',
  },
  {
    name: 'swiss',
    over: 'header',
    members: [
      ['used', 'count'],
      ['seed', 'hash0'],
      ['dirPtr', 'buckets'],
      ['globalDepth', 'B'],
    ],
    declaration:
      'struct swiss { uint64_t used, seed; void *dirPtr; int64_t dirLen; uint8_t globalDepth, globalShift, writing; uint64_t clearSeq; };',
  },
];

/** The header as it is, and a struct that names a few of its fields. */
export const SOME: ClaimedLayout = {
  name: 'some',
  over: 'header',
  members: ['count', 'B', 'buckets'].map((name) => [name, name] as const),
  declaration: 'struct some { int64_t count; uint8_t gap, B, more[6]; void *buckets; };',
};
export const REAL: ClaimedLayout = {
  name: 'hmap',
  over: 'header',
  members: HEADER_FIELDS.map(({ name }) => [name, name] as const),
  declaration: `struct hmap { int64_t count; uint8_t flags, B; uint16_t noverflow; uint32_t hash0; void *buckets, *oldbuckets; uint64_t nevacuate; void *extra; };
_Static_assert(sizeof(struct hmap) == ${HEADER_SIZE}, "hmap");`,
};

const ALL = [...CLAIMED, SOME, REAL];

export const CLAIMS_DECLARATIONS = `#include <stddef.h>\n#include <stdint.h>\n\n${ALL.map(({ declaration }) => declaration).join('\n')}`;

export const CLAIMS_C = `${CLAIMS_DECLARATIONS}

/* gcc warns that packed is ignored here, and so it is. */
#pragma GCC diagnostic ignored "-Wattributes"
${MISPLACED}

${ALL.map(reader).join('\n\n')}

#define SHOW(type) printf("size %zu: B %zu, flags %zu, hash0 %zu, buckets %zu\\n", sizeof(type), \\
  offsetof(type, B), offsetof(type, flags), offsetof(type, hash0), offsetof(type, buckets))

void show_layouts(const unsigned char *given, size_t size) {
  (void)given, (void)size;
  SHOW(published);
  SHOW(struct b_first_packed);
}`;

function reader({ name, members }: ClaimedLayout): string {
  const prints = members.map(([member]) => `  printf("${member} 0x%" PRIx64 "\\n", (uint64_t)s.${member});`);
  return `void read_${name}(const unsigned char *given, size_t size) {
  struct ${name} s;
  if (size < sizeof s) return;
  memcpy(&s, given, sizeof s);
${prints.join('\n')}
}`;
}

/** One member as C reads it. */
export interface Slot {
  readonly layout: ClaimedLayout;
  readonly member: string;
  /** What it is taken for. */
  readonly field: string;
  readonly offset: number;
  readonly size: number;
  readonly value: bigint;
}

/** What the members of a struct read of these bytes, without a sign. */
export function slotsOf(unit: CUnit, layout: ClaimedLayout, bytes: Uint8Array): Slot[] {
  const type = unit.type(`struct ${layout.name}`);
  const view = type.cast(bytes);
  return layout.members.map(([member, field]) => {
    const { size } = view.field(member);
    const value = BigInt.asUintN(8 * size, BigInt(view.get(member) as bigint | number));
    return { layout, member, field, offset: type.offsetof(member), size, value };
  });
}

/** What C prints of them. */
export const printedSlots = (slots: readonly Slot[]): string =>
  slots.map(({ member, value }) => `${member} 0x${value.toString(16)}\n`).join('');

/** Which fields of the header lie in these bytes. */
export function reallyThere({ layout, offset, size }: Slot): string {
  if (layout.over === 'variable') return offset === 0 ? 'the variable' : 'a neighbour';
  const names = HEADER_FIELDS.filter(
    (each) => each.offset < offset + size && offset < each.offset + each.size,
  );
  if (names.length === 0) return 'the next object';
  const [first, last] = [names[0]?.name, names.at(-1)?.name];
  const whole = names.length === 1 && names[0]?.offset === offset && names[0].size === size;
  return first === last ? `${whole ? '' : 'part of '}${first}` : `${first} to ${last}`;
}

/** The detector: which members do not read what they are taken for. */
export function complaintsOf(slots: readonly Slot[], header: Uint8Array): string[] {
  const text = (field: string, value: bigint): string =>
    value > 0xffffn || field === 'hash0' ? hex(value) : String(value);
  return slots
    .filter(({ field, value }) => value !== headerField(header, field))
    .map(
      ({ layout, member, field, value }) =>
        `${layout.name}: ${member} reads ${text(field, value)}, and ${field} is ${text(field, headerField(header, field))}`,
    );
}

export const isRight = (slot: Slot, header: Uint8Array): boolean =>
  slot.value === headerField(header, slot.field);
/** Right, though other bytes were read. */
export const byChance = (slot: Slot, header: Uint8Array): boolean =>
  isRight(slot, header) && reallyThere(slot) !== slot.field;

/** What comes of following a word to a bucket. */
export function followed(rt: Runtime, address: bigint): string {
  try {
    const marks = [...rt.memory.read(address, 8)].map((byte) => byte.toString(16).padStart(2, '0'));
    return `reads ${marks.join(' ')}`;
  } catch (error) {
    if (error instanceof SegmentationFault) return 'a fault';
    throw error;
  }
}

/** The header and what lies behind it, once for each of two structs, with what each takes for something else. */
export function dumpOf(rt: Runtime, address: bigint, slots: readonly Slot[], names: readonly string[]): Dump {
  const columns = names.map((name) => column(rt, name, address, SEEN));
  const header = rt.memory.read(address, HEADER_SIZE);
  return {
    title: `the header as ${names.join(' and as ')} has it`,
    columns,
    fields: [
      ...headerDump(header),
      { name: 'the next object', offset: HEADER_SIZE, length: WORD, reads: [] },
    ],
    guilty: names.flatMap((name, index) =>
      slots
        .filter((slot) => slot.layout.name === name && reallyThere(slot) !== slot.field)
        .map(({ offset, size, field }) => ({
          column: index,
          offset,
          length: size,
          why: `${name} takes ${size === 1 ? 'a byte' : `${size} bytes`} from +${offset.toString(16).padStart(2, '0')} for ${field}`,
        })),
    ),
    legend: [],
  };
}

/**
 * A struct without padding: Go code that takes the fields of a C struct to lie
 * one behind the other, where C aligns them.
 */
import { type CParser, Runtime } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Step } from './case.ts';
import { gather, type Part } from './scene.ts';
import { littleEndian } from './structs.ts';

const TARGET_NAMES: readonly string[] = ['linux/amd64', 'linux/arm64'];

const DECLARATION = `typedef struct {
  uint32_t version;
  void *data_ptr;
  uint16_t flags;
} header_map_t;`;
const PACKED = `typedef struct __attribute__((packed)) {
  uint32_t version;
  void *data_ptr;
  uint16_t flags;
} header_map_t;`;
/** The legal twin: its fields lie one behind the other whichever way one counts. */
const ORDERED = `typedef struct {
  void *data_ptr;
  uint32_t version;
  uint16_t flags, unused;
} header_map_t;`;

const C = `
struct header_map_t { uint32_t version; void *data_ptr; uint16_t flags; };

/* given: the bytes of a header_map_t. */
void by_the_compiler(const unsigned char *given, size_t size) {
  struct header_map_t m;
  memcpy(&m, given, size < sizeof m ? size : sizeof m);
  printf("size %zu, offsets %zu %zu %zu\\n", sizeof m, offsetof(struct header_map_t, version),
         offsetof(struct header_map_t, data_ptr), offsetof(struct header_map_t, flags));
  printf("version %" PRIu32 " data_ptr 0x%" PRIx64 " flags 0x%" PRIx16 "\\n", m.version,
         (uint64_t)(uintptr_t)m.data_ptr, m.flags);
}

/* The same bytes by a struct without padding. */
void packed_together(const unsigned char *given, size_t size) {
  struct __attribute__((packed)) { uint32_t version; uint64_t data_ptr; uint16_t flags; } m;
  memcpy(&m, given, size < sizeof m ? size : sizeof m);
  printf("size %zu\\n", sizeof m);
  uint64_t data_ptr = m.data_ptr;
  printf("version %" PRIu32 " data_ptr 0x%" PRIx64 " flags 0x%" PRIx16 "\\n", m.version, data_ptr, m.flags);
}`.trim();

interface Fields {
  readonly version: number;
  readonly data_ptr: bigint;
  readonly flags: number;
}

/** How a program takes the struct apart: the offset of each field. */
export type Offsets = Readonly<Record<keyof Fields, number>>;

const SIZES: Offsets = { version: 4, data_ptr: 8, flags: 2 };
/** Field behind field. */
const COMPACT: Offsets = { version: 0, data_ptr: 4, flags: 12 };

function take(bytes: Uint8Array, offsets: Offsets): Fields {
  const word = (name: keyof Fields): bigint => littleEndian(bytes, offsets[name], SIZES[name]);
  return { version: Number(word('version')), data_ptr: word('data_ptr'), flags: Number(word('flags')) };
}

const offsetsOf = (c: CParser, text: string): { offsets: Offsets; size: number } => {
  const type = c.parse(`#include <stdint.h>\n${text}`).type('header_map_t');
  const at = (name: string): number => type.offsetof(name);
  return {
    offsets: { version: at('version'), data_ptr: at('data_ptr'), flags: at('flags') },
    size: type.size,
  };
};

const shown = ({ version, data_ptr, flags }: Fields): string =>
  `version ${version} data_ptr 0x${data_ptr.toString(16)} flags 0x${flags.toString(16)}`;

function complaints(read: Fields, truth: Fields): string[] {
  return (Object.keys(truth) as (keyof Fields)[])
    .filter((name) => read[name] !== truth[name])
    .map((name) => `${name} reads as 0x${read[name].toString(16)}, C wrote 0x${truth[name].toString(16)}`);
}

/** Fills the bytes as C does; what no field covers keeps what was there before. */
function fill(truth: Fields, offsets: Offsets, size: number, before: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(before);
  const view = new DataView(bytes.buffer);
  view.setUint32(offsets.version, truth.version, true);
  view.setBigUint64(offsets.data_ptr, truth.data_ptr, true);
  view.setUint16(offsets.flags, truth.flags, true);
  return bytes;
}

async function misread(seed: bigint | undefined, abi: (c: CParser) => Offsets): Promise<Part> {
  const layouts = await Promise.all(
    TARGET_NAMES.map(async (target) => {
      const rt = await Runtime.create({ target, seed: seed ?? 0n, memory: { limit: 2 ** 20 } });
      const c = await rt.c();
      return { rt, c, ...offsetsOf(c, DECLARATION), packed: offsetsOf(c, PACKED) };
    }),
  );
  const [here, there] = layouts as [(typeof layouts)[number], (typeof layouts)[number]];
  const map = here.rt.makeMap('map[int]int');
  const truth: Fields = { version: 7, data_ptr: map.header.address, flags: 0x55aa };
  const bytes = fill(truth, here.offsets, here.size, 0xcc);
  const [compact, real] = [take(bytes, COMPACT), take(bytes, abi(here.c))];
  const packedBytes = fill(truth, here.packed.offsets, here.packed.size, 0xcc);
  const packed = take(packedBytes, COMPACT);
  const pointer = littleEndian(bytes, here.offsets.data_ptr, 8);
  const field = (name: keyof Fields, column: Fields[]) => ({
    name,
    offset: here.offsets[name],
    length: SIZES[name],
    reads: column.map((each) => `0x${each[name].toString(16)}`),
  });
  const ordered = offsetsOf(here.c, ORDERED);
  const orderedBytes = fill(truth, ordered.offsets, ordered.size, 0xcc);
  const orderedRead = take(orderedBytes, { data_ptr: 0, version: 8, flags: 12 });
  const steps: Step[] = [
    {
      kind: 'setting',
      title: 'what C writes',
      text:
        `C fills a header_map_t of ${here.size} bytes: version at ${here.offsets.version}, data_ptr at ` +
        `${here.offsets.data_ptr}, flags at ${here.offsets.flags}, on ${TARGET_NAMES.join(' and ')} alike. A pointer ` +
        'lies at a multiple of 8, so 4 bytes behind version belong to nobody; here they hold cc, what was there before.',
      table: {
        head: ['field', 'one behind the other', ...TARGET_NAMES],
        rows: [
          ...(Object.keys(SIZES) as (keyof Fields)[]).map((name) => [
            name,
            String(COMPACT[name]),
            ...layouts.map(({ offsets }) => String(offsets[name])),
          ]),
          ['size', String(COMPACT.flags + SIZES.flags), ...layouts.map(({ size }) => String(size))],
        ],
      },
      facts: { size: here.size, offsets: { ...here.offsets } },
    },
    {
      kind: 'wrong reading',
      title: 'field behind field',
      text:
        `Go code that counts 4 + 8 + 2 = ${COMPACT.flags + SIZES.flags} bytes takes flags from offset ${COMPACT.flags}: those ` +
        `are bytes 4 and 5 of data_ptr, 0x${compact.flags.toString(16)}, which every address of the Go heap has there. ` +
        'As data_ptr it takes the padding and the lower half of the real one.',
      dumps: [
        {
          title: `header_map_t, ${here.size} bytes, as C wrote it`,
          columns: [{ label: 'bytes', address: undefined, bytes }],
          fields: [
            field('version', [truth]),
            { name: 'padding', offset: 4, length: 4, reads: [] },
            field('data_ptr', [truth]),
            field('flags', [truth]),
            { name: 'padding', offset: 18, length: 6, reads: [] },
          ],
          guilty: [
            {
              column: 0,
              offset: COMPACT.data_ptr,
              length: 4,
              why: 'padding, read as the lower half of data_ptr',
            },
            { column: 0, offset: COMPACT.flags, length: 2, why: 'bytes of data_ptr, read as flags' },
          ],
          legend: [],
        },
      ],
      complaints: complaints(compact, truth),
      facts: { version: compact.version, data_ptr: compact.data_ptr, flags: compact.flags },
    },
    {
      kind: 'right reading',
      title: "by the target's ABI",
      text: `With the offsets that the C compiler has (cgo takes them from it too): ${shown(real)}.`,
      complaints: complaints(real, truth),
      facts: { version: real.version, data_ptr: real.data_ptr, flags: real.flags },
    },
    {
      kind: 'fix',
      title: 'the C type itself, or packed on both sides',
      text:
        `Use C.header_map_t, or declare the struct packed in C too: then it has ${here.packed.size} bytes, flags at ` +
        `${here.packed.offsets.flags}, and the compact reading is right: ${shown(packed)}.`,
      complaints: complaints(packed, truth),
      facts: { packedSize: here.packed.size },
    },
    {
      kind: 'legal twin',
      title: 'the pointer first',
      text:
        'With the fields ordered by size there is nothing to pad between them: data_ptr, version, flags, and two bytes ' +
        `to fill up. Counting and the ABI agree, ${ordered.size} bytes: ${shown(orderedRead)}.`,
      complaints: complaints(orderedRead, truth),
      facts: { size: ordered.size },
    },
  ];
  return {
    steps,
    witnesses: [
      {
        function: 'by_the_compiler',
        targets: TARGET_NAMES,
        given: bytes,
        memory: [],
        prints: `size ${here.size}, offsets ${here.offsets.version} ${here.offsets.data_ptr} ${here.offsets.flags}\n${shown(take(bytes, here.offsets))}\n`,
      },
      {
        function: 'packed_together',
        targets: TARGET_NAMES,
        given: bytes,
        memory: [],
        prints: `size ${here.packed.size}\n${shown(compact)}\n`,
      },
    ],
    checks: [
      holds(
        'both targets lay the struct out alike',
        JSON.stringify(here.offsets) === JSON.stringify(there.offsets) && here.size === there.size,
      ),
      check('flags lie at', 16, here.offsets.flags),
      check('the struct has so many bytes', 24, here.size),
      check('packed, so many', 14, here.packed.size),
      check(
        'flags of the compact reading are bytes 4 and 5 of data_ptr',
        Number((pointer >> 32n) & 0xffffn),
        compact.flags,
      ),
      holds(
        'its data_ptr is padding and a half',
        compact.data_ptr === ((pointer & 0xffffffffn) << 32n) + 0xccccccccn,
      ),
      check('by the ABI everything is as C wrote it', shown(truth), shown(real)),
    ],
    claims: [
      {
        says: 'The compact reading of flags hits the padding.',
        holds: here.offsets.data_ptr > COMPACT.flags,
        shown: `the padding is at 4 to 7; at ${COMPACT.flags} lies data_ptr`,
      },
      {
        says: 'C has flags at offset 12.',
        holds: here.offsets.flags === 12,
        shown: `at ${here.offsets.flags} on both targets`,
      },
    ],
  };
}

/** The case with other offsets in the place of the ABI's, to see that it can fail. */
export function structLayoutWith(abi: (c: CParser) => Offsets): Case {
  return {
    name: 'struct-layout',
    title: 'A struct without padding',
    goesWrong:
      'C hands Go a struct with a pointer behind a 32-bit field, and Go takes the fields to lie one behind the other. It ' +
      'reads padding as half of the pointer and bytes of the pointer as flags, and no byte of it is out of bounds.',
    releases: ['1.19', '1.20', '1.21', '1.22', '1.23'],
    targets: TARGET_NAMES,
    program: [
      'b := C.GoBytes(unsafe.Pointer(h), 14)       // 4 + 8 + 2',
      'flags := binary.LittleEndian.Uint16(b[12:]) // bytes 4 and 5 of data_ptr',
    ].join('\n'),
    c: C,
    notModelled: ['32-bit targets, where pointers take 4 bytes and the struct has no padding before them.'],
    async run({ seed }: RunOptions = {}): Promise<Findings> {
      return gather('no hash is involved', [await misread(seed, abi)], [false, false]);
    },
  };
}

export const structLayout: Case = structLayoutWith((c) => offsetsOf(c, DECLARATION).offsets);

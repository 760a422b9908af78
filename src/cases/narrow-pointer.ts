/** A pointer that goes through 32 bits on its way to C and back. */
import { hex, Runtime, SegmentationFault } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Step } from './case.ts';
import { gather, type Part } from './scene.ts';
import { littleEndian } from './structs.ts';

const TARGETS: readonly string[] = ['linux/amd64', 'linux/arm64'];

const C = `
/* given: a 64-bit pointer. What is left of it in 32 bits, unsigned and signed, and in uintptr_t. */
void squeeze(const unsigned char *given, size_t size) {
  uint64_t pointer;
  memcpy(&pointer, given, size < 8 ? size : 8);
  uint32_t handle = (uint32_t)pointer;
  int32_t number = (int32_t)handle;
  uintptr_t whole = (uintptr_t)pointer;
  printf("uint32_t 0x%" PRIx64 " int 0x%" PRIx64 " uintptr_t 0x%" PRIx64 "\\n", (uint64_t)handle,
         (uint64_t)(int64_t)number, (uint64_t)whole);
}`.trim();

/** A C type that carries a pointer, and what comes back of it. */
type Carrier = (pointer: bigint) => bigint;

const U64 = (1n << 64n) - 1n;
const uint32: Carrier = (pointer) => pointer & 0xffffffffn;
const int32: Carrier = (pointer) => BigInt.asIntN(32, pointer) & U64;

/** What a program sees that takes an address for that of a map's header: len, or the fault. */
function lenAt(rt: Runtime, address: bigint): { len?: bigint; fault?: SegmentationFault } {
  try {
    return { len: littleEndian(rt.memory.read(address, 8), 0, 8) };
  } catch (error) {
    if (error instanceof SegmentationFault) return { fault: error };
    throw error;
  }
}

const outcome = ({ len, fault }: ReturnType<typeof lenAt>): string =>
  fault === undefined ? `len ${len}` : 'segmentation fault';

async function squeezed(seed: bigint | undefined, whole: Carrier): Promise<Part> {
  const rt = await Runtime.create({ seed: seed ?? 0n, memory: { limit: 2 ** 22 } });
  const map = rt.makeMap('map[string]int');
  for (let i = 0; i < 5; i++) map.set(`key ${i}`, i);
  const pointer = map.header.address;
  const carriers: [name: string, carrier: Carrier][] = [
    ['uint32_t', uint32],
    ['int', int32],
    ['uintptr_t', whole],
  ];
  const rows = carriers.map(([name, carrier]) => {
    const back = carrier(pointer);
    return { name, back, seen: lenAt(rt, back) };
  });
  const [narrow, signed, kept] = rows as [
    (typeof rows)[number],
    (typeof rows)[number],
    (typeof rows)[number],
  ];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, pointer, true);

  // An address whose bit 31 is set comes back with all the upper bits set, where int carried it.
  const high = pointer | 0x80000000n;
  const negative = int32(high);

  // The fix for C code that has no room for more than an int: a number that stands for the pointer.
  const handles = new Map<number, bigint>();
  const handle = handles.size + 1;
  handles.set(handle, pointer);
  const carried = Number(int32(BigInt(handle)));
  const found = lenAt(rt, handles.get(carried) ?? 0n);

  // The legal twin: a count is a number that fits, not an address.
  const count = BigInt(map.size);
  const counted = [uint32(count), int32(count)].filter((value) => value !== count);

  const faults = [narrow, signed].filter(({ seen }) => seen.fault !== undefined);
  const steps: Step[] = [
    {
      kind: 'setting',
      title: 'the address of a map',
      text: `A map with ${map.size} entries; what the map variable holds, and C gets, is ${hex(pointer)}.`,
      facts: { pointer: hex(pointer), entries: map.size },
    },
    {
      kind: 'wrong reading',
      title: 'carried by 32 bits',
      text:
        `C keeps it in a uint32_t, or in an int, and gives it back: ${hex(narrow.back)}. The upper half, 0x${(pointer >> 32n).toString(16)}, ` +
        `is what makes it an address of the Go heap; what is left lies where nothing is mapped. Had bit 31 been set, as in ` +
        `${hex(high)}, an int would have brought back ${hex(negative)}: the sign fills the upper half.`,
      table: {
        head: ['carried by', 'comes back as', 'read as a map'],
        rows: rows.map(({ name, back, seen }) => [name, hex(back), outcome(seen)]),
      },
      dumps: [
        {
          title: 'the pointer, 8 bytes',
          columns: [{ label: '', address: undefined, bytes }],
          fields: [
            { name: 'lower half', offset: 0, length: 4, reads: [hex(pointer & 0xffffffffn)] },
            { name: 'upper half', offset: 4, length: 4, reads: [hex(pointer >> 32n)] },
          ],
          guilty: [{ column: 0, offset: 4, length: 4, why: 'does not fit a 32-bit integer' }],
          legend: [],
        },
      ],
      complaints: faults.map(
        ({ name, back }) => `through ${name} the pointer comes back as ${hex(back)}: segmentation fault`,
      ),
      facts: { back: hex(narrow.back), negative: hex(negative) },
    },
    {
      kind: 'right reading',
      title: 'carried by uintptr_t',
      text: `An integer as wide as a pointer brings it back whole, ${hex(kept.back)}, and the map says ${outcome(kept.seen)}.`,
      complaints: kept.back === pointer ? [] : [`uintptr_t brought back ${hex(kept.back)}`],
      facts: { back: hex(kept.back) },
    },
    {
      kind: 'fix',
      title: 'a handle, where C has no room for a pointer',
      text:
        `Go keeps the map in a table and gives C the number ${handle} (cgo.Handle does that). It fits any integer, C cannot ` +
        `follow it, and the collector may do what it likes: the number comes back as ${carried}, and the map says ${outcome(found)}.`,
      complaints: found.len === count ? [] : ['the handle led elsewhere'],
      facts: { handle },
    },
    {
      kind: 'legal twin',
      title: 'a number through 32 bits',
      text: `The length of the map, ${count}, goes through the same uint32_t and int and comes back as it was.`,
      complaints: counted.map((value) => `came back as ${value}`),
      facts: { count },
    },
  ];
  return {
    steps,
    witnesses: [pointer, high, 5n].map((value) => {
      const given = new Uint8Array(8);
      new DataView(given.buffer).setBigUint64(0, value, true);
      const text = [uint32(value), int32(value), value].map((each) => `0x${each.toString(16)}`);
      return {
        function: 'squeeze',
        targets: TARGETS,
        given,
        memory: [],
        prints: `uint32_t ${text[0]} int ${text[1]} uintptr_t ${text[2]}\n`,
      };
    }),
    checks: [
      check('through 32 bits the lower half comes back', hex(pointer & 0xffffffffn), hex(narrow.back)),
      check('reading there is a segmentation fault', 2, faults.length),
      check(
        'with bit 31 set, an int brings the sign along',
        hex((0xffffffffn << 32n) | (high & 0xffffffffn)),
        hex(negative),
      ),
      check('through uintptr_t all of it comes back', hex(pointer), hex(kept.back)),
      check('and the map says its length', `len ${map.size}`, outcome(kept.seen)),
      holds('the handle finds the map again', found.len === count),
    ],
    claims: [
      {
        says: 'An address of the Go heap fits 32 bits as long as the heap is small.',
        holds: pointer < 1n << 32n,
        shown: `the first map of a process is at ${hex(pointer)}`,
      },
    ],
  };
}

/** The case with another carrier in the place of uintptr_t, to see that it can fail. */
export function narrowPointerWith(whole: Carrier): Case {
  return {
    name: 'narrow-pointer',
    title: 'A pointer through 32 bits',
    goesWrong:
      'A map goes to C as a pointer, and C keeps it in an int or a uint32_t before it gives it back. Half of the address is ' +
      'gone, and the first access through what is left is a segmentation fault, far from where the half was lost.',
    releases: ['1.19', '1.20', '1.21', '1.22', '1.23'],
    targets: TARGETS,
    program: [
      'uint32_t handle = (uint32_t)(uintptr_t)m;   /* C */',
      'p := unsafe.Pointer(uintptr(C.give_back())) // Go: the upper half is gone',
    ].join('\n'),
    c: C,
    notModelled: [
      'A process that has something mapped at the lower half, as one built without position independence may: ' +
        'there the read gives other bytes instead of a fault.',
    ],
    async run({ seed }: RunOptions = {}): Promise<Findings> {
      return gather('no hash is involved', [await squeezed(seed, whole)], [false]);
    },
  };
}

export const narrowPointer: Case = narrowPointerWith((pointer) => pointer);

/**
 * Offsets that are claimed for the fields of a map's header, each tried on a map that is growing; and a struct
 * that is published for it, laid out beside the real one.
 */
import {
  type CParser,
  type CUnit,
  cHeader,
  diffLayouts,
  type HeaderView,
  hex,
  RELEASES,
  Runtime,
} from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Witness } from './case.ts';
import {
  byChance,
  CLAIMED,
  CLAIMS_C,
  CLAIMS_DECLARATIONS,
  complaintsOf,
  dumpOf,
  followed,
  isRight,
  MISPLACED,
  printedSlots,
  REAL,
  reallyThere,
  SEEN,
  SOME,
  slotsOf,
} from './claims.ts';
import { CASE_RELEASE, gather, hashText, KEYS, type Part, Scene, SHAPE, TYPE } from './scene.ts';
import { headerField } from './structs.ts';
import { NEIGHBOURS, newObject } from './variable.ts';

const TARGETS = ['linux/amd64', 'linux/arm64'];
const PUBLISHED_AT = 16;

/** The C header that is right for a runtime. */
export type DeclareHeader = (rt: Runtime) => string;

export const generated: DeclareHeader = (rt) => cHeader(SHAPE, rt.release, rt.target);

async function claimed(seed: bigint | undefined): Promise<Part> {
  const scene = await Scene.open(seed);
  const { map, rt } = scene;
  const unit = (await rt.c()).parse(CLAIMS_DECLARATIONS);
  const { address, bytes: header } = map.header;
  // What the program makes next lies behind the header: another map's.
  const next = rt.makeMap(TYPE);
  for (let i = 0n; i < 121n; i++) next.set(i, i);
  const variable = newObject(rt, [address, ...NEIGHBOURS]);
  const given = (over: 'header' | 'variable'): Uint8Array =>
    over === 'header' ? rt.memory.read(address, SEEN) : rt.memory.read(variable, 24);
  const sets = CLAIMED.map((layout) => ({ layout, slots: slotsOf(unit, layout, given(layout.over)) }));
  const slots = sets.flatMap((set) => set.slots);
  const complaints = complaintsOf(slots, header);
  const lucky = slots.filter((slot) => byChance(slot, header));
  const arrays = slots.filter(({ field }) => field === 'buckets');
  const outcomes = arrays.map((slot) => ({ slot, outcome: followed(rt, slot.value) }));
  const outcomeOf = (name: string): string =>
    outcomes.find(({ slot }) => slot.layout.name === name)?.outcome ?? '';
  const read = (name: string, member: string): bigint =>
    slots.find((slot) => slot.layout.name === name && slot.member === member)?.value ?? -1n;
  const word8 = new DataView(header.buffer, header.byteOffset).getBigUint64(8, true);
  return {
    witnesses: sets.map(
      ({ layout, slots: own }): Witness => ({
        function: `read_${layout.name}`,
        targets: TARGETS,
        given: given(layout.over),
        memory: [],
        prints: printedSlots(own),
      }),
    ),
    steps: [
      {
        kind: 'setting',
        title: 'a header with something in every field',
        text:
          `Go has put ${KEYS} keys into a ${TYPE}, and it is growing: buckets and oldbuckets both lead to arrays. The ` +
          `header is ${header.length} bytes; what lies behind it is the header of the map that was made next, which holds ${next.size}.`,
        facts: { entries: map.size, header: hex(address), next: next.size },
      },
      {
        kind: 'wrong reading',
        title: 'what the claimed offsets read',
        text:
          `Seven structs, declared for the same header; three_words is laid over the variable that holds its address. Of ` +
          `${slots.length} members ${complaints.length} read something else than they are taken for, and ` +
          `${lucky.length} are right by chance: ${lucky.map(({ layout, member }) => `${member} of ${layout.name}`).join(', ')}.`,
        table: {
          head: ['struct', 'member', 'at', 'reads', 'right', 'what lies there'],
          rows: slots.map((slot, i) => [
            slots[i - 1]?.layout === slot.layout ? '' : slot.layout.name,
            slot.member,
            String(slot.offset),
            hex(slot.value),
            isRight(slot, header) ? (byChance(slot, header) ? 'luck' : 'yes') : 'no',
            reallyThere(slot),
          ]),
        },
        dumps: [
          dumpOf(rt, address, slots, ['count_8', 'buckets_8']),
          dumpOf(rt, address, slots, ['b_first', 'b_first_packed']),
          dumpOf(rt, address, slots, ['bytes_012', 'swiss']),
        ],
        complaints,
        facts: {
          slots: slots.map(({ layout, member, offset, value }) => ({
            struct: layout.name,
            member,
            offset,
            value,
          })),
        },
      },
      {
        kind: 'wrong reading',
        title: 'where the claimed buckets lead',
        text:
          'C takes the first eight bytes there for the marks of a bucket. A word made of flags, B and hash0 is no ' +
          'address, and faults; extra is one, and what lies there is read as marks, without a fault.',
        table: {
          head: ['struct', 'buckets', 'C gets'],
          rows: outcomes.map(({ slot, outcome }) => [slot.layout.name, hex(slot.value), outcome]),
        },
        complaints: outcomes
          .filter(({ slot }) => !isRight(slot, header))
          .map(({ slot, outcome }) => `${slot.layout.name}: following buckets: ${outcome}`),
        facts: { outcomes: outcomes.map(({ slot, outcome }) => ({ struct: slot.layout.name, outcome })) },
      },
    ],
    checks: [
      check('count at 8 reads flags, B, noverflow and hash0', hex(word8), hex(read('count_8', 'count'))),
      check('buckets at 40 reads extra', hex(map.header.extra), hex(read('count_8', 'buckets'))),
      check("oldbuckets at 48 reads the next map's count", next.size, Number(read('count_8', 'oldbuckets'))),
      check(
        'over the variable, count is its neighbour',
        Number(NEIGHBOURS[0]),
        Number(read('three_words', 'count')),
      ),
      check('B at 0 reads the low byte of count', KEYS, Number(read('b_first', 'B'))),
      check('buckets at 8 faults', 'a fault, a fault', `${outcomeOf('buckets_8')}, ${outcomeOf('b_first')}`),
      holds(
        'buckets at 40 does not',
        outcomeOf('count_8').startsWith('reads') && outcomeOf('bytes_012').startsWith('reads'),
      ),
      check(
        'the words at 0 and 16 are the count and the buckets',
        `${KEYS}, ${hex(map.header.buckets)}`,
        `${read('swiss', 'used')}, ${hex(read('swiss', 'dirPtr'))}`,
      ),
    ],
    claims: [
      {
        says: 'count lies at 8, buckets at 40, oldbuckets at 48.',
        holds: sets.some(
          ({ layout, slots: own }) => layout.name === 'count_8' && own.every((slot) => isRight(slot, header)),
        ),
        shown: 'they lie at 0, 16 and 24; 48 is behind the header',
      },
      {
        says: 'buckets lies at 8.',
        holds: read('buckets_8', 'buckets') === map.header.buckets,
        shown: `the word there is ${hex(word8)}: flags, B, noverflow and hash0`,
      },
      {
        says: 'The word at 0 is the number of entries.',
        holds: headerField(header, 'count') === BigInt(map.size),
        shown: `it is ${headerField(header, 'count')}, as len says`,
      },
    ],
  };
}

/** The published struct beside the real one, as a compiler lays them out. */
async function layouts(seed: bigint | undefined): Promise<Part> {
  const { rt } = await Scene.open(seed);
  const c = await rt.c();
  const includes = '#include <stddef.h>\n#include <stdint.h>\n';
  const published = c.parse(includes + MISPLACED);
  const unit = c.parse(CLAIMS_DECLARATIONS);
  const left = published.type('published');
  const packed = unit.type('struct b_first_packed');
  const right = c.parse(cHeader(SHAPE, rt.release, rt.target)).type('struct go_hmap');
  const differences = diffLayouts(left, right).filter(({ path }) => path !== '');
  const place = (field: { offset?: number; size?: number } | undefined): string =>
    field === undefined
      ? 'not there'
      : `at ${field.offset}, ${field.size === 1 ? '1 byte' : `${field.size} bytes`}`;
  const assertion = (type: string): string =>
    `_Static_assert(offsetof(${type}, buckets) == ${PUBLISHED_AT}, "buckets at ${PUBLISHED_AT}");`;
  const refusals = [
    refusal(c, `${includes}${MISPLACED}\n${assertion('published')}`),
    refusal(c, `${CLAIMS_DECLARATIONS}\n${assertion('struct b_first_packed')}`),
  ];
  const shown = (type: typeof left): string =>
    `size ${type.size}: ${['B', 'flags', 'hash0', 'buckets'].map((name) => `${name} ${type.offsetof(name)}`).join(', ')}\n`;
  const warning = published.warnings[0]?.message ?? '';
  return {
    witnesses: [
      {
        function: 'show_layouts',
        targets: TARGETS,
        given: new Uint8Array(),
        memory: [],
        prints: shown(left) + shown(packed),
      },
    ],
    steps: [
      {
        kind: 'wrong reading',
        title: 'the struct that begins with B, beside the real one',
        text:
          `It is published as packed, with the attribute behind the typedef's name, where compilers ignore it: ${left.size} ` +
          `bytes, buckets at ${left.offsetof('buckets')}. Really packed it has ${packed.size}, buckets at ` +
          `${packed.offsetof('buckets')}. The header has ${right.size}, buckets at ${right.offsetof('buckets')}, which is ` +
          'what the published assertion wants; it fails for either.',
        table: {
          head: ['field', 'as published', 'as it is'],
          rows: differences.map(({ path, left: a, right: b }) => [path, place(a), place(b)]),
        },
        complaints: [`the compiler: ${warning}`, ...refusals.map((text) => `the compiler: ${text}`)],
        facts: { size: left.size, packed: packed.size, real: right.size, differences: differences.length },
      },
    ],
    checks: [
      check('as published it has', 24, left.size),
      check('and buckets at', 8, left.offsetof('buckets')),
      check('really packed it has', 19, packed.size),
      check('and buckets at', 7, packed.offsetof('buckets')),
      check(
        'the assertion fails for both',
        2,
        refusals.filter((text) => text.includes('static assertion failed')).length,
      ),
      check('no field lies where it does in the header: fields that differ', 10, differences.length),
      check('the real one has buckets at', PUBLISHED_AT, right.offsetof('buckets')),
    ],
    claims: [
      {
        says: 'That struct, packed, has buckets at 16, and the assertion proves it.',
        holds: refusals.every((text) => text === ''),
        shown: 'no compiler takes it: the assertion fails',
      },
    ],
  };
}

/** The first line of what the compiler says of a text; nothing if it takes it. */
function refusal(c: CParser, text: string): string {
  try {
    c.parse(text);
    return '';
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return (error.message.split('\n')[0] ?? '').replace(/^line \d+, column \d+: /, '');
  }
}

/** What the fields of a declared header read, where they are not what the map says. */
function complaintsAboutHeader(unit: CUnit, rt: Runtime, header: HeaderView): string[] {
  const view = unit.type('struct go_hmap').at(header.address);
  return REAL.members.flatMap(([name]) => {
    const [is, reads] = [Reflect.get(header, name), view.get(name)].map((value) =>
      BigInt(value as bigint | number),
    );
    return is === reads ? [] : [`Go ${rt.release.name}: ${name} reads ${reads}, and is ${is}`];
  });
}

async function right(seed: bigint | undefined, declare: DeclareHeader): Promise<Part> {
  const { map, rt } = await Scene.open(seed);
  const unit = (await rt.c()).parse(declare(rt));
  const complaints = complaintsAboutHeader(unit, rt, map.header);
  const given = map.header.bytes;
  const slots = slotsOf((await rt.c()).parse(CLAIMS_DECLARATIONS), REAL, given);

  // The fix: a header of its own for each release, that asserts every offset; none is typed in.
  const fixed: string[] = [];
  const extras: string[] = [];
  const twin: string[] = [];
  for (const { name } of RELEASES) {
    const other = await Runtime.create({ goVersion: name, seed: seed ?? 0n, memory: { limit: 2 ** 22 } });
    const grown = other.makeMap(TYPE);
    for (let i = 0; i < KEYS; i++) grown.set(i, i);
    const c = await other.c();
    const own = c.parse(declare(other));
    fixed.push(...complaintsAboutHeader(own, other, grown.header));
    extras.push(`${own.type('struct go_hmap').offsetof('extra')}`);
    const bytes = grown.header.bytes;
    twin.push(...complaintsOf(slotsOf(c.parse(CLAIMS_DECLARATIONS), SOME, bytes), bytes));
  }
  const first = RELEASES.findIndex((_, i) => extras[i] !== extras[0]);
  return {
    witnesses: [
      { function: 'read_hmap', targets: TARGETS, given, memory: [], prints: printedSlots(slots) },
      {
        function: 'read_some',
        targets: TARGETS,
        given,
        memory: [],
        prints: printedSlots(slots.filter(({ field }) => SOME.members.some(([name]) => name === field))),
      },
    ],
    steps: [
      {
        kind: 'right reading',
        title: 'every field of the header where it is',
        text:
          `count at 0, flags at 8, B at 9, hash0 at 12, buckets at 16, oldbuckets at 24: all ${REAL.members.length} fields ` +
          'read what the map says of itself.',
        complaints,
        facts: { fields: REAL.members.length },
      },
      {
        kind: 'fix',
        title: 'generate the declaration, and assert every offset',
        text:
          `hmap-wasm cheader '${TYPE}' writes the struct for a release and target, with an assertion for each member. Tried ` +
          `on growing maps of ${RELEASES.length} releases, every field is right; from Go ${RELEASES[first]?.name} on extra is at ` +
          `${extras[first]}, no longer at ${extras[0]}, which a struct of another release would not know.`,
        complaints: fixed,
        facts: { releases: RELEASES.map(({ name }) => name), extra: extras },
      },
      {
        kind: 'legal twin',
        title: 'a struct that names only some fields, at their offsets',
        text: `count, B and buckets with gaps between them, at 0, 9 and 16, are right in each of the ${RELEASES.length} releases.`,
        complaints: twin,
        facts: { releases: RELEASES.length },
      },
    ],
    checks: [
      check('the real offsets have nothing to complain of', 0, complaints.length),
      check('nor do generated ones, in any release', 0, fixed.length),
      check('extra lies at', '40, 48', [...new Set(extras)].join(', ')),
      check('a struct of some fields has nothing to complain of', 0, twin.length),
    ],
  };
}

/** The case with another declaration in the place of the generated one, to see that it can fail. */
export function claimedOffsetsWith(declare: DeclareHeader): Case {
  return {
    name: 'claimed-offsets',
    title: 'Claimed offsets',
    goesWrong:
      "C reads the fields of a map's header at offsets that are written down somewhere, and are not those of Go. It " +
      'gets parts of other fields, the next object, or an address that is none, and most of that without a fault.',
    releases: [CASE_RELEASE],
    targets: TARGETS,
    program: [
      'h := *(*unsafe.Pointer)(unsafe.Pointer(&m))',
      'C.read_count_8(h, 56) // count at 8, buckets at 40, oldbuckets at 48',
    ].join('\n'),
    c: CLAIMS_C,
    notModelled: [
      'What lies behind the header is whatever the allocator has put there: here the header of the next map, in a real ' +
        'process any object of the same size, or none.',
      'The struct called swiss is right for the maps of Go 1.24 on, which are not emulated. Here it is laid over a ' +
        'header of the classic map.',
    ],
    run: (options) => run(options, declare),
  };
}

async function run({ seed }: RunOptions = {}, declare: DeclareHeader): Promise<Findings> {
  const parts = [await claimed(seed), await layouts(seed), await right(seed, declare)];
  return gather(hashText(seed), parts, [false, false, true, false]);
}

export const claimedOffsets: Case = claimedOffsetsWith(generated);

/**
 * A map variable copied into a C struct of a pointer and a length: the variable is one word, so that the length
 * comes from whatever lies behind it.
 */
import { type CUnit, hex, parseType } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Witness } from './case.ts';
import {
  BEHIND,
  byField,
  CMAP_C,
  CMAP_DECLARATIONS,
  complaintsOf,
  copied,
  emptyPlace,
  type Fill,
  type Filled,
  followWord,
  placeFields,
  printed,
  seenByC,
} from './cmap.ts';
import { CASE_RELEASE, gather, hashText, type Part, Scene, TYPE } from './scene.ts';
import { littleEndian } from './structs.ts';
import { column, NEIGHBOURS, newObject, WORD, wordAt, writeWord } from './variable.ts';

const ENTRIES = 3;
/** How many bytes C programs take the variable for. */
const COPIES = [8, 16, 24];
const TARGETS = ['linux/amd64', 'linux/arm64'];

class Variable {
  readonly scene: Scene;
  readonly unit: CUnit;
  readonly address: bigint;

  private constructor(scene: Scene, unit: CUnit) {
    this.scene = scene;
    this.unit = unit;
    this.address = newObject(scene.rt, [scene.map.header.address, ...NEIGHBOURS]);
  }

  static async open(seed: bigint | undefined): Promise<Variable> {
    const scene = await Scene.open(seed, undefined, ENTRIES);
    return new Variable(scene, (await scene.rt.c()).parse(CMAP_DECLARATIONS));
  }

  fill(size: number): Filled {
    return seenByC(this.unit, copied(this.scene.rt, this.address, size));
  }

  complaints(filled: Filled): string[] {
    const { map, truth } = this.scene;
    return complaintsOf(filled, map.header.address, truth.size, 'map');
  }
}

async function wrong(seed: bigint | undefined): Promise<Part> {
  const one = await Variable.open(seed);
  const { scene, unit, address } = one;
  const { map, rt, truth } = scene;
  const fills = COPIES.map((size) => ({ size, filled: one.fill(size) }));
  const [eight, sixteen, all] = fills.map(({ filled }) => filled) as [Filled, Filled, Filled];
  const neighbour = Number(NEIGHBOURS[0]);
  const before = column(rt, "Go's memory", address, 24);
  const layout = unit.type('struct cmap').layout();
  const padding = layout.holes.map(({ size }) => size).join(', ');

  // What the length follows: the neighbour, and never the map.
  const words = [7n, -1n, map.header.buckets];
  const follows = words.map((word) => {
    writeWord(rt, address + BigInt(WORD), word);
    scene.insert();
    const filled = one.fill(16);
    return { word, entries: map.size, len: filled.len, complaints: one.complaints(filled) };
  });
  const low = (word: bigint): number => Number(BigInt.asIntN(32, word));

  const witnesses: Witness[] = fills.map(({ size, filled }) => ({
    function: 'copy_in',
    targets: TARGETS,
    given: before.bytes.slice(0, size),
    memory: [],
    prints: printed(filled),
  }));
  return {
    witnesses,
    steps: [
      {
        kind: 'setting',
        title: 'a map variable, and what lies behind it',
        text:
          `Go has put ${ENTRIES} keys into a ${TYPE}. The variable m is ${parseType(TYPE).size} bytes: one word, the ` +
          "address of the map's header. Behind it lie other variables of the program, which have nothing to do " +
          `with the map; here they hold ${hex(NEIGHBOURS[0] ?? 0n)} and ${hex(NEIGHBOURS[1] ?? 0n)}.`,
        dumps: [
          {
            title: 'the variable, 8 bytes, and the two words behind it',
            columns: [before],
            fields: ['m', 'a neighbour', 'the next one'].map((name, i) => ({
              name,
              offset: i * WORD,
              length: WORD,
              reads: [hex(littleEndian(before.bytes, i * WORD, WORD))],
            })),
            guilty: [],
            legend: [],
          },
        ],
        facts: { entries: ENTRIES, variable: hex(address), header: hex(map.header.address) },
      },
      {
        kind: 'wrong reading',
        title: 'a struct of a pointer and a length, filled from the variable',
        text:
          `The C struct has m at ${unit.type('struct cmap').offsetof('m')} and len at ` +
          `${unit.type('struct cmap').offsetof('len')}; with ${padding} bytes of padding it has ${layout.size}. All ` +
          `copies bring the pointer whole. But with 8 bytes len is what C's memory held before, with 16 and 24 it is ` +
          `the lower half of the neighbour, ${neighbour}, while the map holds ${ENTRIES}. 24 bytes are more ` +
          'than the struct has: they overwrite what C has behind it.',
        table: {
          head: ['bytes copied', 'm', 'len', 'behind the struct', 'len(m)'],
          rows: fills.map(({ size, filled }) => [
            String(size),
            hex(filled.m),
            String(filled.len),
            hex(filled.behind),
            String(ENTRIES),
          ]),
        },
        dumps: [
          {
            title: 'the struct in C, and the word behind it',
            columns: [
              { label: '8 bytes copied', address: undefined, bytes: eight.bytes },
              { label: '16 bytes copied', address: undefined, bytes: sixteen.bytes },
            ],
            fields: placeFields(eight.bytes, sixteen.bytes),
            guilty: [
              { column: 0, offset: 8, length: 4, why: 'with 8 bytes: what was there before' },
              { column: 1, offset: 8, length: 4, why: 'with 16 bytes: the neighbour of the variable' },
            ],
            legend: [],
          },
          {
            title: 'before the copy, and with 24 bytes copied into it',
            columns: [
              { label: 'before', address: undefined, bytes: emptyPlace() },
              { label: '24 bytes copied', address: undefined, bytes: all.bytes },
            ],
            fields: placeFields(emptyPlace(), all.bytes),
            guilty: [
              { column: 1, offset: 8, length: 4, why: 'the neighbour of the variable' },
              { column: 1, offset: 16, length: 8, why: "overwritten: no longer what C's program put there" },
            ],
            legend: [],
          },
        ],
        complaints: fills.flatMap(({ size, filled }) =>
          complaintsOf(filled, map.header.address, ENTRIES, 'map').map(
            (text) => `${size} bytes copied: ${text}`,
          ),
        ),
        facts: { copies: fills.map(({ size, filled: { m, len, behind } }) => ({ size, m, len, behind })) },
      },
      {
        kind: 'wrong reading',
        title: 'the length follows the neighbour',
        text:
          'Go writes the neighbour and puts one more key into the map, three times over; after each C copies 16 bytes ' +
          'anew. Every copy is fresh, and len is the lower half of the neighbour each time.',
        table: {
          head: ['the neighbour holds', 'len in C', 'len(m)'],
          rows: follows.map(({ word, len, entries }) => [
            hex(BigInt.asUintN(64, word)),
            String(len),
            String(entries),
          ]),
        },
        complaints: follows.flatMap((each) => each.complaints),
        facts: { follows: follows.map(({ len, entries }) => ({ len, entries })) },
      },
    ],
    checks: [
      check('a map variable has the bytes of one word', WORD, parseType(TYPE).size),
      check('the C struct has', 16, layout.size),
      check(
        'its members lie at',
        '0, 8',
        ['m', 'len'].map((name) => unit.type('struct cmap').offsetof(name)).join(', '),
      ),
      holds(
        'every copy brings the pointer whole',
        fills.every(({ filled }) => filled.m === map.header.address),
      ),
      check('with 8 bytes len is what was there before', 0, eight.len),
      check('with 16 bytes len is the neighbour', neighbour, sixteen.len),
      check('with 24 bytes too', neighbour, all.len),
      check('16 bytes leave the word behind the struct', hex(BEHIND), hex(sixteen.behind)),
      check('24 bytes overwrite it with the next neighbour', hex(NEIGHBOURS[1] ?? 0n), hex(all.behind)),
      check(
        'len is the lower half of the neighbour, whatever it holds',
        words.map(low).join(', '),
        follows.map(({ len }) => len).join(', '),
      ),
      check('meanwhile the map grows to', ENTRIES + words.length, truth.size),
    ],
    claims: [
      {
        says: 'A map variable is a header of 24 bytes.',
        holds: parseType(TYPE).size === 24,
        shown: `it has ${parseType(TYPE).size}; 24 bytes reach over two neighbours`,
      },
      {
        says: 'The first word of the variable is the pointer to the map.',
        holds: fills.every(({ filled }) => filled.m === map.header.address),
        shown: `${hex(all.m)}, in every copy`,
      },
      {
        says: "The alignment of the C struct cuts the map's pointer off.",
        holds: fills.some(({ filled }) => filled.m !== map.header.address),
        shown: 'the pointer is the first member on both sides, and arrives whole',
      },
      {
        says: 'The copy brings the length of the map.',
        holds: fills.some(({ filled }) => filled.len === ENTRIES),
        shown: `len is ${fills.map(({ filled }) => filled.len).join(', ')}; the map holds ${ENTRIES}`,
      },
    ],
  };
}

async function right(seed: bigint | undefined, fill: Fill): Promise<Part> {
  const one = await Variable.open(seed);
  const { scene, unit, address } = one;
  const { map, rt } = scene;
  const given = rt.memory.read(address, WORD);
  const memory = [scene.heap()];
  const through = seenByC(unit, fill(rt, address));
  // Another neighbour changes nothing.
  writeWord(rt, address + BigInt(WORD), 7n);
  const again = seenByC(unit, fill(rt, address));
  const complaints = [through, again].flatMap((filled) => one.complaints(filled));

  // The fix: Go fills the members, each from what it is. And does so anew when the map has changed.
  const fills: Filled[] = [];
  const fixed: string[] = [];
  const given16: Uint8Array[] = [];
  for (let i = 0; i < 3; i++) {
    const filled = seenByC(unit, byField(wordAt(rt, address), BigInt(map.size)));
    fixed.push(...one.complaints(filled));
    fills.push(filled);
    given16.push(filled.bytes.slice(0, 16));
    scene.insert();
  }
  return {
    witnesses: [
      { function: 'follow', targets: TARGETS, given, memory, prints: printed(through) },
      ...fills.map((filled, i) => ({
        function: 'copy_in',
        targets: TARGETS,
        given: given16[i] as Uint8Array,
        memory: [],
        prints: printed(filled),
      })),
    ],
    steps: [
      {
        kind: 'right reading',
        title: 'one word, and the first word of what it leads to',
        text:
          `C copies 8 bytes, the pointer ${hex(through.m)}, and takes the length from there: the first word of the ` +
          `header is ${through.len}. What lies behind the variable does not matter: with 7 there it is ${again.len}.`,
        complaints,
        facts: { m: through.m, len: through.len },
      },
      {
        kind: 'fix',
        title: 'Go fills the members',
        text:
          'Go sets m from the word of the variable and len from len(m), and the struct is filled anew when ' +
          `the map has changed: at first and after each of two writes, len is ${fills.map(({ len }) => len).join(', ')}.`,
        complaints: fixed,
        facts: { lens: fills.map(({ len }) => len) },
      },
    ],
    checks: [
      check('through the word, the length is', ENTRIES, through.len),
      check('with another neighbour too', ENTRIES, again.len),
      check('and has nothing to complain of', 0, complaints.length),
      check('filled by member, the struct has nothing to complain of', 0, fixed.length),
    ],
  };
}

/** The same struct filled in the same way from a variable that does have a pointer and a length. */
async function legalTwin(seed: bigint | undefined): Promise<Part> {
  const scene = await Scene.open(seed, undefined, ENTRIES);
  const { rt } = scene;
  const unit = (await rt.c()).parse(CMAP_DECLARATIONS);
  const text = new TextEncoder().encode('twin');
  const data = newObject(rt, [littleEndian(text, 0, text.length)]);
  const variable = newObject(rt, [data, BigInt(text.length), ...NEIGHBOURS]);
  const { size } = parseType('string');
  const filled = seenByC(unit, copied(rt, variable, size));
  const complaints = complaintsOf(filled, data, text.length, 'string');
  return {
    witnesses: [
      {
        function: 'copy_in',
        targets: TARGETS,
        given: rt.memory.read(variable, size),
        memory: [],
        prints: printed(filled),
      },
    ],
    steps: [
      {
        kind: 'legal twin',
        title: 'the same struct, filled from a string variable',
        text:
          `A string variable has ${size} bytes: a pointer and a length. Copied into the same struct it is right: ` +
          `len is ${filled.len}, and m leads to the text.`,
        complaints,
        facts: { size, len: filled.len },
      },
    ],
    checks: [check('of a string variable there is nothing to complain of', 0, complaints.length)],
  };
}

/** The case with another way to fill the struct in the place of the right one, to see that it can fail. */
export function mapvarAsStructWith(fill: Fill): Case {
  return {
    name: 'mapvar-as-struct',
    title: 'A map variable as a C struct',
    goesWrong:
      'C has a struct of a pointer and a length, and fills it from the bytes of a map variable. The variable is one ' +
      'word, so the pointer is right and the length is whatever lies behind the variable, or behind the copy.',
    releases: [CASE_RELEASE],
    targets: TARGETS,
    program: [
      'var c C.struct_cmap // { void *m; int len; }',
      'C.memcpy(unsafe.Pointer(&c), unsafe.Pointer(&m), 16) // or 8, or 24',
    ].join('\n'),
    c: CMAP_C,
    notModelled: [
      'The variable lies in an object of the Go heap here. It can as well lie on the stack of a goroutine, which ' +
        'moves, or among the globals of the program; what lies behind it is then something else.',
      "In a real process cgo's check of arguments can end some of these calls with a panic before C runs.",
    ],
    run: (options) => run(options, fill),
  };
}

async function run({ seed }: RunOptions = {}, fill: Fill): Promise<Findings> {
  const parts = [await wrong(seed), await right(seed, fill), await legalTwin(seed)];
  return gather(hashText(seed), parts, [false, true, false, false]);
}

export const mapvarAsStruct: Case = mapvarAsStructWith(followWord);
